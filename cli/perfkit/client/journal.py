"""What changed, in order, for as long as somebody may still want to catch up."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.client.schema import Row

Change = tuple["Row | None", "Row | None"]  # before and after; None: not there
KEPT: Final = 4096  # changes; who is further behind looks at everything again


class Journal:
    """``version`` counts all changes there ever were; the latest are kept, once somebody follows."""

    def __init__(self) -> None:
        self.version = 0
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._followed = False

    def add(self, before: Row | None, after: Row | None) -> None:
        """A row came, changed or went."""
        self.version += 1
        if self._followed:
            self._changes.append((before, after))

    def skip(self, changes: int) -> None:
        """So many changes at once, which nobody can catch up with one by one."""
        self.version += changes
        self._changes.clear()

    def follow(self) -> int:
        """Keep changes from now on; the version that it is now."""
        self._followed = True
        return self.version

    def since(self, version: int, most: int) -> Iterator[Change] | None:
        """The changes after a version; None where they are no longer kept, or more than ``most``."""
        behind = self.version - version
        if behind > min(most, len(self._changes)):
            return None
        return islice(self._changes, len(self._changes) - behind, None)

    def __len__(self) -> int:
        return len(self._changes)
