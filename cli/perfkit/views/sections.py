"""What stands for a section of an analysis in text: grids, and where there are intervals, a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.statistics.analysis import Comparison
from perfkit.statistics.sweeps import Changes, Sweep
from perfkit.statistics.versions import Versions
from perfkit.views import sweep, versions
from perfkit.views.curve import draw
from perfkit.views.grids import grids as grids_of_one
from perfkit.views.plot import plot

if TYPE_CHECKING:
    from perfkit.statistics.analysis import Section
    from perfkit.views.grids import Grid

    Shown = Section | Versions | Sweep | Changes

UNBOUNDED: Final = 10_000  # columns, where text is not read on a terminal
WIDEST: Final = 100  # columns of a curve: a wider one shows no more


def grids(section: Shown, width: int) -> list[Grid]:
    """The tables of a section; those of versions and sweeps know what to do with more than 80 columns."""
    match section:
        case Versions():
            return versions.grids(section, width)
        case Sweep():
            return sweep.grids(section, width)
        case Changes():
            return sweep.changes(section, width)
        case _:
            return grids_of_one(section)


def plots(section: Shown, width: int) -> list[Text]:
    """The intervals of a comparison or the curves of a sweep, drawn; nothing of other sections."""
    match section:
        case Comparison():
            return plot(section, width)
        case Sweep():
            return [Text(line) for picture in sweep.pictures(section) for line in draw(picture, min(width, WIDEST))]
        case _:
            return []
