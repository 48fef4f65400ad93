"""How often the screen is looked after: as often as is worth it, and never so often that it costs too much."""

from __future__ import annotations

from typing import Final

QUICKEST: Final = 0.2  # seconds between two looks: what changes is seen within that, and nobody reads faster
SLOWEST: Final = 2.0
SHARE: Final = 0.03  # of a core, that looking and painting may take


class Pace:
    """Seconds until the next look, told what the last ones cost.

    A single dear look (a page of other rows) is not held against those that follow: it is the mean that counts.
    """

    def __init__(self) -> None:
        self._mean = 0.0

    def after(self, cost: float) -> float:
        """``cost``: CPU seconds between the last look and this moment."""
        self._mean += (cost - self._mean) / 4
        return min(max(QUICKEST, self._mean / SHARE), SLOWEST)
