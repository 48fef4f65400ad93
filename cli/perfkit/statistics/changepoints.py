"""Where a series of values changes: E-divisive with means and a permutation test, in pure Python.

Matteson & James (2014), "A nonparametric approach for multiple change point analysis of multivariate data", with the
exponent 1. Every split of a segment is judged by the energy statistic of what is in front and behind, the best one by
how often shuffled segments do as well.

Shuffling takes values for independent, and those of a machine that has good and bad weeks are not. So what was found is
tested again, against what is left of the values between the changes, shuffled and made as wide as independent noise
must be to move means as much. Shuffling blocks of values would be the usual way, but 20 or 30 labels hold too few.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from itertools import pairwise
from operator import add
from statistics import fmean
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.statistics.estimate import median

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALPHA: Final = 0.01  # of the permutation test; among 9 values or fewer no order is that rare
PERMUTATIONS: Final = 299
PARTS: Final = 4
SHORTEST: Final = 2  # values in front and behind: a single wild one makes no change
ALIKE: Final = 1e-9  # statistics that differ by rounding only are ties, and a tie speaks against a change
SEED: Final = 1
MOST_CORRELATED: Final = 0.95


class Split(msgspec.Struct, frozen=True):
    """A change between ``index`` − 1 and ``index``. ``p_value`` is that of the permutation test."""

    index: int
    statistic: float
    p_value: float


class _Segment:
    """The values from ``start`` to before ``end``, their best split, and the noise that it is held against."""

    def __init__(self, values: Sequence[float], noise: Sequence[float], start: int, end: int) -> None:
        self.start, self.end = start, end
        self._noise = list(noise[start:end])
        place, self.statistic = best_split(values[start:end])
        self.index = start + place

    def shuffled(self, chance: random.Random) -> float:
        """The statistic of the best split of the noise in random order."""
        chance.shuffle(self._noise)
        return best_split(self._noise)[1]


def best_split(values: Sequence[float]) -> tuple[int, float]:
    """How many values are in front where both sides differ most, and the statistic; (0, 0) where nothing differs.

    The statistic of n values in front and m behind is nm/(n + m) · (2 E|X−Y| − E|X−X′| − E|Y−Y′|), means over all
    pairs, an X with itself included. With S for the sum of distances over the pairs within a part, this is
    2 (S/(n + m) − S_front/n − S_behind/m).
    """
    front = _inner_distances(values)
    best, place = 0.0, 0
    for end in _ends(len(values)):
        behind = _inner_distances(values[end - 1 :: -1])
        within = list(map(add, front[SHORTEST - 1 : end - SHORTEST], behind[end - SHORTEST - 1 : SHORTEST - 2 : -1]))
        least = min(within)
        statistic = 2 * (front[end - 1] - least)
        if statistic > best:
            best, place = statistic, within.index(least) + SHORTEST
    return (place, best) if best > ALIKE * front[-1] else (0, 0.0)


def _ends(size: int) -> list[int]:
    """Where what is behind a split may end, the longest first: a change that was taken back does not hide itself."""
    ends = (size * part // PARTS for part in range(PARTS, 0, -1))
    return [end for end in ends if end >= 2 * SHORTEST]


def _inner_distances(values: Iterable[float]) -> list[float]:
    """For n = 1, 2, …: the sum of the distances between any two of the first n values, over n."""
    ordered: list[float] = []
    total = within = 0.0
    found = []
    for n, value in enumerate(values):
        below = bisect_left(ordered, value)
        within += value * (2 * below - n) + total - 2 * sum(ordered[:below])
        ordered.insert(below, value)
        total += value
        found.append(within / (n + 1))
    return found


def change_points(values: Sequence[float], alpha: float = ALPHA, seed: int = SEED) -> tuple[Split, ...]:
    """All changes in ``values``, in order; the same for the same values and seed.

    One after another the best split of any segment is taken, until shuffling within all segments does as well in more
    than a share ``alpha`` of cases. What is found so is searched for again, held against the autocorrelation that is
    left between the changes. Values must be finite; multiplying them all or adding to them changes nothing.
    """
    if not values:
        return ()
    centre = median(values)
    centred = [value - centre for value in values]
    found = _search(centred, centred, alpha, seed)
    if not found:
        return ()
    held = _search(centred, _rests(centred, found), alpha, seed)
    fewer = held if len(held) < len(found) else found  # both searches meet the same splits, the best one first
    return tuple(sorted(fewer, key=lambda split: split.index))


def autocorrelation(values: Sequence[float], means: int) -> float:
    """The correlation of neighbours in what is left of a series when ``means`` means were taken off its parts.

    Fitting k means to n values makes the plain estimate too small, by about k(1 + 2ρ)/n: that is put back.
    """
    squares = sum(value * value for value in values)
    if squares == 0:
        return 0.0
    plain = sum(first * second for first, second in pairwise(values)) / squares
    return min(plain + means * (1 + 2 * plain) / len(values), MOST_CORRELATED)


def _rests(values: Sequence[float], found: Sequence[Split]) -> list[float]:
    """What is left of the values between the changes, as wide as independent noise that moves means as much.

    The variance of a mean of a long AR(1) series is (1 + ρ)/(1 − ρ) times that of independent values; the statistic
    grows with it as it does with the width of independent noise.
    """
    bounds = sorted({0, *(split.index for split in found), len(values)})
    rests = [value - fmean(values[start:end]) for start, end in pairwise(bounds) for value in values[start:end]]
    means = len(found) + 1
    correlation = max(0.0, autocorrelation(rests, means))
    width = (1 + correlation) / (1 - correlation) * math.sqrt(len(values) / (len(values) - means))
    return [value * width for value in rests]


def _search(values: Sequence[float], noise: Sequence[float], alpha: float, seed: int) -> list[Split]:
    """The changes, best first, that are better than those of ``noise`` in random order within all segments."""
    chance = random.Random(seed)
    segments = [_Segment(values, noise, 0, len(values))]
    found: list[Split] = []
    while True:
        best = max(segments, key=lambda segment: segment.statistic)
        split = Split(best.index, best.statistic, _p_value(segments, best.statistic, alpha, chance))
        if split.p_value > alpha:
            return found
        found.append(split)
        at = segments.index(best)
        parts = ((best.start, best.index), (best.index, best.end))
        segments[at : at + 1] = [_Segment(values, noise, start, end) for start, end in parts]


def _p_value(segments: Sequence[_Segment], observed: float, alpha: float, chance: random.Random) -> float:
    """How rare so good a split is by chance; 1 as soon as it is sure not to be rare enough."""
    if observed == 0:
        return 1.0
    as_good, enough = 1, alpha * (PERMUTATIONS + 1)  # the order observed is one of the possible
    for _ in range(PERMUTATIONS):
        as_good += any(segment.shuffled(chance) >= observed * (1 - ALIKE) for segment in segments)
        if as_good > enough:
            return 1.0
    return as_good / (PERMUTATIONS + 1)
