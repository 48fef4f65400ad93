"""Garbage collections: how many, how long, the longest pause."""

from __future__ import annotations

import gc
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Collections(msgspec.Struct, frozen=True):
    """``runs`` and ``longest`` (seconds) by generation, youngest first."""

    runs: tuple[int, ...] = (0, 0, 0)
    longest: tuple[float, ...] = (0.0, 0.0, 0.0)
    seconds: float = 0.0
    collected: int = 0
    uncollectable: int = 0


class GarbageWatch:
    """Counts collections between ``start`` and ``stop``.

    It takes no lock: collections come one at a time, and whenever, also while their thread holds one.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._began = 0
        self._runs, self._longest = [0, 0, 0], [0, 0, 0]
        self._total = self._collected = self._uncollectable = 0

    def start(self) -> None:
        """Begin."""
        gc.callbacks.append(self.see)

    def stop(self) -> None:
        """End; what was counted stays."""
        with suppress(ValueError):
            gc.callbacks.remove(self.see)

    def see(self, phase: str, info: dict[str, int]) -> None:
        """A collection starts or stops."""
        if phase == "start":
            self._began = self._clock()
            return
        if not self._began:  # it had started before us
            return
        took = self._clock() - self._began
        generation = info["generation"]
        self._runs[generation] += 1
        self._longest[generation] = max(self._longest[generation], took)
        self._total += took
        self._collected += info["collected"]
        self._uncollectable += info["uncollectable"]

    def collections(self) -> Collections:
        """What was counted so far."""
        longest = tuple(ns / 1e9 for ns in self._longest)
        return Collections(tuple(self._runs), longest, self._total / 1e9, self._collected, self._uncollectable)
