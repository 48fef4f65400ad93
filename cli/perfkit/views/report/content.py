"""What a report is made of: chapters with what was measured, and single trials looked at closely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.measure.samples import Stretch
    from perfkit.model.metrics import Metric
    from perfkit.model.requests import Entry
    from perfkit.model.result import Result, Trial
    from perfkit.profilers.tree import Call
    from perfkit.views.grids import Grid


@dataclass(frozen=True, slots=True)
class Lane:
    """The trials of one target of one stored result, warm-ups aside. ``cell``: which of a sweep, empty without one."""

    name: str
    trials: tuple[Trial, ...]
    cell: str = ""

    @property
    def whole_name(self) -> str:
        """``lean at 1,000``."""
        return f"{self.name} at {self.cell}" if self.cell else self.name


@dataclass(frozen=True, slots=True)
class Screen:
    """What stood on a terminal last: as text, and as SVG with its size in pixels where that is kept."""

    text: str
    svg: bytes = b""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One trial looked at closely: what its artifacts hold."""

    name: str
    trial: Trial
    requests: Sequence[Entry] = ()
    course: Sequence[Stretch] = ()
    screens: Sequence[Screen] = ()
    output: str = ""  # the end of what it printed


@dataclass(frozen=True, slots=True)
class Flame:
    """A profile, as a tree of calls and as tables."""

    name: str
    file: str
    root: Call
    grids: Sequence[Grid]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One scenario, or all cells of a sweep; alone, or of two releases compared.

    ``sections`` are what ``views.sections`` lays out; ``lanes`` the trials of everything shown, ``close`` those of the
    cell that is looked at closely.
    """

    name: str
    title: str
    sections: Sequence[Any]
    notes: Sequence[str]
    metrics: Sequence[Metric]
    lanes: Sequence[Lane]
    close: Sequence[Lane]
    exhibits: Sequence[Exhibit]
    results: Sequence[Result]
    limits: dict[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)  # metric → absolute ones, written
    differences: Sequence[Grid] = ()  # of the profiles of base and head
    flames: Sequence[Flame] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, the gravest chapter first. ``release``: the two that are compared, where they are."""

    title: str
    chapters: Sequence[Chapter]
    remarks: Sequence[str]
    release: tuple[str, str] | None = None
