"""The page that is the performance view: what it shows is drawn by widgets of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.client.ui.page import Page
from perfkit.model.limits import Limit

if TYPE_CHECKING:
    from perfkit.client.ui.cells import Line


LIMITS: Final = {"memory.rss": Limit.parse("< 100 MB", "bytes"), "cpu.share": Limit.parse("< 10 %", "ratio")}
"""What this program may need."""


class PerformancePage(Page):
    """Only a place among the pages."""

    def title(self) -> str:
        """What it is."""
        return "performance of this program"

    def lines(self, columns: int, rows: int) -> list[Line]:  # noqa: ARG002 - the panels have their place
        """None."""
        return []
