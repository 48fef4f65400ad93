"""Lines of a page on the screen: of what is painted already only lines that differ are painted again."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from perfkit.client.ui.cells import Line, Tone

PAPER: Final = "#121212"
STYLES: Final[dict[Tone, Style]] = {
    "plain": Style(color="#d0d0d0", bgcolor=PAPER),
    "header": Style(color="#ffffff", bgcolor="#303030", bold=True),
    "title": Style(color="#5fd7ff", bgcolor=PAPER, bold=True),
    "dim": Style(color="#8a8a8a", bgcolor=PAPER),
    "key": Style(color="#87afff", bgcolor=PAPER),
    "good": Style(color="#87d7ff", bgcolor=PAPER),
    "waiting": Style(color="#ffd75f", bgcolor=PAPER),
    "bad": Style(color="#ff5f5f", bgcolor=PAPER),
    "ending": Style(color="#d787d7", bgcolor=PAPER),
    "done": Style(color="#8a8a8a", bgcolor=PAPER),
    "cursor": Style(color="#000000", bgcolor="#5fd7ff", bold=True),
    "error": Style(color="#ffffff", bgcolor="#af0000", bold=True),
    "found": Style(color="#000000", bgcolor="#ffd75f"),
}


class Canvas(Widget):
    """As many lines as it is high; what is not shown is paper. ``resized`` is told when there is other room."""

    DEFAULT_CSS = f"Canvas {{ background: {PAPER}; }}"

    def __init__(self, id: str, resized: Callable[[], object]) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._resized = resized

    def on_resize(self) -> None:
        """The lines must be others."""
        self._resized()

    def show(self, lines: Sequence[Line]) -> None:
        """These are the lines from now on."""
        before, self._lines = self._lines, list(lines)
        regions = [Region(0, top, self.size.width, rows) for top, rows in different(before, self._lines)]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        if y >= len(self._lines):
            return Strip([Segment(" " * self.size.width, STYLES["plain"])], self.size.width)
        return Strip([Segment(text, STYLES[tone]) for text, tone in self._lines[y]], self.size.width)


def different(before: Sequence[Line], after: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """First row and number of rows of each stretch that is not as it was."""
    begun: int | None = None
    for y, (old, new) in enumerate(zip_longest(before, after)):
        if old != new and begun is None:
            begun = y
        elif old == new and begun is not None:
            yield begun, y - begun
            begun = None
    if begun is not None:
        yield begun, max(len(before), len(after)) - begun
