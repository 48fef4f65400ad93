"""The line in which commands and filters are typed. Pure.

It is not a widget with the focus: keys that come in one burst (pasted, or typed by a program) are taken in their order,
whether or not the line was there when they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.client.ui.cells import clean
from perfkit.client.ui.commands import completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.client.ui.cells import Line


class Typing:
    """Text behind a sign (``:`` or ``/``), and a cursor in it. ``names`` are what a command may begin with."""

    def __init__(self, sign: str, text: str = "", names: Callable[[], Sequence[str]] = tuple) -> None:
        self.sign = sign
        self.text = text
        self.at = len(text)
        self._names = names

    def press(self, key: str) -> bool:
        """Edit, as readline does; False when the line is to be left."""
        match key:
            case "backspace" | "ctrl+h":
                if not self.text:
                    return False
                self._put(self.text[: max(0, self.at - 1)], self.text[self.at :])
            case "delete":
                self._put(self.text[: self.at], self.text[self.at + 1 :])
            case "ctrl+u":
                self._put("", self.text[self.at :])
            case "ctrl+w":
                kept = self.text[: self.at].rstrip()
                self._put(kept[: kept.rfind(" ") + 1], self.text[self.at :])
            case "left" | "right" | "home" | "end" | "ctrl+a" | "ctrl+e":
                self._move(key)
            case "tab":
                self._put(self.suggestion or self.text, "")
            case "escape" | "ctrl+c":
                self._put("", "")
                return False
            case _:
                self.insert(key if len(key) == 1 else "")
        return True

    def insert(self, text: str) -> None:
        """Put text where the cursor is."""
        self._put(self.text[: self.at] + clean(text), self.text[self.at :])

    @property
    def suggestion(self) -> str:
        """The command that may be meant; empty where none begins so."""
        found = completed(self.text, self._names()) if self.sign == ":" and self.at == len(self.text) else ""
        return found if found != self.text else ""

    def line(self) -> Line:
        """As it is seen."""
        before, under, after = self.text[: self.at], self.text[self.at : self.at + 1], self.text[self.at + 1 :]
        rest = self.suggestion[len(self.text) :]
        return (
            (self.sign + before, "title"),
            (under or rest[:1] or " ", "cursor"),
            (after, "title"),
            (rest[1:], "dim"),
        )

    def _put(self, before: str, after: str) -> None:
        self.text, self.at = before + after, len(before)

    def _move(self, key: str) -> None:
        to = {"left": self.at - 1, "right": self.at + 1, "home": 0, "ctrl+a": 0}.get(key, len(self.text))
        if key == "right" and self.at == len(self.text):
            self._put(self.suggestion or self.text, "")
        else:
            self.at = max(0, min(to, len(self.text)))
