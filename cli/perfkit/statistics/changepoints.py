"""Where a series of values changes: E-divisive with means and a permutation test, in pure Python.

Matteson & James (2014), "A nonparametric approach for multiple change point analysis of multivariate data", with the
exponent 1. Every split of a segment is judged by the energy statistic of what is in front and behind, the best one by
how often shuffled segments do as well.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from operator import add
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


class Split(msgspec.Struct, frozen=True):
    """A change between ``index`` − 1 and ``index``. ``p_value`` is that of the permutation test."""

    index: int
    statistic: float
    p_value: float


class _Segment:
    """The values from ``start`` to before ``end``, and their best split."""

    def __init__(self, values: Sequence[float], start: int, end: int) -> None:
        self.start, self.end = start, end
        self._values = list(values[start:end])
        place, self.statistic = best_split(self._values)
        self.index = start + place

    def shuffled(self, chance: random.Random) -> float:
        """The statistic of the best split of the same values in random order."""
        chance.shuffle(self._values)
        return best_split(self._values)[1]


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
    than a share ``alpha`` of cases. Values must be finite; multiplying them all or adding to them changes nothing.
    """
    if not values:
        return ()
    centre = median(values)
    centred = [value - centre for value in values]
    chance = random.Random(seed)
    segments = [_Segment(centred, 0, len(values))]
    found: list[Split] = []
    while True:
        best = max(segments, key=lambda segment: segment.statistic)
        split = Split(best.index, best.statistic, _p_value(segments, best.statistic, alpha, chance))
        if split.p_value > alpha:
            return tuple(sorted(found, key=lambda each: each.index))
        found.append(split)
        at = segments.index(best)
        parts = ((best.start, best.index), (best.index, best.end))
        segments[at : at + 1] = [_Segment(centred, start, end) for start, end in parts]


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
