"""How late things happened: counts in buckets that are 12 % wide, whatever the magnitude."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BITS = 3  # eight buckets to each power of two


def bucket(ns: int) -> int:
    """The upper bound (ns) of the bucket that ``ns`` is counted in; less than nothing counts as nothing."""
    shift = max(0, ns.bit_length() - BITS - 1)
    return (((max(0, ns) >> shift) + 1) << shift) - 1


class Histogram:
    """Counts of nanoseconds."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, ns: int) -> None:
        """Count one."""
        self._counts[bucket(ns)] += 1

    def merge(self, counts: Mapping[int, int]) -> None:
        """Count what another has counted, by its buckets."""
        self._counts.update(counts)

    def clear(self) -> None:
        """Forget all."""
        self._counts.clear()

    def buckets(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a bucket's upper bound (ns) and its count, ascending, without empty ones."""
        return tuple(sorted(self._counts.items()))

    def quantile(self, share: float) -> int:
        """The upper bound (ns) of the bucket in which that share is reached; 0 where nothing was counted."""
        wanted = share * self._counts.total()
        for bound, count in self.buckets():
            wanted -= count
            if wanted <= 0:
                return bound
        return 0
