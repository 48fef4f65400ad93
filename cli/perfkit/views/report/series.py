"""CPU and memory of one trial over time, its steps marked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from perfkit.model.units import format_value
from perfkit.views.curve import Span
from perfkit.views.grids import Grid
from perfkit.views.page import points
from perfkit.views.report.figure import Tick, across, bar, chart, figure, level_lines, round_ticks, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.units import Dimension
    from perfkit.model.windows import Window
    from perfkit.views.report.content import Exhibit

HEIGHT: Final = 146  # pixels
TOP, BOTTOM = 36, 2  # the names of steps stand above, in two lines
NAMES: Final = (13, 28)  # where these lines are
WIDTH: Final = 1000  # of the stretched box
MOST: Final = 240  # stretches
THIN: Final = 0.002  # of the width: a step that is shorter is not to be seen
LETTER: Final = 0.021  # of the width that a letter takes on a narrow screen


def series(exhibit: Exhibit) -> Iterable[str]:
    """Two figures; none where the trial was not sampled."""
    course = exhibit.course
    if len(course) < 2:
        return
    stretch = format_value(course[1].end - course[0].end, "time")
    yield _figure(f"CPU of {exhibit.name}", exhibit, "ratio", f"Share of one core, mean of each {stretch}.")
    yield _figure(f"Memory of {exhibit.name}", exhibit, "bytes", f"Resident memory, the highest in each {stretch}.")


def _figure(title: str, exhibit: Exhibit, kind: Dimension, remark: str) -> str:
    values = [each.cpu if kind == "ratio" else float(each.rss) for each in exhibit.course]
    lasted = exhibit.course[-1].end
    along, up = Span(0.0, lasted, logarithmic=False), Span(0.0, max(values) or 1.0, logarithmic=False)
    levels = [Tick(_y(tick.share), tick.label) for tick in round_ticks(up, kind)]
    spots = [(along.share(each.end), _y(up.share(value))) for each, value in zip(exhibit.course, values, strict=True)]
    peak = format_value(max(values), kind)
    label = f"{title}: at most {peak} in {format_value(lasted, 'time')}"
    shapes = f"{_steps(exhibit.trial.windows, along)}{level_lines(levels)}{_line(spots)}"
    plane = f'<svg class="c0" height="{HEIGHT}" role="img" aria-label="{escape(label)}">{shapes}</svg>'
    picture = chart(plane, levels, HEIGHT, round_ticks(along, "time"))
    return figure(title, picture, table(_grid(exhibit, values, kind, title)), [f"{remark} At most {peak}."])


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _line(spots: Sequence[tuple[float, float]]) -> str:
    placed = [(round(x * WIDTH, 1), y) for x, y in spots]
    floor = HEIGHT - BOTTOM
    area = points([(placed[0][0], floor), *placed, (placed[-1][0], floor)])
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" width="100%" height="{HEIGHT}"'
    lines = f'<polygon class="area" points="{area}"/><polyline class="line" points="{points(placed)}"/>'
    return f"<svg {box}>{lines}</svg>"


def _steps(windows: Iterable[Window], along: Span) -> str:
    """Every other step that is to be seen shaded, its name at its top where one of the lines has room."""
    shapes, names = [], []
    ends = dict.fromkeys(NAMES, 0.0)  # of the last name in each line
    placed = [(window.name, *_between(window, along)) for window in windows]
    for place, (name, begin, end) in enumerate(each for each in placed if each[2] - each[1] > THIN):
        if place % 2 == 0:
            shapes.append(bar(begin, end, 0, HEIGHT - BOTTOM, "step"))
        line = next((y for y, taken in ends.items() if begin >= taken and begin + LETTER * len(name) <= 1), None)
        if line is not None:
            names.append(f'<text class="halo" x="{across(begin)}" dx="4" y="{line}">{escape(name)}</text>')
            ends[line] = begin + LETTER * (len(name) + 1)
    return "".join([*shapes, *names])


def _between(window: Window, along: Span) -> tuple[float, float]:
    begin, end = (min(1.0, max(0.0, along.share(ns / 1e9))) for ns in (window.start_ns, window.end_ns))
    return begin, end


def _grid(exhibit: Exhibit, values: Sequence[float], kind: Dimension, title: str) -> Grid:
    """What was seen step by step: hundreds of stretches would be no help to a reader."""
    grid = Grid(title, ("step", "from", "to", "mean", "highest"))
    for window in exhibit.trial.windows:
        inside = [
            value
            for each, value in zip(exhibit.course, values, strict=True)
            if window.start_ns / 1e9 < each.end <= window.end_ns / 1e9
        ]
        times = (format_value(max(0, ns) / 1e9, "time") for ns in (window.start_ns, window.end_ns))
        told = (sum(inside) / len(inside), max(inside)) if inside else ()
        cells = tuple(format_value(value, kind) for value in told) or ("–", "–")
        grid.rows.append((window.name, *times, *cells))
    return grid
