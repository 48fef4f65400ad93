"""Churn: a cluster that changes by itself at a given rate, the same way at the same ticks."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from perfkit.mock.agenda import TICKS
from perfkit.model.control import Churned

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.agenda import Ticks
    from perfkit.model.churn import Churn

_LATE = 0.25  # seconds that the mock may be behind; what was due before that is missed, or it would never serve again


class Generator:
    """Does what a ``Churn`` says: ``act()`` makes one change and tells whether it could."""

    def __init__(self, clock: Ticks) -> None:
        self._clock = clock
        self.stop()

    def stop(self) -> Churned:
        """Change nothing any more; what was done so far."""
        done = self.so_far() if hasattr(self, "_churn") else Churned()
        self._churn: Churn | None = None
        self._turn = object()
        self._started = self._clock.tick
        self._events = self._missed = self._dealt = 0
        return done

    def so_far(self) -> Churned:
        """What was done since the start."""
        seconds = (self._clock.tick - self._started) / TICKS if self._churn else 0.0
        return Churned(events=self._events, missed=self._missed, seconds=seconds)

    def start(self, churn: Churn, act: Callable[[], bool]) -> None:
        """Change like this from now on."""
        self.stop()
        self._churn, self._act = churn, act
        self._plan(churn)

    def _plan(self, churn: Churn) -> None:
        """Wait for the tick of the next event; a turn that was taken over by another does nothing."""
        turn = self._turn
        elapsed = self._clock.tick - self._started
        due = [elapsed + 1 + 3600 * TICKS]
        if churn.rate:
            due.append(ceil((int(churn.rate * elapsed / TICKS) + 1) * TICKS / churn.rate))
        if churn.burst:
            due.append(ceil((int(elapsed / (churn.every * TICKS)) + 1) * churn.every * TICKS))
        self._clock.after((min(due) - elapsed) / TICKS, lambda: self._wake(churn) if turn is self._turn else None)

    def _wake(self, churn: Churn) -> None:
        """Do all that is due by this tick."""
        elapsed = self._clock.tick - self._started
        due = int(churn.rate * elapsed / TICKS)
        if churn.burst:
            due += churn.burst * int(elapsed / (churn.every * TICKS))
        for _ in range(due - self._dealt):
            if self._clock.lag() < _LATE and self._act():
                self._events += 1
            else:
                self._missed += 1
        self._dealt = due
        self._plan(churn)
