"""How long something takes, in fixed memory: since the start, and of late."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND: Final = 1_000_000_000  # in nanoseconds
SHARES: Final = (0.5, 0.95, 0.99)


class Times(msgspec.Struct, frozen=True):
    """What a Timing has counted; seconds. Quantiles are upper bounds that are 12 % wide, ``longest`` is exact."""

    count: int = 0
    total: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    longest: float = 0.0


class Recent(msgspec.Struct, frozen=True):
    """The same of late."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0


class Timing:
    """Durations, for any thread. ``recent`` looks back over one to two of the spans between calls of ``rotate``.

    The lock may be taken again by its owner: finalizers and signal handlers may time something in the midst of ``add``.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._before, self._old, self._young = Histogram(), Histogram(), Histogram()
        self._total = self._longest = self._count = 0
        self._times = Times()
        self._recent: tuple[int, Recent] | None = None  # and the count at which it was worked out

    def add(self, ns: int) -> None:
        """Count one duration in nanoseconds."""
        with self._lock:
            self._young.add(ns)
            self._count += 1
            self._total += ns
            self._longest = max(self._longest, ns)

    def rotate(self) -> None:
        """Let the older half of what is recent become past."""
        with self._lock:
            self._before.merge(dict(self._old.buckets()))
            self._old, self._young = self._young, Histogram()
            self._recent = None

    def recent(self) -> Recent:
        """What was counted of late."""
        with self._lock:
            if self._recent is None or self._recent[0] != self._count:
                buckets = _merged(self._old, self._young)
                p50, p95, p99 = (min(bound, self._longest) / SECOND for bound in _quantiles(buckets))
                self._recent = self._count, Recent(sum(count for _, count in buckets), p50, p95, p99)
            return self._recent[1]

    def times(self) -> Times:
        """All since the start. What has not changed is not worked out again: it is asked for every second."""
        with self._lock:
            if self._times.count != self._count:
                buckets = _merged(self._before, self._old, self._young)
                p50, p95, p99 = (min(bound, self._longest) / SECOND for bound in _quantiles(buckets))
                self._times = Times(self._count, self._total / SECOND, p50, p95, p99, self._longest / SECOND)
            return self._times

    def cumulative(self, bounds: Sequence[int]) -> list[int]:
        """How many took less than each of the bounds (ns, ascending); exact where those are powers of two."""
        with self._lock:
            buckets = _merged(self._before, self._old, self._young)
        return [sum(count for bound, count in buckets if bound < limit) for limit in bounds]


def _merged(*histograms: Histogram) -> list[tuple[int, int]]:
    """Upper bounds of buckets and their counts, ascending."""
    merged: dict[int, int] = {}
    for each in histograms:
        for bound, count in each.buckets():
            merged[bound] = merged.get(bound, 0) + count
    return sorted(merged.items())


def _quantiles(buckets: list[tuple[int, int]]) -> list[int]:
    """The bounds (ns) at which ``SHARES`` are reached, in one pass; 0 where nothing was counted."""
    counted = sum(count for _, count in buckets)
    found: list[int] = []
    reached = 0
    for bound, count in buckets:
        reached += count
        while len(found) < len(SHARES) and reached >= SHARES[len(found)] * counted:
            found.append(bound)
    return found or [0] * len(SHARES)
