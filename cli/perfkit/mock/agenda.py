"""Simulated time: ticks since the last reset, and what shall happen at which of them.

A tick is 10 ms. All that a cluster does by itself happens at a tick, and every request is answered as of one, which its
line in the record names; so the same requests at the same ticks get the same answers, however late they came to run.
"""

from __future__ import annotations

import asyncio
import traceback
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Protocol

from perfkit.mock.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

TICKS = 100  # a second


class Agenda(Protocol):
    """Runs actions later, in the order of their times."""

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run ``action`` in ``seconds``."""
        ...


class Ticks:
    """An agenda that goes forward when it is told to. ``tick`` is the present one, of an action its own."""

    def __init__(self) -> None:
        self._numbers = count()
        self.clear()

    def clear(self) -> None:
        """Forget all actions and return to tick 0."""
        self.tick = 0
        self._planned: list[tuple[int, int, Callable[[], object]]] = []

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run ``action`` in ``seconds``, but never within the present tick: its requests must not see it."""
        heappush(self._planned, (self.tick + max(1, ceil(seconds * TICKS)), next(self._numbers), action))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.advance_to(self.tick + ceil(seconds * TICKS))

    def advance_to(self, tick: int) -> None:
        """Do all that is due up to ``tick``, and what that adds, each at its own tick."""
        while self._due(tick):
            self._act()
        self.tick = max(self.tick, tick)

    def _due(self, tick: int) -> bool:
        """Whether something is to be done up to ``tick``."""
        return bool(self._planned) and self._planned[0][0] <= tick

    def _act(self) -> None:
        """Do what comes next, at its tick."""
        self.tick, _, action = heappop(self._planned)
        try:
            action()
        except Exception:  # noqa: BLE001 - whatever is wrong with one object, the rest of the cluster goes on
            traceback.print_exc()

    def catch_up(self) -> int:
        """Let pass what has passed; the present tick. By hand nothing passes."""
        return self.tick

    def lag(self) -> float:
        """How many seconds the present tick is behind its time."""
        return 0.0


class RealTime(Ticks):
    """Ticks that follow the event loop's clock: 10 ms of it are one.

    Where more is to be done than there is time for, a third of the time is left to others: watches must be able to send
    what happens as fast as it happens, or they fall out of the window of events although their clients would read on.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0  # the tick that the timer waits for
        self._rested = 0.0  # when others have had their time
        super().__init__()

    def clear(self) -> None:
        """Forget all actions and return to tick 0, which is now."""
        super().clear()
        self._started = self._loop.time()
        self._disarm()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run ``action`` in ``seconds``."""
        super().after(seconds, action)
        self._arm()

    def catch_up(self) -> int:
        """Do all that is due by now; the present tick."""
        self.advance_to(self._present())
        return self.tick

    def lag(self) -> float:
        """How many seconds the present tick is behind its time."""
        return self._loop.time() - self._started - self.tick / TICKS

    def _arm(self) -> None:
        """Have the timer wait for the earliest action."""
        due = self._planned[0][0]
        if self._timer is not None:
            if self._armed <= due:
                return
            self._timer.cancel()
        self._armed = due
        self._timer = self._loop.call_at(max(self._started + due / TICKS, self._rested), self._ring)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        """Do what is due, for a slice of time at most; then others have half as long."""
        present, turns, began = self._present(), Turns(), self._loop.time()
        while self._due(present):
            self._act()
            if turns.over:
                break
        if self._due(present):
            now = self._loop.time()
            self._rested = now + (now - began) / 2
        else:
            self.tick = max(self.tick, present)
        self._disarm()
        if self._planned:
            self._arm()

    def _present(self) -> int:
        return int((self._loop.time() - self._started) * TICKS)
