"""The rows a table shows: those that match, in order, in columns as wide as they must be. Pure."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

from perfkit.client.ui.cells import clean, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perfkit.client.ui.cells import Tone


class Row(Protocol):
    """What every row of a cache has; the rest is its columns' business. Rows are immutable: a change is a new one."""

    @property
    def namespace(self) -> str:
        """Empty where there is none."""

    @property
    def name(self) -> str:
        """The object's name."""


class Column:
    """One column: ``cell`` is its text, ``order`` what rows are sorted by, ``letter`` the key that asks for that.

    The text of a ``volatile`` column changes by itself (an age): it is not matched. A ``wide`` one is shown on demand,
    and one that is not ``shown`` not at all. It is ``least`` wide, whatever its rows say at first. A ``number`` stands
    at the right.
    """

    def __init__(  # noqa: PLR0913 - each is a property of its own
        self,
        title: str,
        cell: Callable[[Any], str],
        letter: str = "",
        order: Callable[[Any], Any] | None = None,
        *,
        volatile: bool = False,
        wide: bool = False,
        shown: Callable[[], bool] = lambda: True,
        least: int = 0,
        number: bool = False,
    ) -> None:
        self.title = title
        self.cell = cell
        self.letter = letter
        self.order = order or cell
        self.volatile = volatile
        self.wide = wide
        self.shown = shown
        self.number = number
        self.least = max(least, width(title))


class Sheet:
    """How rows of a kind look: their columns and a row's tone.

    The first ``fixed`` columns are always on the screen, and are narrowed to make room for the first ``wanted``.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        fixed: int,
        tone: Callable[[Any], Tone] = lambda _: "plain",
        wanted: int = 0,
        sorted_by: Column | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self.fixed = fixed
        self.tone = tone
        self.wanted = wanted or fixed
        self.sorted_by = sorted_by  # at first; None: by namespace and name


FUZZY: Final = "-f "
WELL: Final = {"plain", "good", "done"}
"""Tones of rows with which nothing is wrong."""

_by_name: Final = attrgetter("namespace", "name")


class Listing:
    """Rows of one sheet, chosen and ordered.

    What depends on a row alone is worked out once: a row that is the same object as at the last look is neither
    measured nor spelled out again.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.rows: list[Any] = []
        self.widths = [column.least for column in sheet.columns]
        self.namespace = self.pattern = ""
        self.faults = False  # whether only rows are shown with which something is wrong
        self.sorted_by = sheet.sorted_by
        self.descending = False
        self._all: list[Any] = []
        self._known: set[int] = set()  # ids of the rows in _all
        self._texts: dict[int, str] = {}  # of those among them that were ever matched

    def take(self, rows: Iterable[Any]) -> None:
        """These are the rows now."""
        before, self._all = self._all, list(rows)  # those of before live on until their ids are forgotten
        for row in self._all:
            if id(row) not in self._known:
                self._measure(row)
        self._known = set(map(id, self._all))
        self._texts = {number: text for number, text in self._texts.items() if number in self._known}
        del before
        self.choose()

    def choose(self) -> None:
        """Match and order anew: namespace, pattern or order are others."""
        rows = self._all
        if self.namespace:
            rows = [row for row in rows if row.namespace == self.namespace]
        if self.faults:
            rows = [row for row in rows if self.sheet.tone(row) not in WELL]
        if self.pattern:
            matches = matcher(self.pattern)
            rows = [row for row in rows if matches(self._text(row))]
        order = _by_name if self.sorted_by is None else _by(self.sorted_by)
        self.rows = sorted(rows, key=order, reverse=self.descending)

    def sort(self, column: Column) -> None:
        """By this column; the other way round if it is by this one already."""
        self.descending = self.sorted_by is column and not self.descending
        self.sorted_by = column
        self.choose()

    def find(self, key: tuple[str, str] | None) -> int | None:
        """Where the object of that namespace and name stands."""
        return next((at for at, row in enumerate(self.rows) if (row.namespace, row.name) == key), None)

    def cells(self, row: Any) -> list[str]:
        """Clean text of each column."""
        return [clean(column.cell(row)) for column in self.sheet.columns]

    def _measure(self, row: Any) -> None:
        for at, text in enumerate(self.cells(row)):
            if len(text) > self.widths[at] or not text.isascii():
                self.widths[at] = max(self.widths[at], width(text))

    def _text(self, row: Any) -> str:
        text = self._texts.get(id(row))
        if text is None:
            cells = (column.cell(row) for column in self.sheet.columns if not column.volatile)
            text = self._texts[id(row)] = clean(" ".join(cells))
        return text


def matcher(pattern: str) -> Callable[[str], bool]:
    """A regular expression, in any case of letters; ``!`` before it: what does not match. Where it is none: as text.

    After ``-f``: the letters in their order, whatever is between them.
    """
    if pattern.startswith(FUZZY):
        pattern = ".*?".join(map(re.escape, pattern.removeprefix(FUZZY).strip()))
    wanted = not pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    try:
        found = re.compile(pattern, re.IGNORECASE).search
    except re.error:
        found = re.compile(re.escape(pattern), re.IGNORECASE).search
    return lambda text: (found(text) is not None) is wanted


def _by(column: Column) -> Callable[[Any], tuple[Any, str, str]]:
    order = column.order
    return lambda row: (order(row), row.namespace, row.name)
