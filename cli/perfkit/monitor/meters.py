"""What a program tells about its parts: caches, queues, limiters, watches, moments of its start."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from perfkit.monitor.bounded import Bounded
from perfkit.monitor.process import age_ns
from perfkit.monitor.timing import SECOND, Recent, Times, Timing

if TYPE_CHECKING:
    from collections.abc import Callable


def asked(question: Callable[[], int] | None) -> int | None:
    """What a program's own function tells; None where there is none or it fails: a watch must not break the watched."""
    try:
        return None if question is None else question()
    except Exception:  # noqa: BLE001 - it is anybody's function
        return None


class CacheState(msgspec.Struct, frozen=True):
    """``ratio`` is the share of hits among all questions, None before the first; ``size`` what the cache says it is."""

    name: str
    hits: int
    misses: int
    ratio: float | None
    size: int | None


class CacheMeter:
    """Hits and misses of one cache; ``size`` may be set to a function that tells its size."""

    def __init__(self) -> None:
        self.hits = self.misses = 0
        self.size: Callable[[], int] | None = None
        self._lock = threading.RLock()

    def hit(self, count: int = 1) -> None:
        """It had what was asked for."""
        with self._lock:
            self.hits += count

    def miss(self, count: int = 1) -> None:
        """It had not."""
        with self._lock:
            self.misses += count

    def state(self, name: str) -> CacheState:
        """What was counted so far."""
        questions = self.hits + self.misses
        return CacheState(name, self.hits, self.misses, self.hits / questions if questions else None, asked(self.size))


class QueueState(msgspec.Struct, frozen=True):
    """``peak`` is the greatest depth that was seen at a look."""

    name: str
    depth: int
    peak: int


class QueueMeter:
    """A queue, looked at now and then by its ``depth`` (such as ``queue.qsize``)."""

    def __init__(self) -> None:
        self.depth: Callable[[], int] | None = None
        self._peak = 0

    def state(self, name: str) -> QueueState:
        """Look at it."""
        depth = asked(self.depth) or 0
        self._peak = max(self._peak, depth)
        return QueueState(name, depth, self._peak)


class LimiterState(msgspec.Struct, frozen=True):
    """How long a rate limiter has let requests wait."""

    name: str
    wait: Times
    recent: Recent


class WatchState(msgspec.Struct, frozen=True):
    """``staleness``: seconds since the last event or bookmark, None before the first; ``restarts`` by reason."""

    resource: str
    events: int
    staleness: float | None
    restarts: dict[str, int]


class WatchMeter:
    """The watch of one resource."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._events = self._last = 0
        self._restarts: Counter[str] = Counter()

    def heard(self, events: int) -> None:
        """So many events came, or a bookmark (0 events). One thread a watch calls this."""
        self._events += events
        self._last = self._clock()

    def restarted(self, reason: str) -> None:
        """It begins anew: ``relist``, ``gone`` (410), ``cut`` or whatever the program tells apart."""
        self._restarts[reason] += 1

    def state(self, resource: str) -> WatchState:
        """What was counted so far."""
        staleness = (self._clock() - self._last) / SECOND if self._last else None
        return WatchState(resource, self._events, staleness, dict(self._restarts))


class Mark(msgspec.Struct, frozen=True):
    """A moment of the start: seconds since the process was started, to 10 ms."""

    name: str
    seconds: float


class Marks:
    """The first time that each named moment was reached."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._started = clock() - age_ns()
        self._marks: Bounded[str, list[int]] = Bounded(lambda: [clock()], "other")

    def mark(self, name: str) -> None:
        """This moment is now, unless it was before."""
        self._marks[name]  # made when first asked for

    def marks(self) -> tuple[Mark, ...]:
        """All, in their order."""
        return tuple(Mark(name, (at - self._started) / SECOND) for name, (at,) in self._marks.items())


class Meters:
    """All meters, by name."""

    def __init__(self) -> None:
        self.caches: Bounded[str, CacheMeter] = Bounded(CacheMeter, "other")
        self.queues: Bounded[str, QueueMeter] = Bounded(QueueMeter, "other")
        self.limiters: Bounded[str, Timing] = Bounded(Timing, "other")
        self.watches: Bounded[str, WatchMeter] = Bounded(WatchMeter, "other")

    def rotate(self) -> None:
        """Let the older half of what is recent become past."""
        for timing in self.limiters.values():
            timing.rotate()

    def limiter_states(self) -> tuple[LimiterState, ...]:
        """How long each limiter let wait."""
        return tuple(LimiterState(name, timing.times(), timing.recent()) for name, timing in self.limiters.items())
