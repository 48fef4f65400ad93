"""Changes with their intervals and limits around a line at no change."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from perfkit.statistics.analysis import Comparison
from perfkit.statistics.sweeps import Changes, Sweep
from perfkit.views.grids import Grid, comparison_cells, comparison_header, verdict_of
from perfkit.views.plot import axis_of, drawn, limit_of
from perfkit.views.report.figure import Row, Tick, across, figure, rows, table
from perfkit.views.sweep import coordinate
from perfkit.views.text import percent, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from perfkit.statistics.analysis import Row as Measured
    from perfkit.statistics.verdict import Judgement
    from perfkit.views.plot import Axis

HEIGHT: Final = 24  # pixels of a row
KINDS: Final = {"regressed": "bad", "unclear": "doubt", "improved": "good"}

Named = tuple[str, "Measured", Comparison]


def changes(section: Any) -> Iterable[str]:
    """A figure for a comparison, or one for each metric of a sweep's changes."""
    match section:
        case Comparison():
            names = " → ".join(dict.fromkeys((section.base.name, section.head.name)))
            yield _figure(f"Changes, {names}", [(row.metric.name, row, section) for row in section.rows])
        case Changes() | Sweep() if section.changes:
            for metric in section.shown:
                yield _figure(f"Changes of {metric}", _by_cell(section, metric))


def _by_cell(section: Changes | Sweep, metric: str) -> list[Named]:
    several = len({change.comparison.head.name for change in section.changes}) > 1
    return [
        (
            " · ".join((*map(coordinate, change.at.values()), *([change.comparison.head.name] if several else []))),
            row,
            change.comparison,
        )
        for change in section.changes
        for row in change.comparison.rows
        if row.metric.name == metric
    ]


def _figure(title: str, named: Sequence[Named]) -> str:
    judged = [(name, row, row.judgement, whole) for name, row, whole in named if row.judgement and drawn(row.judgement)]
    if not judged:
        return ""
    scale = axis_of([(row, judgement) for _, row, judgement, _ in judged], 1)
    lines = [_row(name, row, judgement, whole, scale) for name, row, judgement, whole in judged]
    remark = "Head against base with its interval. Dashed: its limit; solid: no change; no interval: too few trials."
    return figure(title, rows(lines, _ticks(scale), HEIGHT), table(_grid(title, named)), [remark])


def _share(scale: Axis, change: float) -> float:
    return min(1.0, max(0.0, (change - scale.low) / (scale.high - scale.low)))


def _ticks(scale: Axis) -> list[Tick]:
    zero = _share(scale, 0.0)
    ends = [Tick(0.0, percent(scale.low)), Tick(1.0, percent(scale.high))]
    return [*(tick for tick in ends if abs(tick.share - zero) > 0.12), Tick(zero, "0", "zero")]


def _row(name: str, row: Measured, judgement: Judgement, whole: Comparison, scale: Axis) -> Row:
    assert judgement.change is not None
    middle = HEIGHT / 2
    low, high = (_share(scale, change) for change in (judgement.low, judgement.high))
    limit = limit_of(row, judgement)
    shapes = []
    if limit is not None and scale.low <= limit <= scale.high:
        x = across(_share(scale, limit))
        shapes.append(f'<line class="limit" x1="{x}" x2="{x}" y1="2" y2="{HEIGHT - 2}"/>')
    if not judgement.exact and isfinite(judgement.high - judgement.low):
        shapes.append(f'<line class="interval" x1="{across(low)}" x2="{across(high)}" y1="{middle}" y2="{middle}"/>')
    shapes.append(_estimate(judgement.change, scale))
    word = str(verdict_of(row, versions=whole.versions))
    told = percent(judgement.change)
    interval = "exact" if judgement.exact else span(judgement.low, judgement.high)
    words = f"{name}: {told}, interval {interval}, limit {judgement.limit}: {word}"
    return Row(name, "".join(shapes), told, words, KINDS.get(row.verdict, "plain"), word)


def _estimate(change: float, scale: Axis) -> str:
    """A dot; an arrow where it lies beyond the axis."""
    if change > scale.high:
        return f'<text class="beyond" x="100%" y="{HEIGHT / 2 + 4:g}" text-anchor="end">▶</text>'
    return f'<circle class="estimate" cx="{across(_share(scale, change))}" cy="{HEIGHT / 2:g}" r="4"/>'


def _grid(title: str, named: Sequence[Named]) -> Grid:
    grid = Grid(title, ("", *comparison_header(named[0][2])))
    grid.rows.extend((name, *comparison_cells(row, whole)) for name, row, whole in named)
    return grid
