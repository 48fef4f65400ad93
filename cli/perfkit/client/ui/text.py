"""A page of text: a description, YAML, logs that grow, help. Pure."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from perfkit.client.ui.cells import clean, cut
from perfkit.client.ui.listing import matcher
from perfkit.client.ui.page import MOVES, Page, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.client.ui.cells import Line, Tone

MOST: Final = 10_000  # lines that are kept, as many as k9s does at most


class TextPage(Page):
    """Lines of text. ``follows``: the end stays in sight while lines are added."""

    hints: Sequence[tuple[str, str]] = (("/", "search"), ("n", "next"), ("esc", "back"))

    def __init__(self, name: str, text: str = "", *, follows: bool = False) -> None:
        self.name = name
        self.follows = follows
        self._pattern = ""
        self.window = Window()
        self._text: deque[str] = deque(maxlen=MOST)
        self._sideways = 0
        self.add(text.splitlines())

    @property
    def pattern(self) -> str:
        """What is looked for."""
        return self._pattern

    def title(self) -> str:
        """``Describe(default/web-1) </ready>``."""
        return self.name + (f" </{self.pattern}>" if self.pattern else "")

    def replace(self, text: str) -> None:
        """This is the text now; what was in sight stays."""
        self._text.clear()
        self.add(text.splitlines())

    def add(self, lines: Iterable[str]) -> None:
        """More lines at the end; the oldest go when there are too many."""
        self._text.extend(clean(line.expandtabs()) for line in lines)

    def lines(self, columns: int, rows: int) -> list[Line]:
        """The lines in sight."""
        window = self.window
        window.total, window.height = len(self._text), rows
        window.top = max(0, min(window.top, window.total - rows))
        if self.follows:
            window.top = max(0, window.total - rows)
        matches = matcher(self.pattern) if self.pattern else None
        shown = islice(self._text, window.top, window.top + rows)
        return [cut(self._line(line, found=matches is not None and matches(line)), columns) for line in shown]

    def press(self, key: str) -> bool:
        """Scroll; ``n`` and ``N`` go from match to match, ``s`` follows the end or not."""
        match key:
            case "left" | "right":
                self._sideways = max(0, self._sideways + (8 if key == "right" else -8))
            case "s":
                self.follows = not self.follows
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

    def _scroll(self, key: str) -> None:
        unit, count = MOVES[key]
        window = self.window
        window.top += count * {"line": 1, "page": window.height, "all": window.total}[unit]
        window.top = max(0, min(window.top, window.total - window.height))
        self.follows = self.follows and window.top >= window.total - window.height

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
        line = line[self._sideways :]
        if found:
            return ((line, "found"),)
        key, colon, rest = line.partition(":")
        if colon and key and not key.lstrip(" -").count(" ") > 2 and rest[:1] in {"", " "}:
            tone: Tone = "key"
            return ((key + colon, tone), (rest, "plain"))
        return ((line, "plain"),)
