"""Columns as Go's tabwriter sets them: a cell that a tab ends is as wide as those right above and below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.client.ui.cells import width

if TYPE_CHECKING:
    from collections.abc import Iterable

PADDING: Final = 2


def aligned(lines: Iterable[str]) -> list[str]:
    """The lines with blanks for tabs."""
    rows = [line.split("\t") for text in lines for line in text.split("\n")]
    for column in range(max(map(len, rows), default=1) - 1):
        begun = 0
        for at in range(len(rows) + 1):
            if at == len(rows) or len(rows[at]) <= column + 1:
                _widen(rows[begun:at], column)
                begun = at + 1
    return ["".join(row) for row in rows]


def _widen(rows: list[list[str]], column: int) -> None:
    """Cells of one stretch to one width."""
    wide = max((width(row[column]) for row in rows), default=0) + PADDING
    for row in rows:
        row[column] += " " * (wide - width(row[column]))
