"""The page of a resource: its rows as a table with a cursor. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from perfkit.client.ui.cells import cut, fit, squeeze
from perfkit.client.ui.listing import Listing
from perfkit.client.ui.page import Page, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from perfkit.client.ui.cells import Line
    from perfkit.client.ui.listing import Column, Row, Sheet

GAP: Final = "  "  # between columns
NARROWEST: Final = 16  # columns that names keep when there is little room
LEAST: Final = 12  # what is left of a column that is cut off at the edge; with less it is left out


class Source(Protocol):
    """The rows of a resource, kept up to date by somebody else."""

    name: str  # of the resource: its plural
    namespaced: bool
    sheet: Sheet

    def look(self, seen: Collection[str]) -> None:
        """Somebody looks at rows of these namespaces: ask for what does not come by itself, if it is time."""

    @property
    def synced(self) -> bool:
        """Whether a whole state is held."""

    @property
    def version(self) -> int:
        """Another one whenever the rows are others."""

    @property
    def problem(self) -> str:
        """What stands against being up to date, in a line; empty when nothing does."""

    def rows(self) -> Sequence[Row]:
        """All rows, in no order."""


class TablePage(Page):
    """Rows of a source. ``scope`` says which, where it is not all of the resource; ``closed`` is told the end."""

    hints: Sequence[tuple[str, str]] = (
        ("d", "describe"),
        ("y", "yaml"),
        ("l", "logs"),
        ("p", "previous"),
        ("/", "filter"),
    )

    def __init__(
        self, source: Source, namespace: str = "", scope: str = "", closed: Callable[[], object] = lambda: None
    ) -> None:
        self.source = source
        self.scope = scope
        self._closed = closed
        self.listing = Listing(source.sheet)
        self.listing.namespace = namespace
        self.window = Window()
        self.wide = False  # whether the columns are there that few look at
        self.shift = 0  # how many of the columns that are not fixed are left out at the left
        self._version: int | None = None
        self._selected: tuple[str, str] | None = None  # namespace and name
        self.look()

    @property
    def problem(self) -> str:
        """What stands against the rows being up to date. Where there never were any, nobody asks again by itself."""
        problem = self.source.problem
        return f"{problem}; ctrl-r begins again" if problem and not self.source.synced else problem

    @property
    def pattern(self) -> str:
        """What the rows are filtered by."""
        return self.listing.pattern

    @property
    def selected(self) -> Any:
        """The row under the cursor; None where there is none."""
        rows = self.listing.rows
        return rows[self.window.cursor] if rows else None

    def title(self) -> str:
        """As k9s says it: ``pods(all)[1000] </web>``."""
        count = len(self.listing.rows) if self.source.synced else "…"
        where = f"({self.listing.namespace or 'all'})" if self.source.namespaced else ""
        marks = (self.scope, self.pattern and f"/{self.pattern}", self.listing.faults and "faults")
        narrowed = "".join(f" <{each}>" for each in marks if each)
        return f"{self.source.name}{where}[{count}]{narrowed}"

    def look(self) -> None:
        """Take what has changed in the source."""
        top, rows = self.window.top, self.listing.rows
        self.source.look({row.namespace for row in rows[top : top + self.window.height]})
        version = self.source.version
        if version != self._version:
            self._version = version
            self.listing.take(self.source.rows())
            self._follow()

    def lines(self, columns: int, rows: int) -> list[Line]:
        """Titles of columns, and the rows in sight."""
        window, listing = self.window, self.listing
        window.fit(len(listing.rows), rows - 1)
        shown = self._columns(columns)
        lines = [self._head(shown, columns)]
        for at, row in enumerate(listing.rows[window.top : window.top + window.height], window.top):
            cells = listing.cells(row)
            text = GAP.join(self._cell(number, cells[number], wide) for number, wide in shown)
            lines.append(cut(((text, "cursor" if at == window.cursor else listing.sheet.tone(row)),), columns))
        return lines

    def press(self, key: str) -> bool:
        """Move, sort (shift and a letter), scroll sideways, choose columns and rows."""
        if self.window.press(key):
            self._remember()
            return True
        if key in {"left", "right"}:
            self.shift = max(0, min(self.shift + (1 if key == "right" else -1), self._most_shift()))
            return True
        if key == "ctrl+w":
            self.wide = not self.wide
            return True
        if key == "ctrl+z":
            self.listing.faults = not self.listing.faults
            self.listing.choose()
            self._follow()
            return True
        column = next((each for each in self.listing.sheet.columns if key and each.letter == key), None)
        if column is not None:
            self.listing.sort(column)
            self._follow()
        return column is not None

    def search(self, pattern: str) -> None:
        """Show only rows that match."""
        self.listing.pattern = pattern
        self.listing.choose()
        self._follow()

    def go_to_namespace(self, namespace: str) -> None:
        """Show only rows of it; empty: of all."""
        self.listing.namespace = namespace
        self.listing.choose()
        self._follow()

    def close(self) -> None:
        """Nobody looks at the source any more."""
        self._closed()

    def _remember(self) -> None:
        row = self.selected
        self._selected = None if row is None else (row.namespace, row.name)

    def _follow(self) -> None:
        """The cursor stays on its object, wherever that is now; where it is gone, on the line."""
        at = self.listing.find(self._selected) if self._selected else None
        self.window.total = len(self.listing.rows)
        self.window.go(self.window.cursor if at is None else at)
        if at is None and self._selected is not None:
            self._remember()

    def _most_shift(self) -> int:
        return len(self.listing.sheet.columns) - self.listing.sheet.fixed - 1

    def _columns(self, room: int) -> list[tuple[int, int]]:
        """Number and width of each column that is seen."""
        sheet = self.listing.sheet
        widths = self._widths(room)
        shown = []
        for number in (*range(sheet.fixed), *range(sheet.fixed + self.shift, len(widths))):
            wide = widths[number]
            if not wide:
                continue
            if room < min(wide, LEAST):
                break
            shown.append((number, min(wide, room)))
            room -= wide + len(GAP)
        return shown

    def _widths(self, room: int) -> list[int]:
        """How wide each column is where there is so much room; 0: not seen, since all rows have the same."""
        listing = self.listing
        seen = [each.shown() and (self.wide or not each.wide) for each in listing.sheet.columns]
        least = [len(self._heading(each)) for each in listing.sheet.columns]
        widths = [max(size) if shown else 0 for *size, shown in zip(listing.widths, least, seen, strict=True)]
        if listing.namespace and self.source.namespaced:
            widths[0] = 0
        missing = sum(wide + len(GAP) for wide in widths[: listing.sheet.wanted] if wide) - len(GAP) - room
        for number in reversed(range(listing.sheet.fixed)):  # the name first
            spare = max(0, widths[number] - NARROWEST)
            widths[number] -= max(0, min(spare, missing))
            missing -= spare
        return widths

    def _cell(self, number: int, text: str, columns: int) -> str:
        if number < self.listing.sheet.fixed:
            return squeeze(text, columns)
        return fit(text.rjust(columns) if self.listing.sheet.columns[number].number else text, columns)

    def _head(self, shown: list[tuple[int, int]], columns: int) -> Line:
        sheet_columns = self.listing.sheet.columns
        text = GAP.join(self._cell(number, self._heading(sheet_columns[number]), wide) for number, wide in shown)
        return cut(((text, "header"),), columns)

    def _heading(self, column: Column) -> str:
        if column is not self.listing.sorted_by:
            return column.title
        return column.title + ("↓" if self.listing.descending else "↑")
