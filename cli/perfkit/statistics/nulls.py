"""How rank statistics are distributed when nothing changed: exact by counting, normal where counting gets long.

Both statistics are integers T ≥ 0, symmetric about their mean: Wilcoxon's signed-rank T⁺ of n pairs, and
Mann–Whitney's U of two independent samples.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import add
from statistics import NormalDist
from typing import Protocol

EXACT_PAIRS = 100  # counting 100 pairs takes about 20 ms, once
EXACT_PRODUCT = 2500  # of the two sample sizes


class Null(Protocol):
    """A distribution of T under "nothing changed"."""

    def cdf(self, count: int) -> float:
        """P(T ≤ count); 0 below 0."""
        ...

    def critical(self, probability: float) -> int:
        """The largest k with P(T ≤ k − 1) ≤ probability: so many extreme values may be cut off on one side."""
        ...


@dataclass(frozen=True, slots=True)
class ExactNull:
    """``cumulative[t]`` is P(T ≤ t)."""

    cumulative: tuple[float, ...]

    def cdf(self, count: int) -> float:
        """P(T ≤ count)."""
        return self.cumulative[min(count, len(self.cumulative) - 1)] if count >= 0 else 0.0

    def critical(self, probability: float) -> int:
        """The largest k with P(T ≤ k − 1) ≤ probability."""
        return bisect_right(self.cumulative, probability)


@dataclass(frozen=True, slots=True)
class NormalNull:
    """The normal approximation, corrected for continuity."""

    mean: float
    deviation: float

    def cdf(self, count: int) -> float:
        """P(T ≤ count)."""
        return NormalDist(self.mean, self.deviation).cdf(count + 0.5) if count >= 0 else 0.0

    def critical(self, probability: float) -> int:
        """The largest k with P(T ≤ k − 1) ≤ probability."""
        return max(0, math.floor(NormalDist(self.mean, self.deviation).inv_cdf(probability) + 0.5))


@lru_cache(maxsize=256)
def signed_rank(pairs: int) -> Null:
    """The null distribution of T⁺, the sum of the ranks 1…n that got a plus: each rank by the toss of a coin."""
    if pairs > EXACT_PAIRS:
        return NormalNull(pairs * (pairs + 1) / 4, math.sqrt(pairs * (pairs + 1) * (2 * pairs + 1) / 24))
    counts = [1]  # counts[t]: in how many of the 2ⁿ sign patterns the ranks with a plus sum to t
    for rank in range(1, pairs + 1):
        nothing = [0] * rank
        counts = list(map(add, counts + nothing, nothing + counts))
    return _exact(counts)


@lru_cache(maxsize=256)
def rank_sum(first: int, second: int) -> Null:
    """The null distribution of U, the number of pairs (one of each sample) in which the first is the larger.

    The counts are the coefficients of the Gaussian binomial, ∏ (1 − qᵐ⁺ⁱ) / (1 − qⁱ) for i = 1…n. Half of them is
    enough: they are symmetric.
    """
    small, large = sorted((first, second))
    product = small * large
    if product > EXACT_PRODUCT:
        return NormalNull(product / 2, math.sqrt(product * (small + large + 1) / 12))
    counts = [1] + [0] * (product // 2)
    for i in range(1, small + 1):
        for degree in range(len(counts) - 1, large + i - 1, -1):
            counts[degree] -= counts[degree - large - i]
        for degree in range(i, len(counts)):
            counts[degree] += counts[degree - i]
    return _exact(counts + counts[: product + 1 - len(counts)][::-1])


def _exact(counts: list[int]) -> ExactNull:
    cumulative = list(accumulate(counts))
    return ExactNull(tuple(count / cumulative[-1] for count in cumulative))
