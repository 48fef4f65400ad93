"""More than two versions side by side: each against the first and against the one before, the best and the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.statistics.analysis import Row, Summary
from perfkit.statistics.verdict import Judgement  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.statistics.analysis import Comparison

    Compare = Callable[[int, int], Comparison]  # places of base and head


class VersionsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One metric, version by version. Judgements are None for the first version, and where none is allowed.

    ``best`` and ``worst`` are places, by the medians; None where the trials cannot tell the two apart.
    """

    metric: Metric
    summaries: tuple[Summary, ...]
    against_first: tuple[Judgement | None, ...]
    against_previous: tuple[Judgement | None, ...]
    best: int | None = None
    worst: int | None = None


class Versions(msgspec.Struct, frozen=True, kw_only=True, tag="versions"):
    """Three or more, the first of them the base. ``versions``: of one program, so that worse means regressed.

    ``paired``: all are targets of one run.
    """

    names: tuple[str, ...]
    versions: bool
    paired: bool
    trials: tuple[int, ...]
    rows: tuple[VersionsRow, ...]


def line_up(names: Sequence[str], compare: Compare) -> Versions:
    """Put versions side by side; ``compare(i, j)`` compares version j with version i as its base."""
    places = range(1, len(names))
    first = [compare(0, place) for place in places]
    previous = [compare(place - 1, place) for place in places]
    return Versions(
        names=tuple(names),
        versions=all(each.versions for each in first),
        paired=all(each.paired for each in (*first, *previous)),
        trials=_trials(first),
        rows=tuple(_row(row.metric, first, previous, compare) for row in first[-1].rows),
    )


def _trials(first: Sequence[Comparison]) -> tuple[int, ...]:
    """How many trials each version has; of a metric that all trials give, the number of samples."""
    return (first[0].rows[0].base.n, *(each.rows[0].head.n for each in first))


def _row(metric: Metric, first: Sequence[Comparison], previous: Sequence[Comparison], compare: Compare) -> VersionsRow:
    rows = [_find(each, metric) for each in first]
    summaries = (rows[0].base, *(row.head for row in rows))
    best, worst = _extremes(metric, summaries, compare)
    return VersionsRow(
        metric=metric,
        summaries=summaries,
        against_first=(None, *(row.judgement for row in rows)),
        against_previous=(None, *(_find(each, metric).judgement for each in previous)),
        best=best,
        worst=worst,
    )


def _find(comparison: Comparison, metric: Metric) -> Row:
    """The row of a metric; an empty one where a version has not measured it."""
    nothing = Row(metric=metric, base=Summary(n=0, failed=0), head=Summary(n=0, failed=0), judgement=None)
    return next((row for row in comparison.rows if row.metric.name == metric.name), nothing)


def _extremes(metric: Metric, summaries: Sequence[Summary], compare: Compare) -> tuple[int | None, int | None]:
    """The places of the best and the worst median, if the interval of their difference leaves out zero."""
    medians = [(summary.median, place) for place, summary in enumerate(summaries) if summary.median is not None]
    if len(medians) < 2:
        return None, None
    low, high = min(medians, key=_value)[1], max(medians, key=_value)[1]
    judgement = None if low == high else _find(compare(low, high), metric).judgement
    if judgement is None or judgement.low <= 0:
        return None, None
    return (low, high) if metric.direction == "lower" else (high, low)


def _value(known: tuple[float | None, int]) -> float:
    assert known[0] is not None
    return known[0]
