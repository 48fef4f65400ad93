"""Long work on the one event loop, in slices: everybody else has a turn in between."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

SLICE: Final = 0.005  # seconds of work at a time


class Turns:
    """What long work asks again and again whether it has had its slice."""

    def __init__(self) -> None:
        self._until = monotonic() + SLICE

    @property
    def over(self) -> bool:
        """Whether the slice is used up."""
        return monotonic() >= self._until

    def begin(self) -> None:
        """Begin another slice."""
        self._until = monotonic() + SLICE

    async def offer(self) -> None:
        """Let others go first where the slice is used up."""
        if self.over:
            await asyncio.sleep(0)
            self.begin()
