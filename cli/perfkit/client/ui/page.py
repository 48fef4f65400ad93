"""What every page of the screen can do; and which part of one is seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.client.ui.cells import Line


class Page(ABC):
    """Something that fills the middle of the screen. Pages know neither cluster nor terminal."""

    hints: Sequence[tuple[str, str]] = (("esc", "back"),)
    """Keys and what they do here."""

    @property
    def problem(self) -> str:
        """What is wrong with it, in a line."""
        return ""

    @property
    def pattern(self) -> str:
        """What it is filtered by, or what is looked for."""
        return ""

    @abstractmethod
    def title(self) -> str:
        """What is seen, for the rule above it."""

    def look(self) -> None:  # noqa: B027 - most need not
        """Take in what has changed since; it is called now and again, and never for a key: those must be quick."""

    @abstractmethod
    def lines(self, columns: int, rows: int) -> list[Line]:
        """What is seen of it in so much room, which it remembers for ``press``."""

    def press(self, key: str) -> bool:  # noqa: ARG002 - pages do not know all keys
        """Take a key; whether it means something here."""
        return False

    def search(self, pattern: str) -> None:  # noqa: B027 - most need not
        """Filter by, or look for, that."""

    def close(self) -> None:  # noqa: B027 - most need not
        """It is not seen again: let go of what it holds."""


class Window:
    """Which part of ``total`` lines is seen, and where the cursor is."""

    def __init__(self) -> None:
        self.total, self.height = 0, 1
        self.cursor = self.top = 0

    def fit(self, total: int, height: int) -> None:
        """There are so many lines, and so much room: the cursor stays in sight."""
        self.total, self.height = total, max(height, 1)
        self.go(self.cursor)

    def go(self, to: int) -> None:
        """The cursor to that line, or the nearest there is."""
        self.cursor = max(0, min(to, self.total - 1))
        self.top = max(0, min(self.top, self.cursor, self.total - self.height))
        self.top = max(self.top, self.cursor - self.height + 1)

    def press(self, key: str) -> bool:
        """Move as the key says; whether it is one of moving."""
        if key not in MOVES:
            return False
        unit, count = MOVES[key]
        distance = count * {"line": 1, "page": self.height, "all": self.total}[unit]
        self.go(self.cursor + distance)
        return True


MOVES: Final = {
    "down": ("line", 1),
    "j": ("line", 1),
    "up": ("line", -1),
    "k": ("line", -1),
    "pagedown": ("page", 1),
    "ctrl+f": ("page", 1),
    "pageup": ("page", -1),
    "ctrl+b": ("page", -1),
    "home": ("all", -1),
    "g": ("all", -1),
    "end": ("all", 1),
    "G": ("all", 1),
}
