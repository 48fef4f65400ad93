"""Control sequences that move the cursor, erase and scroll: ``ESC [ numbers letter``, by the letter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.terminal.screen import Grid

TAB: Final = 8
MOST: Final = 10_000  # a count or place in a sequence; no screen is larger


@lru_cache(4096)
def numbers(parameters: str) -> tuple[int, ...]:
    """At least two numbers; what is none, or missing, is 0."""
    written = parameters.split(";")[:16]
    return (*(min(int(part), MOST) if part.isdecimal() and len(part) < 10 else 0 for part in written), 0, 0)


def place(grid: Grid, row: int, column: int) -> None:
    """Put the cursor there; both count from 1, and 0 means 1."""
    grid.move(max(1, column) - 1, max(1, row) - 1)


def by(grid: Grid, x: int, y: int) -> None:
    """Move the cursor, as far as the screen goes."""
    grid.move(min(grid.x, grid.columns - 1) + x, grid.y + y)


def up(grid: Grid, count: int) -> None:
    """Move the cursor up, or down where it is negative; it does not leave the region that scrolls."""
    highest = grid.top if grid.y >= grid.top else 0
    lowest = grid.bottom if grid.y <= grid.bottom else grid.height - 1
    by(grid, 0, max(highest, min(grid.y - count, lowest)) - grid.y)


def erase_line(grid: Grid, what: int) -> None:
    """From the cursor on (0), up to it (1), or all of it (2)."""
    start, end = {0: (grid.x, grid.columns), 1: (0, grid.x + 1), 2: (0, grid.columns)}.get(what, (0, 0))
    grid.erase(grid.y, min(start, grid.columns - 1), end)


def erase_screen(grid: Grid, what: int) -> None:
    """From the cursor on (0), up to it (1), or all of it (2)."""
    if what == 0:
        erase_line(grid, 0)
        grid.erase_rows(grid.y + 1, grid.height)
    elif what == 1:
        grid.erase_rows(0, grid.y)
        erase_line(grid, 1)
    elif what == 2:
        grid.erase_rows(0, grid.height)


def lines(grid: Grid, count: int) -> None:
    """Insert lines at the cursor, or delete as many where it is negative."""
    if grid.top <= grid.y <= grid.bottom:
        grid.scroll(grid.y, grid.bottom, -count)
        grid.x = 0


def region(grid: Grid, top: int, bottom: int) -> None:
    """Let only the lines from ``top`` to ``bottom`` scroll; 0 is the screen's own end."""
    first, last = max(1, top) - 1, min(bottom or grid.height, grid.height) - 1
    if first < last:
        grid.top, grid.bottom = first, last
        grid.move(0, 0)


def tab(grid: Grid, count: int) -> None:
    """Forward by so many stops."""
    grid.move((min(grid.x, grid.columns - 1) // TAB + count) * TAB, grid.y)


def tab_back(grid: Grid, count: int) -> None:
    """Back by so many stops."""
    grid.move((-(-min(grid.x, grid.columns - 1) // TAB) - count) * TAB, grid.y)


def _line(grid: Grid, count: int) -> None:
    up(grid, count)
    grid.x = 0


def _erase_characters(grid: Grid, count: int) -> None:
    start = min(grid.x, grid.columns - 1)
    grid.erase(grid.y, start, start + count)


def _count(given: tuple[int, ...]) -> int:
    return max(1, given[0])


ACTS: Final[dict[str, Callable[[Grid, tuple[int, ...]], None]]] = {
    "A": lambda grid, n: up(grid, _count(n)),
    "B": lambda grid, n: up(grid, -_count(n)),
    "C": lambda grid, n: by(grid, _count(n), 0),
    "D": lambda grid, n: by(grid, -_count(n), 0),
    "E": lambda grid, n: _line(grid, -_count(n)),
    "F": lambda grid, n: _line(grid, _count(n)),
    "G": lambda grid, n: place(grid, grid.y + 1, n[0]),
    "`": lambda grid, n: place(grid, grid.y + 1, n[0]),
    "a": lambda grid, n: by(grid, _count(n), 0),
    "e": lambda grid, n: by(grid, 0, _count(n)),
    "d": lambda grid, n: place(grid, n[0], grid.x + 1),
    "H": lambda grid, n: place(grid, n[0], n[1]),
    "f": lambda grid, n: place(grid, n[0], n[1]),
    "I": lambda grid, n: tab(grid, _count(n)),
    "Z": lambda grid, n: tab_back(grid, _count(n)),
    "J": lambda grid, n: erase_screen(grid, n[0]),
    "K": lambda grid, n: erase_line(grid, n[0]),
    "X": lambda grid, n: _erase_characters(grid, _count(n)),
    "L": lambda grid, n: lines(grid, _count(n)),
    "M": lambda grid, n: lines(grid, -_count(n)),
    "@": lambda grid, n: grid.insert_blanks(_count(n)),
    "P": lambda grid, n: grid.delete_characters(_count(n)),
    "S": lambda grid, n: grid.scroll(grid.top, grid.bottom, _count(n)),
    "T": lambda grid, n: grid.scroll(grid.top, grid.bottom, -_count(n)),
    "r": lambda grid, n: region(grid, n[0], n[1]),
}
