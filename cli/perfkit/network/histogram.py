"""How late things happened: counts in buckets that are 12 % wide, whatever the magnitude."""

from __future__ import annotations

from collections import Counter

BITS = 3  # eight buckets to each power of two


class Histogram:
    """Counts of nanoseconds."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, ns: int) -> None:
        """Count one; less than nothing counts as nothing."""
        shift = max(0, ns.bit_length() - BITS - 1)
        self._counts[(shift << (BITS + 1)) + (max(0, ns) >> shift)] += 1

    def clear(self) -> None:
        """Forget all."""
        self._counts.clear()

    def buckets(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a bucket's upper bound (ns) and its count, ascending, without empty ones."""
        return tuple((_bound(key), self._counts[key]) for key in sorted(self._counts))

    def quantile(self, share: float) -> int:
        """The upper bound (ns) of the bucket in which that share is reached; 0 where nothing was counted."""
        wanted = share * self._counts.total()
        for bound, count in self.buckets():
            wanted -= count
            if wanted <= 0:
                return bound
        return 0


def _bound(key: int) -> int:
    shift, place = divmod(key, 1 << (BITS + 1))
    return ((place + 1) << shift) - 1
