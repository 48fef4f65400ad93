"""Telling when a client *has* what it asked for: sent by us, and nothing left in the sockets' queues on either side."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.connections import Connections

_POLL = 0.001  # seconds


class Wanted(NamedTuple):
    """What is waited for: so many answers of a verb and resource since a moment (ns)."""

    verb: str
    resource: str
    since: int = 0
    answers: int = 1


class Expectation:
    """What has happened since a reset, and what the engine waits for; ``tell(verb, resource, ns)`` is called once."""

    def __init__(self, tell: Callable[[str, str, int], None], connections: Connections) -> None:
        self._tell = tell
        self._connections = connections
        self._timer: asyncio.TimerHandle | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what happened and what was expected."""
        self._happened: dict[tuple[str, str], list[int]] = {}
        self.forget()

    def forget(self) -> None:
        """Expect nothing any more."""
        self._wanted: Wanted | None = None
        self._empty_since: int | None = None
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def expect(self, wanted: Wanted) -> None:
        """Tell when this has come true; replaces what was expected before."""
        self._wanted = wanted
        self._empty_since = None
        self._look()

    def happened(self, verb: str, resource: str) -> None:
        """All of it was handed to the server for sending."""
        self._happened.setdefault((verb, resource), []).append(time.monotonic_ns())
        self._look()

    def _look(self) -> None:
        if self._timer is None and self._sent_ns() is not None:
            self._poll()

    def _sent_ns(self) -> int | None:
        """When the last of what is wanted had been handed to the server; None: not yet."""
        if self._wanted is None:
            return None
        times = self._happened.get((self._wanted.verb, self._wanted.resource), [])
        last = bisect_left(times, self._wanted.since) + self._wanted.answers - 1
        return times[last] if last < len(times) else None

    def _poll(self) -> None:
        """Nothing may be pending twice in a row: between two writes that can be so for a moment."""
        now, sent = time.monotonic_ns(), self._sent_ns()
        if sent is None:  # something else is wanted by now
            self._stop()
        elif not self._connections.visible:  # what was sent must count as read
            self._come_true(sent)
        elif self._connections.pending():
            self._empty_since = None
            self._again()
        elif self._empty_since is None:
            self._empty_since = now
            self._again()
        else:
            self._come_true(self._empty_since)

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_POLL, self._poll)

    def _come_true(self, ns: int) -> None:
        assert self._wanted is not None
        verb, resource = self._wanted.verb, self._wanted.resource
        self._wanted = self._empty_since = None
        self._stop()
        self._tell(verb, resource, ns)
