"""Grids and notes on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from perfkit.views.grids import Cell, Grid


def show_grid(console: Console, grid: Grid) -> None:
    """One grid, without lines, so that it can be piped and cut."""
    grid = fitted(grid, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for number, title in enumerate(grid.header):
        # Where nothing else helps, long names go on in a second line; numbers are never cut.
        table.add_column(title, justify="right" if number else "left", no_wrap=number > 0, overflow="fold")
    for row in grid.rows:
        table.add_row(*row)
    if grid.title:
        say(console, grid.title)
    console.print(table)
    for line in grid.footer:
        say(console, line)


def fitted(grid: Grid, width: int) -> Grid:
    """The grid as it is where it fits; else with its intervals closed up; else without its spare column, too."""
    if _width(grid) <= width:
        return grid
    closed = replace(grid, rows=[tuple(_closed_up(cell) for cell in row) for row in grid.rows])
    return closed if _width(closed) <= width else _without(closed, grid.spare)


def _width(grid: Grid) -> int:
    columns = zip(grid.header, *grid.rows, strict=True)
    return sum(max(cell_len(str(cell)) for cell in column) + 1 for column in columns) - 1


def _closed_up(cell: Cell) -> Cell:
    return cell.replace(" … ", "…") if isinstance(cell, str) else cell


def _without(grid: Grid, title: str) -> Grid:
    kept = [place for place, each in enumerate(grid.header) if each != title or not title]
    rows = [tuple(row[place] for place in kept) for row in grid.rows]
    return replace(grid, header=tuple(grid.header[place] for place in kept), rows=rows)


def show_notes(console: Console, notes: Iterable[str]) -> None:
    """Notes below a table; those that begin with ``!`` in yellow."""
    for note in notes:
        say(console, note, style="yellow" if note.startswith("!") else "dim")


def say(console: Console, text: str, style: str = "") -> None:
    """Text as it is: wrapped at words on a terminal, one line a line in a pipe, where programs read it."""
    console.print(text, style=style, markup=False, soft_wrap=not console.is_terminal)


def show_listing(console: Console, grid: Grid) -> None:
    """A grid of words: all columns left-aligned, the middle one may wrap."""
    table = Table(*grid.header, box=None, pad_edge=False, header_style="dim", title=grid.title, title_justify="left")
    for row in grid.rows:
        table.add_row(*row)
    console.print(table)
