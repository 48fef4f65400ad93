"""What a passing watch tells: how many objects and events, and when the client has the initial state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from perfkit.clusters.gateway.bodies import ends_initial_state, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.clusters.gateway.bodies import Frames
    from perfkit.model.requests import Entry

_SILENCE: Final = 0.1  # seconds without a word after which an initial state whose end is not told counts as whole


class Stream:
    """One watch. ``initial`` is called once, when its initial state has been passed on.

    A client that asks for initial events is told where they end; one that names a version has its state already. To
    others the server sends what there is without an end: it counts as whole at the first silence.
    """

    def __init__(self, query: Mapping[str, str], frames: Frames, entry: Entry, initial: Callable[[], None]) -> None:
        self._frames = frames
        self._entry = entry
        self._initial = initial
        self._told = query.get("sendInitialEvents", "").lower() in {"1", "t", "true"}
        self._begun = True
        self._timer: asyncio.TimerHandle | None = None
        if self._told:
            return
        if query.get("resourceVersion", "") not in {"", "0"}:
            self._whole()
        else:
            self._wait()

    def passed(self, block: bytes) -> None:
        """These bytes were passed on."""
        for frame in self._frames.feed(block):
            match kind_of(frame):
                case "BOOKMARK" if self._begun and self._told and ends_initial_state(frame):
                    self._whole()
                case "ADDED" if self._begun:
                    self._entry.objects += 1
                case "ADDED" | "MODIFIED" | "DELETED":
                    self._entry.events += 1
        if self._timer is not None:
            self._wait()

    def close(self) -> None:
        """It has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_later(_SILENCE, self._whole)

    def _whole(self) -> None:
        self.close()
        self._begun = False
        self._initial()
