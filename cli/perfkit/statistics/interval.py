"""By how much one sample lies above another: estimate, interval, bound and p-value by inverting a rank test.

The contrasts of the data (Walsh averages of paired differences, or all pairwise differences of independent samples),
put in order, turn the null distribution of the test into an interval: the k-th smallest and the k-th largest contrast,
with k from the distribution's tail (Bauer 1972; Hollander, Wolfe & Chicken, sections 3.3 and 4.3). Ties and zeros only
make it wider. The interval misses 0 exactly when the two-sided p-value is at most α.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from perfkit.statistics.estimate import pairwise_differences, sorted_median, spread, walsh_averages
from perfkit.statistics.nulls import rank_sum, signed_rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.statistics.nulls import Null

EFFICIENCY = 3 / math.pi  # of rank estimates against means, for normal data (Hodges & Lehmann 1956)


class Interval(msgspec.Struct, frozen=True):
    """``alpha`` is what was achieved: at most what was asked; 0, with infinite ends, where n is too small for it."""

    low: float
    high: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Shift:
    """What samples tell of a shift. ``error`` is about its standard error; ``n`` pairs, or the smaller sample."""

    contrasts: Sequence[float]  # ascending
    null: Null
    error: float
    n: int

    @property
    def estimate(self) -> float:
        """The Hodges–Lehmann estimate. Raises ValueError without data."""
        return sorted_median(self.contrasts)

    def interval(self, alpha: float) -> Interval:
        """The two-sided 1 − ``alpha`` interval."""
        cut = self.null.critical(alpha / 2)
        if cut == 0 or not self.contrasts:
            return Interval(-math.inf, math.inf, 0.0)
        return Interval(self.contrasts[cut - 1], self.contrasts[-cut], 2 * self.null.cdf(cut - 1))

    def upper(self, alpha: float) -> float:
        """The one-sided 1 − ``alpha`` upper bound."""
        cut = self.null.critical(alpha)
        return self.contrasts[-cut] if cut and self.contrasts else math.inf

    def p_value(self) -> float:
        """Two-sided, of "no shift"; zeros count for no shift."""
        at_most_zero = bisect_right(self.contrasts, 0.0)
        at_least_zero = len(self.contrasts) - bisect_left(self.contrasts, 0.0)
        return min(1.0, 2 * self.null.cdf(min(at_most_zero, at_least_zero)))


def paired_shift(base: Sequence[float], head: Sequence[float]) -> Shift:
    """The shift within pairs; the sequences are equally long. A pair of two infinities says nothing and is left out."""
    pairs = [(b, h) for b, h in zip(base, head, strict=True) if math.isfinite(b) or math.isfinite(h)]
    differences = [h - b for b, h in pairs]
    n = len(differences)
    error = spread(differences) / math.sqrt(EFFICIENCY * max(n, 1))
    return Shift(walsh_averages(differences), signed_rank(n), error, n)


def unpaired_shift(base: Sequence[float], head: Sequence[float]) -> Shift:
    """The shift between independent samples."""
    variance = sum(spread(values) ** 2 / max(len(values), 1) for values in (base, head))
    error = math.sqrt(variance / EFFICIENCY)
    null = rank_sum(len(base), len(head))
    return Shift(pairwise_differences(base, head), null, error, min(len(base), len(head)))
