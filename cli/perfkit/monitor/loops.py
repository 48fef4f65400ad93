"""Event loops: how late they run what is due, and how many tasks they have."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from perfkit.monitor.timing import SECOND, Timing

if TYPE_CHECKING:
    import asyncio

BEAT: Final = 0.1  # seconds between two beats of a loop
_TASKS_SHARE: Final = 0.001  # of the time may go into counting tasks


class Loops:
    """All event loops that were seen running."""

    def __init__(self) -> None:
        self.lag = Timing()
        self._probes: list[_Probe] = []
        self._lock = threading.RLock()
        self._open = False

    def start(self) -> None:
        """Begin to accept loops, with the one that runs here, if one does."""
        self._open = True
        self.see()

    def see(self) -> None:
        """Watch the loop that runs in this thread, unless it is watched already or none does. About 0.1 µs if it is."""
        # Another thread may be about to import asyncio: then the module is there, and what is in it not yet.
        running = getattr(sys.modules.get("asyncio"), "_get_running_loop", None)  # documented, for event loops
        loop = running() if running is not None else None
        if loop is not None and self._open and all(probe.loop is not loop for probe in self._probes):
            with self._lock:
                self._probes = [probe for probe in self._probes if not probe.loop.is_closed()]
                self._probes.append(_Probe(loop, self.lag))

    def stop(self) -> None:
        """Leave all loops alone; for any thread."""
        self._open = False
        with self._lock:
            for probe in self._probes:
                probe.stop()
            self._probes = []

    @property
    def tasks(self) -> int:
        """Unfinished tasks, as lately counted."""
        return sum(probe.tasks for probe in self._probes if not probe.loop.is_closed())

    def unfinished(self) -> list[asyncio.Task[Any]]:
        """Unfinished tasks; for any thread."""
        loops = [probe.loop for probe in self._probes if not probe.loop.is_closed()]
        return [task for loop in loops for task in sys.modules["asyncio"].all_tasks(loop)]

    def overdue(self) -> float:
        """Seconds that the latest loop is behind just now: greater than its lags while something blocks it."""
        return max((probe.overdue() for probe in self._probes if probe.loop.is_running()), default=0.0)


class _Probe:
    """A callback that comes back every ``BEAT``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lag: Timing) -> None:
        self.loop = loop
        self.tasks = 0
        self._lag = lag
        self._rest = 0  # beats until tasks are counted again
        self._due = loop.time() + BEAT
        self._handle = loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        now = self.loop.time()
        self._lag.add(round((now - self._due) * SECOND))
        self._rest -= 1
        if self._rest <= 0:
            self._count_tasks()
        self._due = now + BEAT
        self._handle = self.loop.call_at(self._due, self._beat)

    def _count_tasks(self) -> None:
        """Counting takes longer the more there are, so it is done the more rarely."""
        began = time.perf_counter()
        self.tasks = len(sys.modules["asyncio"].all_tasks(self.loop))
        self._rest = max(10, round((time.perf_counter() - began) / _TASKS_SHARE / BEAT))

    def overdue(self) -> float:
        return max(0.0, self.loop.time() - self._due)

    def stop(self) -> None:
        with suppress(RuntimeError):  # it has been closed meanwhile
            self.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._handle.cancel()  # the one of then, which may be another than when ``stop`` was called
