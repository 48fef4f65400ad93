"""Playing a recording: what was on the screen when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.terminal.emulator import Emulator

if TYPE_CHECKING:
    from perfkit.terminal.recording import Chunk
    from perfkit.terminal.screen import Grid


class Player:
    """A screen that shows a recording, chunk by chunk."""

    def __init__(self, columns: int, rows: int) -> None:
        self._emulator = Emulator(columns, rows)

    @property
    def screen(self) -> Grid:
        """What is to be seen after the last chunk."""
        return self._emulator.screen

    @property
    def text(self) -> str:
        """The same as lines of text, blanks at their ends left out."""
        return "\n".join(self.screen.lines)

    def play(self, chunk: Chunk) -> bool:
        """Take one chunk; whether it changed what is to be seen (characters or colours; not the cursor)."""
        self._emulator.screen.changed = False
        if chunk.kind == "output":
            self._emulator.feed(chunk.data)
        elif chunk.kind == "resize":
            self._emulator.resize(*chunk.size)
            return False
        return self._emulator.screen.changed
