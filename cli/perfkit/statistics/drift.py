"""Slow drift: Theil–Sen's slope of a series, its interval by Sen (1968), and the exact test of Mann and Kendall.

All three come of the slopes between any two points: their median; order statistics of them, by the null distribution of
Kendall's statistic; and how many of them go down. Ties only make the test more cautious.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate, combinations
from typing import TYPE_CHECKING

from perfkit.statistics.estimate import spread
from perfkit.statistics.interval import Shift
from perfkit.statistics.nulls import ExactNull

if TYPE_CHECKING:
    from collections.abc import Sequence


def drift(values: Sequence[float]) -> Shift:
    """The change from each value to the next, in a series that may wander: its estimate, intervals and p-value.

    Exact counting: fit for series of at most some dozens. Without two values there is no estimate.
    """
    slopes = sorted((second - first) / (j - i) for (i, first), (j, second) in combinations(enumerate(values), 2))
    return Shift(slopes, inversions(len(values)), spread(slopes), len(values))


@lru_cache(maxsize=64)
def inversions(size: int) -> ExactNull:
    """The null distribution of how many pairs of a random order go down (Mahonian numbers; Kendall 1938)."""
    counts = [1]
    for others in range(1, size):  # one more value goes before 0 … others of those there
        counts = [sum(counts[max(0, k - others) : k + 1]) for k in range(len(counts) + others)]
    cumulative = list(accumulate(counts))
    return ExactNull(tuple(count / cumulative[-1] for count in cumulative))
