"""A page of text: a description, YAML, logs that grow, help. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import chop_cells

from perfkit.client.ui.bounded import Lines
from perfkit.client.ui.cells import clean, cut
from perfkit.client.ui.listing import matcher
from perfkit.client.ui.page import MOVES, Page, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.client.ui.cells import Line, Tone


class TextPage(Page):
    """Lines of text. ``follows``: the end stays in sight while lines are added."""

    hints: Sequence[tuple[str, str]] = (("/", "search"), ("n", "next"), ("w", "wrap"), ("esc", "back"))

    def __init__(self, name: str, text: str = "", *, follows: bool = False) -> None:
        self.name = name
        self.follows = follows
        self.wraps = False
        self._pattern = ""
        self.window = Window()
        self._text = Lines()
        self._sideways = 0
        self._end = 0  # the first line in sight when the last one is
        self.add(text.splitlines())

    @property
    def pattern(self) -> str:
        """What is looked for."""
        return self._pattern

    def title(self) -> str:
        """``Describe(default/web-1) </ready>``."""
        return self.name + (f" </{self.pattern}>" if self.pattern else "")

    def clear(self) -> None:
        """No text, as yet."""
        self._text = Lines()

    def add(self, lines: Iterable[str]) -> None:
        """More lines at the end; the oldest go when there are too many, and what is in sight stays there."""
        self.window.top -= self._text.add(clean(line.expandtabs() if "\t" in line else line) for line in lines)

    def lines(self, columns: int, rows: int) -> list[Line]:
        """The lines in sight."""
        window = self.window
        window.total, window.height = len(self._text), rows
        self._end = self._last_top(columns, rows)
        window.top = self._end if self.follows else max(0, min(window.top, self._end))
        matches = matcher(self.pattern) if self.pattern else None
        shown: list[Line] = []
        first = max(0, window.top - 1) if self.follows else window.top  # of which the end may be in sight
        for line in self._text.part(first, window.top + rows):
            found = matches is not None and matches(line)
            shown += [cut(self._line(part, found=found), columns) for part in self._parts(line, columns)]
        return shown[-rows:] if self.follows else shown[:rows]

    def press(self, key: str) -> bool:
        """Scroll; ``n`` and ``N`` go from match to match, ``w`` wraps long lines or not."""
        match key:
            case "left" | "right":
                self._sideways = max(0, self._sideways + (8 if key == "right" else -8))
            case "w":
                self.wraps, self._sideways = not self.wraps, 0
            case "n" | "N":
                self._next(1 if key == "n" else -1)
            case _ if key in MOVES:
                self._scroll(key)
            case _:
                return False
        return True

    def search(self, pattern: str) -> None:
        """Mark the lines that match, and go to the first below."""
        self._pattern = pattern
        if pattern:
            self.window.top -= 1
            self._next(1)

    def _last_top(self, columns: int, rows: int) -> int:
        """The first line in sight when the last one is."""
        if not self.wraps:
            return max(0, len(self._text) - rows)
        top = len(self._text)
        for line in reversed(self._text):
            rows -= len(self._parts(line, columns))
            if rows < 0 and top < len(self._text):
                break
            top -= 1
        return top

    def _parts(self, line: str, columns: int) -> list[str]:
        """What a line is painted as."""
        return (chop_cells(line, max(columns, 2)) if self.wraps else [line[self._sideways :]]) or [""]

    def _scroll(self, key: str) -> None:
        unit, count = MOVES[key]
        window = self.window
        window.top += count * {"line": 1, "page": window.height, "all": window.total}[unit]
        window.top = max(0, min(window.top, self._end))
        self.follows = self.follows and window.top >= self._end

    def _next(self, step: int) -> None:
        if not self.pattern:
            return
        matches, at = matcher(self.pattern), self.window.top + step
        while 0 <= at < len(self._text):
            if matches(self._text[at]):
                self.window.top, self.follows = at, False
                return
            at += step

    def _line(self, line: str, *, found: bool) -> Line:
        if found:
            return ((line, "found"),)
        key, colon, rest = line.partition(":")
        if colon and key and not key.lstrip(" -").count(" ") > 2 and rest[:1] in {"", " "}:
            tone: Tone = "key"
            return ((key + colon, tone), (rest, "plain"))
        return ((line, "plain"),)
