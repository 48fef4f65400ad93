"""What stands for a section of an analysis in text: grids, and where there are intervals, a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.statistics.analysis import Comparison
from perfkit.statistics.versions import Versions
from perfkit.views import versions
from perfkit.views.grids import grids as grids_of_one
from perfkit.views.plot import plot

if TYPE_CHECKING:
    from rich.text import Text

    from perfkit.statistics.analysis import Section
    from perfkit.views.grids import Grid

UNBOUNDED: Final = 10_000  # columns, where text is not read on a terminal


def grids(section: Section | Versions, width: int) -> list[Grid]:
    """The tables of a section; only that of several versions knows what to do with more than 80 columns."""
    return versions.grids(section, width) if isinstance(section, Versions) else grids_of_one(section)


def plots(section: Section | Versions, width: int) -> list[Text]:
    """The intervals of a comparison, drawn; nothing of other sections."""
    return plot(section, width) if isinstance(section, Comparison) else []
