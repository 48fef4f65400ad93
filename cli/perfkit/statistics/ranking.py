"""Several targets in blocks: who is best, how many times worse are the others, and who cannot be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from perfkit.statistics.interval import Interval, Shift, paired_shift
from perfkit.statistics.looks import ALPHA
from perfkit.statistics.margins import DEFAULT_SHARE
from perfkit.statistics.scale import clean, known, median_or_zero, ratio_scale
from perfkit.statistics.verdict import is_exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.statistics.scale import Scale

Samples = dict[str, list[float | None]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A target's place. Ties share a rank: 1, 1, 3."""

    target: str
    rank: int  # 1 is best
    ratio: float | None  # value over the best target's, its interval below; None: it failed too often to have one
    low: float | None = None  # None: no bound
    high: float | None = None
    n: int  # blocks
    failed: int
    decided: bool  # parted from the group above, or shown to be within 5 % of its own group's first


@dataclass(frozen=True, slots=True)
class Duel:
    """Two targets' harm compared within blocks."""

    shift: Shift
    exact: bool  # constant counts

    @property
    def p(self) -> float:
        """Two-sided, of no difference; constants that differ do so for certain."""
        if self.exact:
            return 1.0 if self.shift.estimate == 0 else 0.0
        return self.shift.p_value()

    def interval(self, alpha: float) -> Interval:
        """Of the difference in harm."""
        estimate = self.shift.estimate
        return Interval(estimate, estimate, 0.0) if self.exact else self.shift.interval(alpha)


class Duels:
    """All targets against each other, with the α that Holm's procedure (1979) gives each duel.

    Holm over all pairs holds whichever of them are looked at afterwards. A duel's interval misses 0 exactly when the
    procedure tells the two apart.
    """

    def __init__(self, samples: Samples, metric: Metric, scale: Scale, alpha: float) -> None:
        harm = {name: scale.harm(values) for name, values in samples.items()}
        self._duels = {
            (one, other): Duel(paired_shift(harm[other], harm[one]), is_exact(metric, samples[one], samples[other]))
            for one, other in combinations(samples, 2)
        }
        self._levels = holm_levels({pair: duel.p for pair, duel in self._duels.items()}, alpha)

    def estimate(self, one: str, other: str) -> float:
        """By how much ``one`` is worse than ``other``."""
        if one == other:
            return 0.0
        if (one, other) in self._duels:
            return self._duels[one, other].shift.estimate
        return -self._duels[other, one].shift.estimate

    def interval(self, one: str, other: str) -> Interval:
        """The interval of the estimate, at the α of this duel."""
        if one == other:
            return Interval(0.0, 0.0, 0.0)
        if (one, other) in self._duels:
            return self._duels[one, other].interval(self._levels[one, other])
        mirrored = self._duels[other, one].interval(self._levels[other, one])
        return Interval(-mirrored.high, -mirrored.low, mirrored.alpha)

    def best(self, names: Iterable[str]) -> str:
        """The target that none beats, or that is beaten by least."""
        candidates = list(names)
        return min(candidates, key=lambda name: max(self.estimate(name, other) for other in candidates))


def rank_blocks(
    samples: Mapping[str, Sequence[float | None]], metric: Metric, alpha: float = ALPHA
) -> tuple[Place, ...]:
    """The targets, best first, from their values block by block (None: failed; all sequences equally long).

    The best is the target that no other beats by the Hodges–Lehmann estimate within blocks; the others follow by their
    ratio to it. A target ties with the first of the group above it unless their interval misses "no difference". One
    that never worked comes last. Raises ValueError for sequences of different lengths.
    """
    values = {name: clean(side) for name, side in samples.items()}
    alive = {name: side for name, side in values.items() if known(side)}
    dead = [name for name in values if name not in alive]
    places = _rank_alive(alive, metric, alpha) if alive else []
    last = len(alive) + 1
    places += [
        Place(target=name, rank=last, ratio=None, n=len(values[name]), failed=len(values[name]), decided=True)
        for name in dead
    ]
    return tuple(places)


def holm_levels(p_values: Mapping[tuple[str, str], float], alpha: float) -> dict[tuple[str, str], float]:
    """The α at which each hypothesis is tested: α/m for the smallest p, α/(m − 1) for the next, until one stands.

    All hypotheses after that keep its level, so that each is rejected exactly when its p is at most its level.
    """
    levels: dict[tuple[str, str], float] = {}
    left, stands = len(p_values), False
    for pair, p in sorted(p_values.items(), key=lambda item: item[1]):
        levels[pair] = alpha / left
        stands = stands or p > levels[pair]
        left -= not stands
    return levels


def _rank_alive(samples: Samples, metric: Metric, alpha: float) -> list[Place]:
    scale = ratio_scale(metric, *samples.values())
    duels = Duels(samples, metric, scale, alpha)
    best = duels.best(samples)
    order = sorted(samples, key=lambda name: (name != best, duels.estimate(name, best)))
    places: list[Place] = []
    leader, rank = best, 1
    for position, name in enumerate(order, start=1):
        gap = duels.interval(name, leader)
        apart = gap.low > 0
        if apart:
            leader, rank = name, position
        ratio, low, high = _ratios(samples, scale, duels, (name, best))
        places.append(
            Place(
                target=name,
                rank=rank,
                ratio=ratio,
                low=low,
                high=high,
                n=len(samples[name]),
                failed=samples[name].count(None),
                decided=apart or _alike(gap, scale),
            )
        )
    return places


def _ratios(
    samples: Samples, scale: Scale, duels: Duels, pair: tuple[str, str]
) -> tuple[float | None, float | None, float | None]:
    """The ratio of a target's values to the best's, and its interval; where zeros occur, the ratio of medians alone."""
    if not scale.logarithmic:
        above, below = (median_or_zero(samples[name]) for name in pair)
        return (1.0 if above == below else above / below if below else None), None, None
    interval = duels.interval(*pair)
    ends = sorted(1 + scale.change(harm, 0.0) for harm in (interval.low, interval.high))
    ratio, low, high = (
        end if math.isfinite(end) else None for end in (1 + scale.change(duels.estimate(*pair), 0.0), *ends)
    )
    return ratio, low, high


def _alike(gap: Interval, scale: Scale) -> bool:
    """Whether a difference, if there is one, is within the default limit."""
    margin = math.log1p(DEFAULT_SHARE) if scale.logarithmic else 0.0
    return -margin <= gap.low and gap.high <= margin
