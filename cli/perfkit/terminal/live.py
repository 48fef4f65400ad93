"""The screen of a target that runs: its recording, followed and understood as far as it has got.

Used only while a step waits for something on the screen, and in small portions: reading costs CPU that the target may
want. What is found is stamped with the time at which the launcher read it, so looking late does not measure late.
"""

from __future__ import annotations

import re
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from perfkit.terminal.recording import Chunk, Reader
from perfkit.terminal.replay import Player

if TYPE_CHECKING:
    from pathlib import Path

LOOK: Final = 0.010  # seconds between two looks
PORTION: Final = 0.003  # seconds that a look may take: a target that prints more is understood later, not at more cost


class LiveScreen:
    """Follows the recording at ``path`` of a terminal of that size."""

    def __init__(self, path: Path, columns: int, rows: int) -> None:
        self._reader = Reader(path)
        self._player = Player(columns, rows)
        self._unseen: deque[Chunk] = deque()

    def find(self, pattern: str, after: int) -> int | None:
        """When (ns) a change of the screen after ``after`` left something on it that matches; None: not yet.

        An empty pattern matches any change. Looks on from where the last look ended.
        """
        self._unseen.extend(self._reader)
        expression = re.compile(pattern, re.MULTILINE)
        until = time.monotonic() + PORTION
        while self._unseen and time.monotonic() < until:
            chunk = self._unseen.popleft()
            changed = self._player.play(chunk)
            if changed and chunk.ns >= after and (not pattern or expression.search(self._player.text)):
                return chunk.ns
        return None

    @property
    def behind(self) -> bool:
        """Whether something that was printed is not understood yet."""
        return bool(self._unseen)

    def holds(self, pattern: str) -> bool:
        """Whether the screen, as it is now, matches."""
        self._catch_up()
        return re.search(pattern, self._player.text, re.MULTILINE) is not None

    def lines(self) -> list[str]:
        """What stands on the screen now, without blanks at the ends of lines."""
        self._catch_up()
        return self._player.screen.lines

    def _catch_up(self) -> None:
        self._unseen.extend(self._reader)
        while self._unseen:
            self._player.play(self._unseen.popleft())
