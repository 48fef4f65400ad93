"""Grids and notes on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from perfkit.views.grids import Cell, Grid


def show_grid(console: Console, grid: Grid) -> None:
    """One grid, without lines, so that it can be piped and cut; in as many tables as its width needs."""
    for part in divided(fitted(grid, console.width), console.width):
        _show(console, part)


def _show(console: Console, grid: Grid) -> None:
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


def divided(grid: Grid, width: int) -> list[Grid]:
    """The grid as it is where it fits; else in several side by side, each with the first column; no cell is cut."""
    groups: list[list[int]] = [[0]]
    for place in range(1, len(grid.header)):
        if len(groups[-1]) > 1 and _width(_of(grid, [*groups[-1], place])) > width:
            groups.append([0])
        groups[-1].append(place)
    parts = [replace(_of(grid, group), title="", footer=[]) for group in groups]
    parts[0] = replace(parts[0], title=grid.title)
    parts[-1] = replace(parts[-1], footer=grid.footer)
    return parts


def _of(grid: Grid, places: Sequence[int]) -> Grid:
    """Some of its columns."""
    rows = [tuple(row[place] for place in places) for row in grid.rows]
    return replace(grid, header=tuple(grid.header[place] for place in places), rows=rows)


def _width(grid: Grid) -> int:
    columns = zip(grid.header, *grid.rows, strict=True)
    return sum(max(cell_len(line) for cell in column for line in str(cell).split("\n")) + 1 for column in columns) - 1


def _closed_up(cell: Cell) -> Cell:
    return cell.replace(" … ", "…") if isinstance(cell, str) else cell


def _without(grid: Grid, title: str) -> Grid:
    return _of(grid, [place for place, each in enumerate(grid.header) if each != title or not title])


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
