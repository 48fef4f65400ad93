"""How a metric is spread: each trial a dot, the quartiles a band, the median a line, limits dashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfkit.model.result import sample
from perfkit.statistics.analysis import summarise
from perfkit.views.curve import Span
from perfkit.views.grids import Grid
from perfkit.views.report.figure import Row, Tick, across, bar, figure, round_ticks, rows, table
from perfkit.views.text import counted, spread, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.metrics import Metric
    from perfkit.statistics.analysis import Summary
    from perfkit.views.report.content import Chapter, Lane

MOST: Final = 100  # dots in a row
HEIGHT: Final = 30  # pixels of a row
RADIUS: Final = 3
PILE: Final = 3  # dots above and below the middle, where many have the same value
FLATTEST: Final = 0.1  # an axis spans at least so much of its top, so that noise looks like noise
FAR: Final = 3  # times the largest value: a limit beyond is told, not drawn
AIR: Final = 0.03  # of the axis, beyond the outermost dots


@dataclass(frozen=True, slots=True)
class _Spread:
    """The values of one lane, ascending; ``summary`` is over all its trials, ``drawn`` are those that become dots."""

    lane: Lane
    summary: Summary
    drawn: tuple[float, ...]


def dots(chapter: Chapter, metric: Metric) -> str:
    """A row for each lane that has the metric; nothing where none has."""
    found = _spreads(chapter, metric)
    if not found or constant(chapter, metric) is not None:
        return ""
    limits = chapter.limits.get(metric.name, ())
    span = _span(found, [number for _, number in limits])
    marks = [Tick(span.share(number), "", "limit") for _, number in limits if span.low <= number <= span.high]
    colours = {name: place % 5 for place, name in enumerate(dict.fromkeys(lane.name for lane in chapter.lanes))}
    lines = [_row(each, metric, span, f"c{colours[each.lane.name]}") for each in found]
    picture = rows(lines, [*round_ticks(span, metric.kind), *marks], HEIGHT)
    return figure(
        metric.name,
        picture,
        table(_grid(found, metric)),
        [_remarks(found, metric, limits, span), _without(chapter, metric)],
    )


def constant(chapter: Chapter, metric: Metric) -> float | None:
    """The value that a metric has in every trial: a picture of it would say nothing."""
    values = {number for each in _spreads(chapter, metric) for number in (each.drawn[0], each.drawn[-1])}
    return values.pop() if len(values) == 1 else None


def _spreads(chapter: Chapter, metric: Metric) -> list[_Spread]:
    return [each for lane in chapter.lanes if (each := _spread(lane, metric)).drawn]


def _spread(lane: Lane, metric: Metric) -> _Spread:
    values = [sample(trial, metric.name) for trial in lane.trials]
    known = sorted(number for number in values if number is not None)
    return _Spread(lane, summarise(values), tuple(thinned(known, MOST)))


def thinned(values: Sequence[float], most: int) -> list[float]:
    """At most so many, evenly by rank, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]


def _span(found: Sequence[_Spread], limits: Sequence[float]) -> Span:
    values = [number for each in found for number in (each.drawn[0], each.drawn[-1])]
    near = [number for number in limits if number <= FAR * max(values)]
    span = Span.of([*values, *near])
    if span.logarithmic:
        return Span(span.low * 0.9, span.high * 1.1, logarithmic=True)
    wide = max(span.high - span.low, FLATTEST * abs(span.high))
    low = max(span.high - wide, 0.0) if span.high >= 0 else span.high - wide
    low = min(low, span.low) - AIR * wide
    return Span(max(low, 0.0) if span.low >= 0 else low, span.high + AIR * wide, logarithmic=False)


def _row(each: _Spread, metric: Metric, span: Span, colour: str) -> Row:
    summary, middle = each.summary, HEIGHT / 2
    assert summary.median is not None
    assert summary.q1 is not None
    assert summary.q3 is not None
    shares = [span.share(number) for number in each.drawn]
    shapes = [bar(span.share(summary.q1), span.share(summary.q3), 4, HEIGHT - 8, "range")]
    shapes += [
        f'<circle class="dot" cx="{across(share)}" cy="{middle + 4 * level:g}" r="{RADIUS}"/>'
        for share, level in zip(shares, _levels(shares), strict=True)
    ]
    at = across(span.share(summary.median))
    shapes.append(f'<line class="middle" x1="{at}" x2="{at}" y1="3" y2="{HEIGHT - 3}"/>')
    told = value(summary.median, metric)
    lowest, highest = value(summary.lowest, metric), value(summary.highest, metric)
    words = f"{each.lane.whole_name}: {_counted(summary)} from {lowest} to {highest}, median {told}"
    doubt = spread(summary.spread) if summary.spread else ""
    return Row(each.lane.whole_name, "".join(shapes), told, words, colour, doubt)


def _levels(shares: Sequence[float]) -> list[int]:
    """How far above or below the middle each dot goes, so that neighbours do not cover each other."""
    levels: list[int] = []
    ends = dict.fromkeys(sorted(range(-PILE, PILE + 1), key=abs), -1.0)  # where the last dot of each level lies
    for place, share in enumerate(shares):
        free = [level for level, last in ends.items() if share - last > 0.012]
        level = free[0] if free else sorted(ends)[place % len(ends)]
        ends[level] = share
        levels.append(level)
    return levels


def _counted(summary: Summary) -> str:
    good = summary.n - summary.failed
    return counted(good, "trial") + (f" ({summary.failed} of {summary.n} without a value)" if summary.failed else "")


def _remarks(found: Sequence[_Spread], metric: Metric, limits: Sequence[tuple[str, float]], span: Span) -> str:
    """What the picture does not say by itself."""
    told = [metric.help]
    told += [
        f"Limit {written}" + ("" if span.low <= number <= span.high else ", beyond this axis") + "."
        for written, number in limits
    ]
    thinned_out = [each for each in found if len(each.drawn) < each.summary.n - each.summary.failed]
    if thinned_out:
        most = max(each.summary.n - each.summary.failed for each in thinned_out)
        told.append(f"Of up to {most:,} trials {MOST} are drawn, evenly by rank.")
    if span.logarithmic:
        told.append("The axis is logarithmic.")
    return " ".join(told)


def _without(chapter: Chapter, metric: Metric) -> str:
    """Who has no row since no trial gave a value."""
    names = [lane.whole_name for lane in chapter.lanes if not _spread(lane, metric).drawn]
    return f"No value in any trial: {', '.join(names)}." if names else ""


def _grid(found: Sequence[_Spread], metric: Metric) -> Grid:
    grid = Grid(metric.name, ("", "median", "spread", "lowest", "1st quartile", "3rd quartile", "highest", "trials"))
    for each in found:
        summary = each.summary
        numbers = (summary.lowest, summary.q1, summary.q3, summary.highest)
        middle = (value(summary.median, metric), spread(summary.spread))
        grid.rows.append(
            (each.lane.whole_name, *middle, *(value(number, metric) for number in numbers), _good(summary))
        )
    return grid


def _good(summary: Summary) -> str:
    good = summary.n - summary.failed
    return f"{good} of {summary.n}" if summary.failed else str(good)
