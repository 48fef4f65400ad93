"""The performance view: graphs of memory and CPU against their limits, and everything else that readings tell.

    view = PerformanceView({"memory.rss": Limit.parse("< 100 MB", "bytes")})  # yield it from ``compose``
    view.show(readings)  # whenever there are new ones; twice a second at most

The whole application pays for what is drawn: a panel is drawn anew only where its text changed.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.containers import Horizontal, ItemGrid, VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from perfkit.model.readings import rated
from perfkit.model.units import format_beside
from perfkit.panels.graph import draw
from perfkit.panels.sections import Section, lines, sections, vitals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.events import Resize

    from perfkit.model.limits import Limit
    from perfkit.model.readings import Readings
    from perfkit.model.units import Dimension

KEPT: Final = 600  # readings that graphs look back on
WIDE: Final = 120  # columns from which on there are more columns of panels
_ROWS: Final = 12  # of a panel
MEMORY: Final = ("memory.rss", "memory.peak")
CPU: Final = ("cpu.share", "cpu.peak")


class Graph(Widget):
    """One quantity over time, with its name, its value and its limit above."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "graph--title",
        "graph--bar",
        "graph--over",
        "graph--limit",
        "graph--crossed",
        "graph--empty",
    }
    DEFAULT_CSS = """
    Graph { height: 100%; width: 1fr; }
    Graph .graph--title { text-style: bold; }
    Graph .graph--bar { color: $success; }
    Graph .graph--over { color: $error; }
    Graph .graph--limit { color: $warning; }
    Graph .graph--crossed { color: $text; background: $error; }
    Graph .graph--empty { color: $text-muted; }
    """

    def __init__(self, name: str, dimension: Dimension, limit: Limit | None) -> None:
        super().__init__(name=name)
        self._dimension = dimension
        self._limit = limit
        self._values: deque[float | None] = deque(maxlen=KEPT)
        self._peak: float | None = None

    def add(self, value: float | None, peak: float | None) -> None:
        """The newest value, and the highest that is known of; None: not known."""
        self._values.append(value)
        self._peak = peak
        self.refresh()

    def title(self) -> str:
        """Its name, its value, its limit, and its peak where there is room."""
        now = self._values[-1] if self._values else None
        limit = "" if self._limit is None else f", limit {self._limit.written}"
        peak = "" if self._peak is None else f", peak {format_beside(self._peak, self._dimension, limit)}"
        told = f"{self.name} {'–' if now is None else format_beside(now, self._dimension, limit)}{limit}"
        return told + peak if len(told + peak) <= self.size.width else told

    def render_line(self, y: int) -> Strip:
        """One row: the title, or a row of the drawing."""
        width, height = self.size
        if y == 0:
            style = self.get_component_rich_style("graph--title")
            return Strip([Segment(f"{self.title()[:width]:<{width}}", style)], width)
        bound = None if self._limit is None else self._limit.value
        row = draw(list(self._values), (width, height - 1), bound)[y - 1]
        return Strip([Segment(text, self.get_component_rich_style(f"graph--{kind}")) for text, kind in row], width)


class Panel(Static):
    """A section as a small table; it hides itself where there is nothing to tell."""

    DEFAULT_CSS = """
    Panel { height: auto; padding: 0 1 1 0; display: none; }
    Panel.told { display: block; }
    """

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, markup=False)
        self._section: Section | None = None
        self._told = ""

    def show(self, section: Section) -> None:
        """Tell this, if it is anything new."""
        self._section = section
        self.set_class(bool(section.rows), "told")
        self._tell()

    def on_resize(self, _event: Resize) -> None:
        """Fit the new width."""
        self._tell()

    def _tell(self) -> None:
        width = self.content_size.width
        if self._section is None or not self._section.rows or width <= 0:
            return
        head, *rows = lines(self._section, width, _ROWS)
        told = "\n".join([head, *rows])
        if told != self._told:
            self._told = told
            self.update(Content.assemble((head, "bold"), "\n", "\n".join(rows)))


class PerformanceView(VerticalScroll):
    """All of it; ``limits`` (metric → limit) are drawn as lines."""

    DEFAULT_CSS = """
    PerformanceView #vitals { height: auto; text-style: bold; }
    PerformanceView #alerts { height: auto; color: $error; text-style: bold; display: none; }
    PerformanceView #notes { height: auto; color: $warning; display: none; }
    PerformanceView #alerts.told, PerformanceView #notes.told { display: block; }
    PerformanceView #graphs { height: 8; }
    PerformanceView #graphs Graph { margin: 0 1 1 0; }
    PerformanceView ItemGrid { height: auto; grid-gutter: 0 1; }
    PerformanceView.wide #graphs { height: 12; }
    """

    def __init__(self, limits: Mapping[str, Limit] | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        limits = limits or {}
        self._memory = Graph("memory", "bytes", _first(limits, MEMORY))
        self._cpu = Graph("CPU", "ratio", _first(limits, CPU))
        self._latest: Readings | None = None

    def compose(self) -> ComposeResult:
        """Vitals, what is wrong, graphs, panels."""
        yield Static(id="vitals", markup=False)
        yield Static(id="alerts", markup=False)
        yield Static(id="notes", markup=False)
        with Horizontal(id="graphs"):
            yield self._memory
            yield self._cpu
        yield Panel("requests")
        with ItemGrid(min_column_width=36):
            for key in ("watches", "caches", "queues", "slow", "parts", "switches"):
                yield Panel(key)

    def show(self, readings: Readings) -> None:
        """Show these; rates are since those shown before."""
        readings = rated(readings, self._latest)
        self._latest = readings
        self._memory.add(readings.memory, readings.memory_peak)
        self._cpu.add(readings.cpu, readings.cpu_peak)
        self._tell("vitals", " · ".join(vitals(readings)))
        self._tell("alerts", "\n".join(f"! {alert}" for alert in readings.alerts))
        self._tell("notes", "\n".join(readings.notes))
        for key, section in sections(readings).items():
            self.query_one(f"#{key}", Panel).show(section)

    def on_resize(self, event: Resize) -> None:
        """More of it side by side where there is room."""
        self.set_class(event.size.width >= WIDE, "wide")

    def _tell(self, key: str, text: str) -> None:
        line = self.query_one(f"#{key}", Static)
        line.set_class(bool(text), "told")
        if text != line.content:
            line.update(text)


def _first(limits: Mapping[str, Limit], names: tuple[str, ...]) -> Limit | None:
    return next((limits[name] for name in names if name in limits), None)
