"""A curve of a sweep as SVG: a line for each target, told apart by colour and dashes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from perfkit.views.curve import Span, flat
from perfkit.views.page import points

if TYPE_CHECKING:
    from perfkit.views.curve import Picture, Series

WIDTH, HEIGHT = 880, 240
LEFT, RIGHT, TOP, BOTTOM = 90, 20, 40, 30
STYLES: Final = 5  # that views.page.STYLE knows


class _Frame:
    """Where places and values lie in the picture."""

    def __init__(self, picture: Picture) -> None:
        self.across = Span.of(picture.places)
        self.up = Span.of([value for series in picture.series for value in series.values if value is not None])

    def x(self, place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * self.across.share(place), 1)

    def y(self, number: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * self.up.share(number), 1)


def curve(picture: Picture) -> str:
    """A title and its picture; a sentence where there is nothing to see."""
    title = f"<h2>{escape(picture.title)}</h2>"
    if flat(picture):
        return f"{title}<p>about the same in every cell</p>"
    frame = _Frame(picture)
    parts = _axes(picture, frame)
    for place, series in enumerate(picture.series):
        parts += [f'<g class="s{place % STYLES}">', *_line(picture, series, frame), _name(place, series.name), "</g>"]
    label = escape(picture.title)
    return f'{title}<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _axes(picture: Picture, frame: _Frame) -> list[str]:
    """A line and a number at the lowest and the highest value, a label below each place."""
    parts = []
    for number in (frame.up.low, frame.up.high):
        y = frame.y(number)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(picture.written(number))}</text>')
    for label, place in zip(picture.labels, picture.places, strict=True):
        parts.append(f'<text x="{frame.x(place)}" y="{HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>')
    return parts


def _line(picture: Picture, series: Series, frame: _Frame) -> list[str]:
    pairs = zip(picture.labels, picture.places, series.values, strict=True)
    known = [(label, frame.x(place), frame.y(number), number) for label, place, number in pairs if number is not None]
    parts = [f'<polyline class="median" points="{points((x, y) for _, x, y, _ in known)}"/>']
    for label, x, y, number in known:
        hint = escape(f"{series.name} at {label}: {picture.written(number)}")
        parts.append(f'<circle class="label" cx="{x}" cy="{y}" r="3"><title>{hint}</title></circle>')
    return parts


def _name(place: int, name: str) -> str:
    return f'<text class="named" x="{LEFT + 150 * place}" y="16">{escape(name)}</text>'
