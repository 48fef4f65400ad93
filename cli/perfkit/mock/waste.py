"""What a reset has dropped, freed bit by bit: 100,000 changed objects at once would hold it up for a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import deque

_FEW = 500  # that are freed on the spot
_ROUND = 64  # freed between two looks at the clock


class Waste:
    """Containers whose content is to go."""

    def __init__(self) -> None:
        self._parts: list[dict[Any, Any] | deque[Any]] = []

    def add(self, part: dict[Any, Any] | deque[Any]) -> None:
        """Take the last reference to a container."""
        if len(part) > _FEW:
            self._parts.append(part)

    def free(self, seconds: float) -> bool:
        """Free some of it, for so long; whether anything is left."""
        end = time.perf_counter() + seconds
        while self._parts and time.perf_counter() < end:
            part = self._parts[-1]
            free = part.popitem if isinstance(part, dict) else part.pop
            for _ in range(min(_ROUND, len(part))):
                free()
            if not part:
                self._parts.pop()
        return bool(self._parts)
