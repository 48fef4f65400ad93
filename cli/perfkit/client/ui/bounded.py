"""Lines of text within bounds: what a log may take, however long it is and however fast it grows."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 10_000  # lines, twice as many as k9s keeps
ROOM: Final = 4 << 20  # characters
LONGEST: Final = 10_000  # characters of one line; nobody reads further


class Lines:
    """The last lines of those that were added."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._room = ROOM

    def add(self, lines: Iterable[str]) -> int:
        """More lines; how many of the oldest had to go."""
        gone = 0
        for line in lines:
            kept = line if len(line) <= LONGEST else line[:LONGEST] + "…"
            self._lines.append(kept)
            self._room -= len(kept)
            while len(self._lines) > MOST or self._room < 0:
                self._room += len(self._lines.popleft())
                gone += 1
        return gone

    def part(self, first: int, last: int) -> list[str]:
        """From one to before the other."""
        return list(islice(self._lines, first, last))

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._lines)

    def __getitem__(self, at: int) -> str:
        return self._lines[at]


class Inbox:
    """Lines that come in other threads, until somebody takes them: where they come faster, the oldest are lost."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._lock = threading.Lock()

    def put(self, lines: Iterable[str]) -> None:
        """Lines have come; from any thread."""
        with self._lock:
            self._lines.add(lines)

    def take(self) -> Iterable[str]:
        """Those that have come since."""
        if not len(self._lines):
            return ()
        with self._lock:
            taken, self._lines = self._lines, Lines()
        return taken
