"""The curves of a sweep: a line for each target along an axis of numbers."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfkit.statistics.sweeps import Sweep
from perfkit.views.curve import Span, flat
from perfkit.views.grids import Grid
from perfkit.views.page import points
from perfkit.views.report.figure import COLOURS, Tick, across, chart, figure, level_lines, round_ticks, table
from perfkit.views.sweep import pictures, shown_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from perfkit.model.units import Dimension
    from perfkit.views.curve import Picture, Series

HEIGHT: Final = 180  # pixels
TOP, BOTTOM = 8, 6
NEAREST: Final = 0.03  # of the width: marks nearer than that cannot be told apart
CLOSE: Final = 0.11  # of the width: labels nearer than that would touch on a narrow screen
WIDTH: Final = 1000  # of the box that lines are drawn in, which is stretched


def curves(section: Any) -> Iterable[str]:
    """A figure for each metric of a sweep that changes along it; what does not is told in a line.

    Along an axis of names there is no curve: the distributions, cell by cell, show all.
    """
    if not isinstance(section, Sweep):
        return
    kinds = {metric.name: metric.kind for metric in shown_metrics(section)}
    found = pictures(section)
    along = list(section.axes)[-1]
    for picture in found:
        if not flat(picture):
            yield _figure(picture, f"{picture.title} over {along}", kinds[picture.title.rpartition(" · ")[2]])
    level = [picture.title for picture in found if flat(picture)]
    if level:
        yield f'<p class="small muted">About the same at every {escape(along)}: {escape(", ".join(level))}.</p>'


def _figure(picture: Picture, title: str, kind: Dimension) -> str:
    crowded = _crowded(picture.places)
    picture = replace(picture, places=_ranks(picture.places)) if crowded else picture
    over = Span.of(picture.places)
    values = [number for series in picture.series for number in series.values if number is not None]
    up = Span.of(values)
    if not up.logarithmic:
        up = Span(min(0.0, up.low), up.high, logarithmic=False)
    levels = [Tick(_y(tick.share), tick.label) for tick in round_ticks(up, kind)]
    shapes = level_lines(levels)
    shapes += "".join(_series(series, picture, place, (over, up)) for place, series in enumerate(picture.series))
    label = f"{title}: {'; '.join(_words(series, picture) for series in picture.series)}"
    plane = f'<svg height="{HEIGHT}" role="img" aria-label="{escape(label)}">{shapes}</svg>'
    ticks = [Tick(over.share(place), text) for text, place in zip(picture.labels, picture.places, strict=True)]
    content = _legend(picture.series) + chart(plane, levels, HEIGHT, _apart(ticks))
    return figure(title, content, table(_grid(picture, title)), [_remark(over, up, crowded=crowded)])


def _remark(over: Span, up: Span, *, crowded: bool) -> str:
    """What of the axes is not as usual."""
    unusual = [name for name, span in (("horizontal", over), ("vertical", up)) if span.logarithmic]
    told = f" The {' and the '.join(unusual)} axis is logarithmic." if unusual else ""
    return f"Medians.{told}{' The places are evenly apart, not to scale.' if crowded else ''}"


def _crowded(places: Sequence[float]) -> bool:
    """Whether some would lie on top of each other: 0, 1, 20 and 1,000, which no logarithm takes either."""
    over = Span.of(places)
    shares = sorted(over.share(place) for place in places)
    return any(after - before < NEAREST for before, after in pairwise(shares))


def _ranks(places: Sequence[float]) -> tuple[float, ...]:
    order = sorted(places)
    return tuple(float(order.index(place)) for place in places)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _series(series: Series, picture: Picture, place: int, spans: tuple[Span, Span]) -> str:
    over, up = spans
    spots = [
        (over.share(at), _y(up.share(number)))
        for at, number in sorted(zip(picture.places, series.values, strict=True), key=lambda each: each[0])
        if number is not None
    ]
    line = points((round(x * WIDTH, 1), y) for x, y in spots)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" width="100%" height="{HEIGHT}"'
    marks = "".join(f'<circle class="spot" cx="{across(x)}" cy="{y}" r="3.5"/>' for x, y in spots)
    return f'<g class="c{place % COLOURS}"><svg {box}><polyline class="line" points="{line}"/></svg>{marks}</g>'


def _legend(found: Sequence[Series]) -> str:
    if len(found) < 2:
        return ""
    stroke = '<svg height="10" aria-hidden="true"><line class="line" x1="0" x2="26" y1="5" y2="5"/></svg>'
    names = "".join(
        f'<span class="c{place % COLOURS}">{stroke}{escape(series.name)}</span>' for place, series in enumerate(found)
    )
    return f'<div class="legend">{names}</div>'


def _words(series: Series, picture: Picture) -> str:
    pairs = zip(picture.labels, series.values, strict=True)
    told = ", ".join(f"{label}: {picture.written(number)}" for label, number in pairs if number is not None)
    return f"{series.name} at {told}"


def _apart(ticks: Sequence[Tick]) -> Iterator[Tick]:
    """Labels that do not touch: the last one before those in between."""
    last = None
    for tick in ticks[:-1]:
        if (last is None or tick.share - last >= CLOSE) and ticks[-1].share - tick.share >= CLOSE:
            yield tick
            last = tick.share
    yield ticks[-1]


def _grid(picture: Picture, title: str) -> Grid:
    grid = Grid(title, ("", *(series.name for series in picture.series)))
    for place, label in enumerate(picture.labels):
        numbers = (series.values[place] for series in picture.series)
        grid.rows.append((label, *("–" if number is None else picture.written(number) for number in numbers)))
    return grid
