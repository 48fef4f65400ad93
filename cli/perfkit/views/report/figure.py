"""What all figures share: a caption, a picture whose text keeps its size at any width, and the same as a table.

Pictures are SVG without a view box: places across are percentages, heights are pixels, so that a figure is as wide as
there is room and its letters do not shrink with it. Only curves are drawn in a box of their own that is stretched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from perfkit.model.units import UNITS, format_value
from perfkit.views.page import bare_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.units import Dimension
    from perfkit.views.curve import Span
    from perfkit.views.grids import Grid

COLOURS: Final = 5  # that the style knows
TICKS: Final = 3  # at least so many on an axis, unless they would be fractions of a count
MOST_TICKS: Final = 7  # that fit on a narrow screen
AXIS: Final = 20  # pixels


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure: a name, shapes in a strip, what they amount to, what is to be said of it; all in words."""

    name: str
    shapes: str
    told: str
    words: str
    colour: str = "c0"
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, from 0 to 1, and what stands there."""

    share: float
    label: str
    kind: str = ""


def figure(title: str, picture: str, table: str, remarks: Iterable[str] = ()) -> str:
    """A picture with its title above and its numbers folded below. ``picture`` and ``table`` are HTML."""
    told = "".join(f"<p>{escape(remark)}</p>" for remark in remarks if remark)
    numbers = folded("Table", title, table) if table else ""
    return f"<figure><figcaption><h3>{escape(title)}</h3>{told}</figcaption>{picture}{numbers}</figure>"


def folded(kind: str, title: str, content: str) -> str:
    """What opens on a click; whose it is, is said to those who do not see where it stands."""
    hidden = f'<span class="hidden">: {escape(title)}</span>'
    return f"<details><summary>{escape(kind)}{hidden}</summary>{content}</details>"


def scrolled(content: str, label: str) -> str:
    """What may be wider than the page, in a frame of its own that the keyboard reaches."""
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(label)}">{content}</div>'


def table(grid: Grid, label: str = "") -> str:
    """A grid with its footer."""
    below = "".join(f'<p class="small muted">{escape(line)}</p>' for line in grid.footer)
    return scrolled(bare_table(grid), label or grid.title or "table") + below


def rows(lines: Sequence[Row], ticks: Sequence[Tick], height: int) -> str:
    """Strips below each other on one axis."""
    grid = _grid_lines(ticks, height)
    body = "".join(_row(line, grid, height) for line in lines)
    return f'<div class="rows">{body}<div class="axis">{axis(ticks)}</div></div>'


def _row(line: Row, grid: str, height: int) -> str:
    strip = f'<svg height="{height}" role="img" aria-label="{escape(line.words)}">{grid}{line.shapes}</svg>'
    cells = (("told", line.told), ("beside", line.beside))
    told = "".join(f'<div class="{kind}">{escape(text)}</div>' for kind, text in cells)
    who = f'<div class="who" title="{escape(line.name)}">{escape(line.name)}</div>'
    return f'<div class="row">{who}<div class="plot {line.colour}">{strip}</div>{told}</div>'


def _grid_lines(ticks: Iterable[Tick], height: int) -> str:
    places = ((tick.kind or "grid", across(tick.share)) for tick in ticks)
    return "".join(f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="{height}"/>' for kind, x in places)


def axis(ticks: Iterable[Tick]) -> str:
    """The labels below a picture."""
    texts = "".join(_label(tick) for tick in ticks if tick.label)
    return f'<svg height="{AXIS}" aria-hidden="true">{texts}</svg>'


def _label(tick: Tick) -> str:
    anchor = "start" if tick.share < 0.04 else "end" if tick.share > 0.96 else "middle"
    kind = ' class="limited"' if tick.kind == "limit" else ""
    return f'<text x="{across(tick.share)}" y="14" text-anchor="{anchor}"{kind}>{escape(tick.label)}</text>'


def across(share: float) -> str:
    """A place across the picture."""
    return f"{share * 100:.2f}%"


def bar(begin: float, end: float, y: float, height: float, kind: str) -> str:
    """A bar from one share to another, at least a sliver."""
    wide = max(end - begin, 0.002)
    x = across(min(begin, 1 - wide))
    return f'<rect class="{kind}" x="{x}" width="{across(wide)}" y="{y:g}" height="{height:g}"/>'


def chart(plane: str, levels: Sequence[Tick], height: int, ticks: Iterable[Tick]) -> str:
    """A plane with the labels of its levels (of which ``share`` is a place in pixels) at the left, an axis below."""
    texts = "".join(f'<text x="100%" y="{y.share + 4:g}" text-anchor="end">{escape(y.label)}</text>' for y in levels)
    scale = f'<svg class="scale" height="{height}" aria-hidden="true">{texts}</svg>'
    return f'<div class="chart">{scale}<div>{plane}{axis(ticks)}</div></div>'


def level_lines(levels: Iterable[Tick]) -> str:
    """A faint line at each level."""
    return "".join(f'<line class="grid" x1="0" x2="100%" y1="{y.share:g}" y2="{y.share:g}"/>' for y in levels)


def round_ticks(span: Span, dimension: Dimension) -> list[Tick]:
    """Round numbers within a span, as a person reads them."""
    if span.logarithmic:
        return [_tick(span, number, dimension) for number in _log_ticks(span, dimension)]
    unit = _unit(span.high, dimension)
    step = _round((span.high - span.low) / unit / TICKS) * unit
    step = max(step, 1.0) if dimension == "count" else step
    first, last = math.ceil(span.low / step), math.floor(span.high / step)
    return [_tick(span, number * step, dimension) for number in range(first, last + 1)]


def _log_ticks(span: Span, dimension: Dimension) -> list[float]:
    """1, 2 and 5 of each decade as a unit tells it, or fewer of them where that would be too many."""
    units = [1024.0**power for power in range(4)] if dimension == "bytes" else [1000.0**power for power in range(-3, 4)]
    for factors in ((1, 2, 5, 10, 20, 50, 100, 200, 500), (1, 10, 100), (1,)):
        found = [factor * unit for unit in units for factor in factors if span.low <= factor * unit <= span.high]
        if len(found) <= MOST_TICKS:
            break
    return found


def _tick(span: Span, number: float, dimension: Dimension) -> Tick:
    return Tick(span.share(number), format_value(round(number, 12), dimension))


def _unit(number: float, dimension: Dimension) -> float:
    """The size of the unit in which a number is told, so that ticks are round in it."""
    units = {"time": ("s", "ms", "µs"), "bytes": ("GiB", "MiB", "KiB")}.get(dimension, ())
    return next(
        (UNITS[unit][1] for unit in units if abs(number) >= UNITS[unit][1]), 0.01 if dimension == "ratio" else 1
    )


def _round(step: float) -> float:
    """The largest of 1, 2, 5 · 10^k that is not above it."""
    power = 10.0 ** math.floor(math.log10(step))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= step * 1.001)
