"""What a series of labels tells about one metric: where it changed, by how much, and whether it wanders.

A label counts as one value, the median of its trials: trials of one session share the machine's mood, so that they say
little about the next session's. Intervals are 95 % ones, not corrected for having looked for the place of the change.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.statistics.analysis import Summary, summarise
from perfkit.statistics.changepoints import ALPHA, change_points
from perfkit.statistics.drift import drift
from perfkit.statistics.estimate import median
from perfkit.statistics.interval import unpaired_shift
from perfkit.statistics.margins import margins
from perfkit.statistics.scale import clean, known, natural_scale
from perfkit.statistics.verdict import is_exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.limits import Limit
    from perfkit.statistics.interval import Shift
    from perfkit.statistics.margins import Margin
    from perfkit.statistics.scale import Scale

RELEASES: Final = 10  # drift is looked for among so many labels
INTERVAL_ALPHA: Final = 0.05

Word = Literal["regressed", "worse", "improved"]  # beyond the limit; within it; better


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A step or a drift. ``change``, ``low`` and ``high`` are relative: 0.05 is 5 %; infinite where not known."""

    first: int  # a step: the first label of the new level; a drift: the first label looked at
    last: int  # the last label of the new level, or looked at
    word: Word
    change: float
    low: float
    high: float
    before: float  # the level before a step, or at the first label of a drift, in base units
    after: float
    p_value: float | None  # None: counts that never vary within a label are compared exactly
    limit: str  # as written


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over all labels of a series. ``changes``: a label to the one before, relative; None: not known."""

    metric: Metric
    summaries: tuple[Summary, ...]
    changes: tuple[float | None, ...]
    steps: tuple[Change, ...] = ()
    drift: Change | None = None

    @property
    def alarms(self) -> tuple[Change, ...]:
        """What a team should be told: the newest step or the drift, where it is a regression of a gated metric."""
        newest = (*self.steps[-1:], *filter(None, [self.drift]))
        return tuple(change for change in newest if change.word == "regressed" and self.metric.gated)


def trend(metric: Metric, labels: Sequence[Sequence[float | None]], limits: Sequence[Limit]) -> Trend:
    """Judge one metric over labels in order, each with the values of its trials; None: the trial failed.

    Labels without any good trial have no value: they are no part of steps and drift.
    """
    finite = [clean(samples) for samples in labels]
    summaries = tuple(map(summarise, finite))
    series = _Series(metric, limits, summaries)
    good = list(filter(None, map(known, finite)))
    exact = len(good) > 1 and all(is_exact(metric, *pair) for pair in pairwise(good))
    steps = series.exact_steps() if exact else series.steps()
    return Trend(
        metric=metric,
        summaries=summaries,
        changes=_changes(metric, [summary.median for summary in summaries]),
        steps=steps,
        drift=None if exact else series.drift(steps[-1].first if steps else 0),
    )


class _Series:
    """The medians of the labels that have one, and which labels these are."""

    def __init__(self, metric: Metric, limits: Sequence[Limit], summaries: Sequence[Summary]) -> None:
        self.metric, self.limits = metric, limits
        medians = [(place, summary.median) for place, summary in enumerate(summaries) if summary.median is not None]
        self.places = [place for place, _ in medians]
        self.values = [value for _, value in medians]
        self.scale = natural_scale(metric, self.values)

    def steps(self) -> tuple[Change, ...]:
        """The change points that the permutation test finds."""
        splits = change_points(self.scale.harm(self.values))
        return self._steps([split.index for split in splits], [split.p_value for split in splits])

    def exact_steps(self) -> tuple[Change, ...]:
        """Every difference between two labels in a row, where counts vary in none of them."""
        indices = [index for index in range(1, len(self.values)) if self.values[index] != self.values[index - 1]]
        return self._steps(indices, [None] * len(indices))

    def drift(self, since: int) -> Change | None:
        """The drift of the last labels, none of them before the label ``since``; None where chance does as much."""
        own = [(p, v) for p, v in zip(self.places, self.values, strict=True) if p >= since][-RELEASES:]
        values = [value for _, value in own]
        wander = drift(self.scale.harm(values))
        if wander.p_value() > ALPHA:
            return None
        spans = len(values) - 1
        bounds = margins(self.metric, self.limits, values, values)
        exceeded = [margin for margin in bounds if drift(margin.scale.harm(values)).estimate * spans > margin.size]
        level = values[0]
        change, low, high = (self.scale.change(each * spans, level) for each in _estimate(wander))
        return Change(
            first=own[0][0],
            last=own[-1][0],
            word=_word(wander.estimate, exceeded),
            change=change,
            low=min(low, high),
            high=max(low, high),
            before=level,
            after=values[-1],
            p_value=wander.p_value(),
            limit=(exceeded or bounds)[0].limit.written,
        )

    def _steps(self, indices: Sequence[int], p_values: Sequence[float | None]) -> tuple[Change, ...]:
        bounds = [0, *indices, len(self.values)]
        return tuple(
            self._step((bounds[number], bounds[number + 1], bounds[number + 2]), p_value)
            for number, p_value in enumerate(p_values)
        )

    def _step(self, bounds: tuple[int, int, int], p_value: float | None) -> Change:
        """The step at the middle one of three bounds."""
        start, at, end = bounds
        before, after = self.values[start:at], self.values[at:end]
        limits = margins(self.metric, self.limits, before, after)
        exceeded = [margin for margin in limits if _shift(margin.scale, before, after).estimate > margin.size]
        shift = _shift(self.scale, before, after)
        estimate = (shift.estimate,) * 3 if p_value is None else _estimate(shift)
        change, low, high = (self.scale.change(each, median(before)) for each in estimate)
        return Change(
            first=self.places[at],
            last=self.places[end - 1],
            word=_word(shift.estimate, exceeded),
            change=change,
            low=min(low, high),
            high=max(low, high),
            before=median(before),
            after=median(after),
            p_value=p_value,
            limit=(exceeded or limits)[0].limit.written,
        )


def _shift(scale: Scale, before: Sequence[float], after: Sequence[float]) -> Shift:
    return unpaired_shift(scale.harm(before), scale.harm(after))


def _estimate(shift: Shift) -> tuple[float, float, float]:
    interval = shift.interval(INTERVAL_ALPHA)
    return shift.estimate, interval.low, interval.high


def _word(harm: float, exceeded: Sequence[Margin]) -> Word:
    if exceeded:
        return "regressed"
    return "worse" if harm > 0 else "improved"


def _changes(metric: Metric, medians: Sequence[float | None]) -> tuple[float | None, ...]:
    scale = natural_scale(metric, medians)
    found: list[float | None] = [None]
    for before, after in pairwise(medians):
        if before is None or after is None:
            found.append(None)
            continue
        first, second = scale.harm([before, after])
        change = scale.change(second - first, before)
        found.append(change if math.isfinite(change) else None)
    return tuple(found[: len(medians)])
