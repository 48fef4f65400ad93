"""What a watch looks at, as the watch sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from perfkit.model.readings import Readings


class EndedError(Exception):
    """What is watched is no more; says how it ended."""


class Watched(Protocol):
    """A process tree, a command of ours, or an endpoint."""

    def read(self) -> Readings:
        """What is known now, without rates. Raises EndedError, and PerfkitError where it cannot be looked at."""
        ...

    def cost(self) -> float:
        """CPU seconds that perfkit's helpers have used so far: those that look, not what is looked at."""
        ...
