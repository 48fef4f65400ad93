"""The cells of a screen, and what can be done to them. Knows no escape codes: ``emulator`` does.

Columns and rows count from 0. A wide character holds two cells, the second of them empty text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

BLANK: Final = " "
# Text of which every character surely takes one cell: ASCII, Latin, lines, blocks, braille. Most of what is drawn.
NARROW: Final = re.compile("[ -~\xa0-\xac\xae-\u02ff\u2500-\u25fc\u2800-\u28ff]+")


class Style(NamedTuple):
    """How a cell looks. Colours are ``#rrggbb``, a number of the palette as text, or empty: the terminal's own."""

    foreground: str = ""
    background: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False


PLAIN: Final = Style()


@lru_cache(4096)
def width(character: str) -> int:
    """Cells that a character takes: 0 where it joins the one before, 2 where it is wide."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


class Row:
    """One line of the screen: a text and a style for each column."""

    __slots__ = ("characters", "styles")

    def __init__(self, columns: int, style: Style = PLAIN) -> None:
        self.characters = [BLANK] * columns
        self.styles = [style] * columns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.characters == other.characters and self.styles == other.styles

    __hash__ = None  # type: ignore[assignment]  # it changes

    def text(self) -> str:
        """What stands there, without blanks at its end."""
        return "".join(self.characters).rstrip()

    def fit(self, columns: int) -> None:
        """Cut off or filled up with blanks."""
        missing = columns - len(self.characters)
        self.characters = self.characters[:columns] + [BLANK] * missing
        self.styles = self.styles[:columns] + [PLAIN] * missing


class Grid:
    """A screen full of rows, with a cursor. ``changed`` says whether what is seen has changed since it was cleared."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = [Row(columns) for _ in range(rows)]
        self.x = 0  # equals ``columns`` when the next character goes to the next line
        self.y = 0
        self.top, self.bottom = 0, rows - 1  # the region that scrolls
        self.style = PLAIN
        self.wraps = True
        self.inserts = False
        self.changed = False

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def lines(self) -> list[str]:
        """What stands in each row, without blanks at its end."""
        return [row.text() for row in self.rows]

    def draw(self, text: str) -> None:
        """Put text at the cursor; it holds no control characters."""
        if NARROW.fullmatch(text):
            self._draw_narrow(text)
            return
        for character in text:
            cells = width(character)
            if cells == 0:
                self._join(character)
            elif cells == 1:
                self._draw_narrow(character)
            else:
                self._draw_wide(character)

    def _draw_narrow(self, text: str) -> None:
        while text:
            self._wrap(1)
            room = self.columns - self.x
            self._put(list(text[:room]))
            text = text[room:]

    def _draw_wide(self, character: str) -> None:
        if self.columns >= 2:
            self._wrap(2)
            self._put([character, ""])

    def _wrap(self, cells: int) -> None:
        """Make room for so many cells: on the next line, or at the end of this one."""
        if self.x + cells <= self.columns:
            return
        if self.wraps:
            self.x = 0
            self.line_feed()
        else:
            self.x = self.columns - cells

    def _put(self, cells: list[str]) -> None:
        if self.inserts:
            self.insert_blanks(len(cells))
        self._write(self.y, self.x, cells, self.style)
        self.x += len(cells)

    def _write(self, y: int, x: int, cells: list[str], style: Style) -> None:
        row, end = self.rows[y], x + len(cells)
        styles = [style] * len(cells)
        if row.characters[x:end] == cells and row.styles[x:end] == styles:
            return
        if x > 0 and row.characters[x] == "":
            row.characters[x - 1] = BLANK  # the left half of a wide character cannot stand alone
        if end < self.columns and row.characters[end] == "":
            row.characters[end] = BLANK
        row.characters[x:end] = cells
        row.styles[x:end] = styles
        self.changed = True

    def _join(self, mark: str) -> None:
        """Add a combining mark to the character before the cursor."""
        row, x = self.rows[self.y], min(self.x, self.columns) - 1
        if x > 0 and row.characters[x] == "":
            x -= 1
        if x >= 0 and len(row.characters[x]) < 8:  # a pile of marks is no text
            row.characters[x] += mark
            self.changed = True

    # ---- erasing

    def erase(self, y: int, start: int, end: int) -> None:
        """Blank the cells of a row from column ``start`` up to, not including, ``end``; the background stays."""
        end = min(end, self.columns)
        if start < end:
            self._write(y, start, [BLANK] * (end - start), self.blank_style)

    def erase_rows(self, start: int, end: int) -> None:
        """Blank whole rows, ``end`` not included."""
        for y in range(start, end):
            self.erase(y, 0, self.columns)

    @property
    def blank_style(self) -> Style:
        """What an erased cell looks like."""
        return Style(background=self.style.background) if self.style.background else PLAIN

    # ---- moving

    def move(self, x: int, y: int) -> None:
        """Put the cursor somewhere on the screen."""
        self.x = max(0, min(x, self.columns - 1))
        self.y = max(0, min(y, self.height - 1))

    def line_feed(self) -> None:
        """One line down; at the end of the region, the region scrolls."""
        if self.y == self.bottom:
            self.scroll(self.top, self.bottom, 1)
        elif self.y < self.height - 1:
            self.y += 1

    def reverse_line_feed(self) -> None:
        """One line up; at the top of the region, the region scrolls down."""
        if self.y == self.top:
            self.scroll(self.top, self.bottom, -1)
        elif self.y > 0:
            self.y -= 1

    def scroll(self, top: int, bottom: int, count: int) -> None:
        """Move the rows from ``top`` to ``bottom`` up by ``count`` lines, or down where it is negative."""
        before = self.rows[top : bottom + 1]
        count = max(-len(before), min(count, len(before)))
        fresh = [Row(self.columns, self.blank_style) for _ in range(abs(count))]
        after = before[count:] + fresh if count > 0 else fresh + before[: len(before) + count]
        self.changed = self.changed or before != after
        self.rows[top : bottom + 1] = after

    def insert_blanks(self, count: int) -> None:
        """Push the rest of the line to the right."""
        self._shift(count, insert=True)

    def delete_characters(self, count: int) -> None:
        """Pull the rest of the line to the left."""
        self._shift(count, insert=False)

    def _shift(self, count: int, *, insert: bool) -> None:
        row, x = self.rows[self.y], min(self.x, self.columns - 1)
        count = min(count, self.columns - x)
        before = (row.characters[x:], row.styles[x:])
        blanks, styles = [BLANK] * count, [self.blank_style] * count
        if insert:
            row.characters[x:] = blanks + row.characters[x : self.columns - count]
            row.styles[x:] = styles + row.styles[x : self.columns - count]
        else:
            row.characters[x:] = row.characters[x + count :] + blanks
            row.styles[x:] = row.styles[x + count :] + styles
        self.changed = self.changed or before != (row.characters[x:], row.styles[x:])

    def resize(self, columns: int, rows: int) -> None:
        """Another size. Nothing flows: what does not fit is cut off, above the cursor's line where it must be kept."""
        lost = max(0, self.y + 1 - rows)
        self.rows = self.rows[lost : lost + rows]
        self.rows += [Row(columns) for _ in range(rows - len(self.rows))]
        for row in self.rows:
            row.fit(columns)
        self.columns = columns
        self.top, self.bottom = 0, rows - 1
        self.move(self.x, self.y - lost)
        self.changed = True
