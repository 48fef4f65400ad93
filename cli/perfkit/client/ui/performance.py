"""The page that is the performance view: what it shows is drawn by widgets of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.client.ui.page import Page

if TYPE_CHECKING:
    from perfkit.client.ui.cells import Line


class PerformancePage(Page):
    """Only a place among the pages."""

    def title(self) -> str:
        """What it is."""
        return "performance of this program"

    def lines(self, columns: int, rows: int) -> list[Line]:  # noqa: ARG002 - the panels have their place
        """None."""
        return []
