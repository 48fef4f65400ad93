"""Many targets against one base: a line each, so that what each change is worth is seen at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.statistics.analysis import Comparison
from perfkit.views.grids import STYLES, Grid
from perfkit.views.text import percent, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.statistics.analysis import Row, Section
    from perfkit.views.grids import Cell

MANY: Final = 3  # comparisons; fewer are read one by one
COLUMNS: Final = 2  # metrics of one grid, which fits 80 columns


def against_base(sections: Sequence[Section]) -> list[Grid]:
    """Grids of the gated metrics' changes, with intervals; none of few comparisons, or of several bases."""
    comparisons = [section for section in sections if isinstance(section, Comparison)]
    if len(comparisons) < max(MANY, len(sections)) or len({each.base.name for each in comparisons}) > 1:
        return []
    names = [row.metric.name for row in comparisons[0].rows if row.metric.gated]
    title = f"each against {comparisons[0].base.name}"
    parts = [names[start : start + COLUMNS] for start in range(0, len(names), COLUMNS)]
    return [_grid(title if not number else "", part, comparisons) for number, part in enumerate(parts)]


def _grid(title: str, names: Sequence[str], comparisons: Sequence[Comparison]) -> Grid:
    grid = Grid(title, ("", *(title for name in names for title in (name, "interval"))))
    for comparison in comparisons:
        rows = {row.metric.name: row for row in comparison.rows}
        cells = (cell for name in names for cell in _cells(rows.get(name)))
        grid.rows.append((comparison.head.name, *cells))
    return grid


def _cells(row: Row | None) -> tuple[Cell, Cell]:
    """The change, and its interval."""
    if row is None or row.judgement is None:
        return "–", "–"
    judgement = row.judgement
    interval = "exact" if judgement.exact else span(judgement.low, judgement.high)
    return Text(percent(judgement.change), style=STYLES.get(judgement.verdict, "")), interval
