"""Many targets against one base in one table, so that what each change is worth is seen at a glance."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.statistics.analysis import Comparison
from perfkit.views.grids import STYLES, Grid
from perfkit.views.text import counted, median, percent, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.statistics.analysis import Row, Section
    from perfkit.views.grids import Cell

MANY: Final = 3  # comparisons; fewer are read one by one
TITLE: Final = 10  # columns of a metric's name, which goes on below
MARKS: Final = {"!": "beyond its limit", "?": "undecided"}


def against_base(sections: Sequence[Section], shown: Sequence[str] = ()) -> list[Grid]:
    """One grid with a line for each target: changes, and their intervals below.

    It has the metrics that ``shown`` names (patterns), else those that are gated. None where they are not ``together``.
    """
    comparisons = together(sections)
    return [_grid(comparisons, _chosen(comparisons[0].rows, shown))] if comparisons else []


def together(sections: Sequence[Section]) -> list[Comparison]:
    """The comparisons, if they are many, with a head each and one base; else none."""
    found = [section for section in sections if isinstance(section, Comparison)]
    bases, heads = {each.base.name for each in found}, {each.head.name for each in found}
    return found if len(heads) == len(sections) >= MANY and len(bases) == 1 else []


def _chosen(rows: Iterable[Row], shown: Sequence[str]) -> list[str]:
    wanted = [row.metric for row in rows]
    named = [each.name for each in wanted if any(fnmatchcase(each.name, pattern) for pattern in shown)]
    return named or [each.name for each in wanted if each.gated]


def _grid(comparisons: Sequence[Comparison], names: Sequence[str]) -> Grid:
    first = comparisons[0]
    title = f"each against {first.base.name} · {counted(first.pairs, 'pair' if first.paired else 'trial')}"
    grid = Grid(title, ("", *map(_folded, names)))
    rows = _rows(first)
    grid.rows.append((first.base.name, *(median(rows[name].base, rows[name].metric) for name in names)))
    for comparison in comparisons:
        rows = _rows(comparison)
        grid.rows.append((comparison.head.name, *(_change(rows.get(name)) for name in names)))
        grid.rows.append(("", *(_interval(rows.get(name)) for name in names)))
    grid.footer.extend(_footer(comparisons, names))
    return grid


def _rows(comparison: Comparison) -> dict[str, Row]:
    return {row.metric.name: row for row in comparison.rows}


def _folded(name: str) -> str:
    """A long name in several lines, cut after its stops."""
    lines = [""]
    for part in re.findall(r"[^./_]*[./_]?", name):
        lines[-1:] = [lines[-1] + part] if len(lines[-1] + part) <= TITLE else [lines[-1], part]
    return "\n".join(filter(None, lines))


def _change(row: Row | None) -> Cell:
    if row is None or row.judgement is None:
        return "–"
    style = "bold red" if row.broken else STYLES.get(row.judgement.verdict, "")
    return Text(f"{percent(row.judgement.change)} {_mark(row)}".rstrip(), style=style)


def _mark(row: Row) -> str:
    if row.broken:
        return "!"
    return {"regressed": "!", "unclear": "?"}.get(row.verdict, "") if row.metric.gated else ""


def _interval(row: Row | None) -> Cell:
    if row is None or row.judgement is None:
        return ""
    judgement = row.judgement
    ends = span(judgement.low, judgement.high).removesuffix(" %").replace(" … ", "…")
    return Text("exact" if judgement.exact else ends, style="dim")


def _footer(comparisons: Sequence[Comparison], names: Sequence[str]) -> list[str]:
    """What the marks mean, and who failed."""
    marked = {_mark(row) for each in comparisons for row in each.rows if row.metric.name in names}
    legend = ", ".join(f"{mark} {meaning}" for mark, meaning in MARKS.items() if mark in marked)
    failed = [each for each in comparisons if each.failures.verdict in {"regressed", "base_failed"}]
    return [*filter(None, [legend]), *(f"{each.head.name}: {each.failures.reason}" for each in failed)]
