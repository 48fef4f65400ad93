"""The history as a page: a curve of medians with its quartiles and changes for each metric, and the table below it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from perfkit.views import history
from perfkit.views.page import document, heading, paragraph, points, table
from perfkit.views.text import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.views.history import Track

WIDTH, HEIGHT = 880, 220
LEFT, RIGHT, TOP, BOTTOM = 90, 20, 20, 30


def page(title: str, tracks: Sequence[Track], notes: Iterable[str]) -> str:
    """The whole document."""
    body = [heading(title)]
    for track in tracks:
        body += [f"<h2>{escape(history.title(track))}</h2>", _curve(track), table(history.grid(track))]
    return document(title, [*body, *map(paragraph, notes)])


class _Level(NamedTuple):
    """What a label's trials say; ``q1`` and ``q3`` are the quartiles."""

    place: int
    q1: float
    median: float
    q3: float


def _levels(track: Track) -> list[_Level]:
    """The labels with a good trial."""
    return [
        _Level(place, each.q1, each.median, each.q3)
        for place, each in enumerate(track.trend.summaries)
        if each.median is not None and each.q1 is not None and each.q3 is not None
    ]


class _Scale:
    """Where a label and a value lie in the picture."""

    def __init__(self, levels: Sequence[_Level], places: int) -> None:
        self.low = min(each.q1 for each in levels)
        top = max(each.q3 for each in levels)
        self.high = max(top, self.low + history.FLATTEST * abs(top)) or 1.0
        self._places = max(1, places - 1)

    def x(self, place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / self._places, 1)

    def y(self, number: float) -> float:
        share = (number - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _curve(track: Track) -> str:
    levels = _levels(track)
    if not levels:
        return "<p>no good trial</p>"
    scale = _Scale(levels, len(track.points))
    upper = [(scale.x(each.place), scale.y(each.q3)) for each in levels]
    lower = [(scale.x(each.place), scale.y(each.q1)) for each in levels]
    medians = [(scale.x(each.place), scale.y(each.median)) for each in levels]
    parts = [*_axes(track, scale), f'<polygon class="band" points="{points(upper + lower[::-1])}"/>']
    parts += _steps(track, scale)
    parts.append(f'<polyline class="median" points="{points(medians)}"/>')
    parts += [
        f'<circle class="label" cx="{x}" cy="{y}" r="3"><title>{_hint(track, each)}</title></circle>'
        for each, (x, y) in zip(levels, medians, strict=True)
    ]
    name = escape(f"{track.metric.name} of {track.program}")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">{"".join(parts)}</svg>'


def _axes(track: Track, scale: _Scale) -> list[str]:
    """A line and a number at the lowest and the highest, the first and the last label below."""
    parts = []
    for number in (scale.low, scale.high):
        y = scale.y(number)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(value(number, track.metric))}</text>')
    last = len(track.points) - 1
    for place, anchor in ((0, "start"), (last, "end")) if last else ((0, "start"),):
        label = escape(history.shortened(track.label(place)))
        parts.append(f'<text x="{scale.x(place)}" y="{HEIGHT - 8}" text-anchor="{anchor}">{label}</text>')
    return parts


def _steps(track: Track, scale: _Scale) -> list[str]:
    """A line between the labels where the level changes, and by how much."""
    parts = []
    for step in track.trend.steps:
        x = round((scale.x(step.first - 1) + scale.x(step.first)) / 2, 1)
        kind = {"regressed": "worse", "improved": "better"}.get(step.word, "axis")
        hint = escape(history.told(track, step))
        line = f'<line class="step {kind}" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}">'
        parts.append(f"{line}<title>{hint}</title></line>")
    return parts


def _hint(track: Track, level: _Level) -> str:
    return escape(f"{track.label(level.place)}: {value(level.median, track.metric)}")
