"""Many comparisons at one glance: a line each, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.views.grids import LOUD, STYLES, Grid, difference_in_words
from perfkit.views.history import shortened
from perfkit.views.text import percent, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.views.grids import Cell

GRAVEST_FIRST: Final = ("failed", "regressed", "unclear", "improved", "ok")
LONGEST: Final = 22  # columns of a name


def gravity(comparison: Comparison) -> tuple[int, float]:
    """What sorts comparisons worst first: the verdict, then the size of the worst change."""
    row = worst_row(comparison)
    change = row.judgement.change if row is not None and row.judgement is not None else None
    worse = 0.0 if row is None or change is None else change if row.metric.direction == "lower" else -change
    return GRAVEST_FIRST.index(comparison.overall), -worse


def worst_row(comparison: Comparison) -> Row | None:
    """The gated metric that decided, of several the one with the largest change to the worse side."""
    gated = [row for row in comparison.rows if row.metric.gated and row.judgement is not None]
    alike = [row for row in gated if row.verdict == comparison.overall] or gated
    return max(alike, key=_harm, default=None)


def overview(comparisons: Sequence[tuple[str, Comparison]]) -> Grid:
    """``comparisons`` by name, in the order to show; ``gates``: how many of the gated metrics have that verdict."""
    grid = Grid("", ("", "worst metric", "change", "interval", "gates", "verdict"))
    grid.rows.extend(_cells(name, comparison) for name, comparison in comparisons)
    return grid


def _harm(row: Row) -> float:
    assert row.judgement is not None
    change = row.judgement.change or 0.0
    return change if row.metric.direction == "lower" else -change


def _cells(name: str, comparison: Comparison) -> tuple[Cell, ...]:
    overall, row = comparison.overall, worst_row(comparison)
    gated = [each for each in comparison.rows if each.metric.gated]
    alike = sum(each.verdict == overall for each in gated)
    judgement = row.judgement if row else None
    style = "bold red" if overall == "failed" else STYLES.get(overall, "")
    shown = difference_in_words(row) if row and not comparison.versions and overall != "failed" else overall
    return (
        shortened(name, LONGEST),
        row.metric.name if row else "–",
        percent(judgement.change if judgement else None),
        "–" if judgement is None else "exact" if judgement.exact else span(judgement.low, judgement.high),
        f"{alike} of {len(gated)}",
        Text(shown.upper() if comparison.versions and overall in LOUD | {"failed"} else shown, style=style),
    )
