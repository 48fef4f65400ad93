"""The lean client's table beside Textual's DataTable: ``python benchmarks/lean_ui.py [--rows 1000] [--looks 200]``.

Both applications show the same pods without a terminal; four of them change before each look (20 a second at five
looks a second), one of these where it is seen. CPU of the process for filling the table, for a look with what is
painted after it, and for a page down, each application in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from textual.app import App
from textual.widgets import DataTable

from perfkit.client.ui.canvas import Canvas
from perfkit.client.ui.table import TablePage
from support.lean_ui import InventedSource, Pod

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot

SIZE = (140, 45)
CHANGES = 4  # before each look


class Lean(App[None]):
    """The canvas with a table page, as ``LeanApp`` has it."""

    def __init__(self, rows: list[Pod]) -> None:
        super().__init__()
        self._source = InventedSource("pods", rows)
        self._page = TablePage(self._source)
        self._canvas = Canvas("body", self._paint)

    def compose(self) -> ComposeResult:
        """One widget."""
        yield self._canvas

    def change(self, rows: list[Pod], _changed: list[int]) -> None:
        """These are the rows now."""
        self._source.set(rows)
        self._page.look()
        self._paint()

    def turn(self) -> None:
        """A page further."""
        self._page.press("pagedown")
        self._paint()

    def _paint(self) -> None:
        self._canvas.show(self._page.lines(*self._canvas.size))


class Widget(App[None]):
    """Textual's own table."""

    def __init__(self, rows: list[Pod]) -> None:
        super().__init__()
        self._rows = rows
        self._cells = TablePage(InventedSource("pods", rows)).listing
        self._table: DataTable[str] = DataTable(cursor_type="row")

    def compose(self) -> ComposeResult:
        """One widget."""
        yield self._table

    def on_mount(self) -> None:
        """Fill it."""
        self._keys = self._table.add_columns(*(column.title for column in self._cells.sheet.columns))
        self._table.add_rows(self._cells.cells(row) for row in self._rows)
        self._lines = list(self._table.rows)
        self._table.focus()

    def change(self, rows: list[Pod], changed: list[int]) -> None:
        """Update the cells of the rows that changed."""
        for at in changed:
            for key, text in zip(self._keys, self._cells.cells(rows[at]), strict=True):
                self._table.update_cell(self._lines[at], key, text)

    def turn(self) -> None:
        """A page further."""
        self._table.action_page_down()


KINDS: dict[str, type[Lean | Widget]] = {"lean": Lean, "widget": Widget}


def main() -> None:
    """Measure both, three times, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--looks", type=int, default=200)
    parser.add_argument("--one", choices=KINDS)
    options = parser.parse_args()
    if options.one:
        print(*asyncio.run(measure(KINDS[options.one], options.rows, options.looks)))
        return
    lean, widget = (middle(name, options) for name in KINDS)
    for what, unit, ours, theirs in zip(
        ("start and fill", "a look", "a page down", "peak memory"), ("ms", "ms", "ms", "MB"), lean, widget, strict=True
    ):
        print(f"{what:<15} {ours:8.2f} {unit}   DataTable {theirs:8.2f} {unit}   {theirs / ours:5.1f} ×")


def middle(name: str, options: argparse.Namespace) -> list[float]:
    """The medians of three processes."""
    command = [sys.executable, __file__, "--one", name, f"--rows={options.rows}", f"--looks={options.looks}"]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
    return [sorted(map(float, each))[1] for each in zip(*runs, strict=True)]


async def measure(kind: type[Lean | Widget], count: int, looks: int) -> tuple[float, float, float, float]:
    """CPU milliseconds to start and fill, of a look, of a page down; peak memory in MB."""
    rows = [Pod(name=f"web-{number:05}") for number in range(count)]
    begun = time.process_time()
    app = kind(rows)
    async with app.run_test(size=SIZE) as pilot:
        filled = time.process_time()
        look = await spent(pilot, looks, lambda number: app.change(*changed(rows, number)))
        page = await spent(pilot, looks // 4, lambda _: app.turn())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return (filled - begun) * 1e3, look, page, peak


async def spent(pilot: Pilot[None], times: int, act: Callable[[int], object]) -> float:
    """CPU milliseconds of doing this, and painting what comes of it."""
    begun = time.process_time()
    for number in range(times):
        act(number)
        await pilot.pause()
    return (time.process_time() - begun) / times * 1e3


def changed(rows: list[Pod], number: int) -> tuple[list[Pod], list[int]]:
    """Rows of which four are others than before, the first of them in sight; and which."""
    places = [number % 30, *((number * 7 + each * 251) % len(rows) for each in range(1, CHANGES))]
    for at in places:
        rows[at] = Pod(name=rows[at].name, restarts=rows[at].restarts + 1)
    return rows, places


if __name__ == "__main__":
    main()
