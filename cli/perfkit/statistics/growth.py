"""How a cost grows along an axis: slope and exponent, with an interval over the blocks of a sweep.

Cells of a sweep take turns, so block k of all cells is one pass along the axis, in one mood of the machine. Each block
gives one slope by least squares (of the exponent: of logarithms); blocks are the independent samples. Their
Hodges–Lehmann estimate is the slope, and inverting the signed-rank test gives its interval: exact, whatever the noise
is like within a block, and of no more certainty than the number of blocks allows (six for 95 %).
"""

from __future__ import annotations

import math
from statistics import linear_regression
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.statistics.interval import paired_shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.statistics.interval import Interval

ALPHA: Final = 0.05  # two-sided
LINEAR: Final = 0.1  # an exponent whose interval is within 1 ± this is called linear, within 0 ± this constant

Word = Literal["constant", "sub-linear", "linear", "super-linear", "unclear"]


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """A slope or an exponent. Infinite ends: too few blocks for an interval."""

    estimate: float
    low: float
    high: float
    alpha: float  # achieved, at most ALPHA; 0: no interval
    blocks: int

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return self.alpha > 0


def slope(places: Sequence[float], blocks: Sequence[Sequence[float]]) -> Growth | None:
    """By how much the values of a block rise along ``places``; each block has a value at each place.

    None without a block, or where all places are one.
    """
    if len(set(places)) < 2 or not blocks:
        return None
    slopes = [linear_regression(places, values).slope for values in blocks]
    shift = paired_shift([0.0] * len(slopes), slopes)
    interval: Interval = shift.interval(ALPHA)
    return Growth(
        estimate=shift.estimate, low=interval.low, high=interval.high, alpha=interval.alpha, blocks=len(blocks)
    )


def exponent(sizes: Sequence[float], blocks: Sequence[Sequence[float]]) -> Growth | None:
    """The power of the size that the cost grows with: 1 doubles with it. None where a size or a cost is not positive.

    Over the whole range, its fixed part included: a start-up of 1 s + 1 ms a pod has an exponent near 0 at 100 pods and
    near 1 at 100,000.
    """
    if not all(size > 0 for size in sizes) or not all(value > 0 for block in blocks for value in block):
        return None
    return slope([math.log(size) for size in sizes], [[math.log(value) for value in block] for block in blocks])


def called(growth: Growth) -> Word:
    """What an exponent is called: only what its interval says."""
    if _within(growth, 0.0):
        return "constant"
    if _within(growth, 1.0):
        return "linear"
    if growth.high < 1:
        return "sub-linear"
    return "super-linear" if growth.low > 1 else "unclear"


def _within(growth: Growth, centre: float) -> bool:
    return centre - LINEAR <= growth.low and growth.high <= centre + LINEAR
