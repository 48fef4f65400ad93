"""Telling when a client *has* what the far side sent: written by us, and nothing left in the kernel's queues."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from perfkit.mock.sockdiag import open_diag

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.network.pair import Pair
    from perfkit.network.relay import Relay

POLL = 1_000_000  # ns
END = 1  # the end of a connection counts as a byte


class Delivery:
    """What the engine waits for; ``tell(ns)`` is called once for each ``expect``."""

    def __init__(self, relay: Relay, tell: Callable[[int], None]) -> None:
        self._relay = relay
        self._tell = tell
        self._diag = open_diag()  # None: this system hides its queues, and what was written must count as read
        self._marks: dict[Pair, int] = {}
        self._number = 0  # of expectations: polls for an earlier one are void
        self._since: int | None = None

    def expect(self) -> None:
        """Tell when all that has come from the far side by now was read; replaces what was expected before.

        A connection that ends meanwhile has nothing to deliver any more.
        """
        self._marks = {pair: pair.down.read for pair in self._relay.pairs.values()}
        self._number += 1
        self._since = None
        self._poll(self._number, time.monotonic_ns())

    def _poll(self, number: int, now: int) -> None:
        """Nothing may be pending twice in a row: between two writes that can be so for a moment."""
        if number != self._number:
            return
        if any(self._pending(pair, mark) for pair, mark in self._marks.items() if not pair.closed):
            self._since = None
        elif self._since is not None:
            self._tell(self._since)
            return
        else:
            self._since = now
        self._relay.at(now + POLL, lambda later: self._poll(number, later))

    def _pending(self, pair: Pair, mark: int) -> bool:
        if pair.down.written < mark:
            return True
        if self._diag is None or pair.client.gone:
            return False
        here, there = pair.client.sock.getsockname()[:2], pair.client.sock.getpeername()[:2]
        ours, theirs = self._diag.endpoint(here, there), self._diag.endpoint(there, here)
        if ours is None or theirs is None:
            return False
        return ours.written > theirs.received + END or theirs.unread > END
