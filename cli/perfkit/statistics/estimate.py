"""Robust estimates of place and spread. A failed trial enters as ±inf; where +inf meets −inf, the result is 0."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CENTRAL = math.erf(math.sqrt(0.5))  # 68.3 %: the share of a normal distribution within one SD of its centre


def midpoint(low: float, high: float) -> float:
    """The mean of two numbers; 0 for −inf and +inf. Halves first, so that it never overflows."""
    middle = low / 2 + high / 2
    return 0.0 if math.isnan(middle) else middle


def difference(high: float, low: float) -> float:
    """``high − low``; 0 for two equal infinities."""
    gap = high - low
    return 0.0 if math.isnan(gap) else gap


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` % of the values do not exceed; of few values the largest.

    ``values`` must not be empty.
    """
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def quantile(values: Sequence[float], share: float) -> float:
    """The ``share`` quantile by linear interpolation between order statistics (Hyndman & Fan's type 7, R's default).

    Raises ValueError without values.
    """
    if not values:
        raise ValueError("no values, no quantile")
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = math.floor(position)
    weight = position - below
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    if weight == 0 or low == high:
        return low
    between = (1 - weight) * low + weight * high
    return 0.0 if math.isnan(between) else between


def median(values: Sequence[float]) -> float:
    """The middle value, or the midpoint of the two middle ones. Raises ValueError without values."""
    return sorted_median(sorted(values))


def sorted_median(ordered: Sequence[float]) -> float:
    """The median of values already in ascending order. Raises ValueError without values."""
    if not ordered:
        raise ValueError("no values, no median")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else midpoint(ordered[middle - 1], ordered[middle])


def walsh_averages(differences: Sequence[float]) -> list[float]:
    """The midpoints of all pairs i ≤ j, ascending: n(n + 1)/2 of them (Walsh 1949)."""
    if all(map(math.isfinite, differences)):  # twice as fast, and the usual case
        return sorted(low + high for low, high in combinations_with_replacement([d / 2 for d in differences], 2))
    return sorted(midpoint(low, high) for low, high in combinations_with_replacement(differences, 2))


def pairwise_differences(base: Sequence[float], head: Sequence[float]) -> list[float]:
    """Every head value minus every base value, ascending: n·m of them."""
    return sorted(difference(h, b) for h in head for b in base)


def spread(values: Sequence[float]) -> float:
    """A standard deviation that bursts do not move: half the width of the central 68.3 %. 0 below two values."""
    if len(values) < 2:
        return 0.0
    tail = (1 - CENTRAL) / 2
    return difference(quantile(values, 1 - tail), quantile(values, tail)) / 2
