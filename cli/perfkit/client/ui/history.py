"""Which tables were commanded, to go back and forth in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfkit.client.ui.commands import Show

MOST: Final = 20  # that are remembered, as k9s does


class History:
    """Commands in their order, and the one that is shown."""

    def __init__(self) -> None:
        self._shows: list[Show] = []
        self._at = self._before = 0

    def add(self, show: Show) -> None:
        """It was commanded: what lay ahead is forgotten."""
        if self._shows and self._shows[self._at] == show:
            return
        self._shows = [*self._shows[: self._at + 1], show][-MOST:]
        self._at = len(self._shows) - 1
        self._before = max(0, self._at - 1)

    def travel(self, step: int) -> Show | None:
        """Further back or forth; None where that ends."""
        to = self._at + step
        if not 0 <= to < len(self._shows):
            return None
        self._before, self._at = self._at, to
        return self._shows[to]

    def swap(self) -> Show | None:
        """To the one that was shown before; None where there was none."""
        return None if self._before == self._at else self.travel(self._before - self._at)
