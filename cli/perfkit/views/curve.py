"""Curves drawn in text: several series over one axis, each with a sign of its own, so that colour is not needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIGNS: Final = "●◆▲■▼x+o"
LINE: Final = "·"
HEIGHT: Final = 9  # rows of a drawing, without its axis
WIDE: Final = 20  # the largest value over the smallest, from which on an axis is logarithmic
FLAT: Final = 0.1
MARGIN: Final = 10  # columns for the numbers at the left
NARROWEST: Final = 40


@dataclass(frozen=True, slots=True)
class Series:
    """A name, and a value at each place of the axis; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw: series over places with labels. ``written`` is how a value is told."""

    title: str
    labels: tuple[str, ...]
    places: tuple[float, ...]
    series: tuple[Series, ...]
    written: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Span:
    """From ``low`` to ``high``; ``logarithmic`` where that is what shows all of them."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Span:
        """The span of these numbers."""
        low, high = min(numbers), max(numbers)
        return cls(low, high, logarithmic=low > 0 and high / low >= WIDE)

    def share(self, number: float) -> float:
        """Where a number lies, from 0 to 1."""
        if self.high == self.low:
            return 0.5
        if self.logarithmic:
            return math.log(number / self.low) / math.log(self.high / self.low)
        return (number - self.low) / (self.high - self.low)


def flat(picture: Picture) -> bool:
    """Whether there is nothing to see: each series is within FLAT of its largest value wherever it has one."""
    found = [[value for value in series.values if value is not None] for series in picture.series]
    return all(max(values) - min(values) <= FLAT * abs(max(values)) for values in found if values)


def draw(picture: Picture, width: int) -> list[str]:
    """The picture as lines of at most ``width`` columns; none where it is flat, or the width too small."""
    if width < NARROWEST or flat(picture):
        return []
    columns = width - MARGIN - 2
    across = Span.of(picture.places)
    up = Span.of([value for series in picture.series for value in series.values if value is not None])
    canvas = [[" "] * columns for _ in range(HEIGHT)]
    for sign, series in zip(SIGNS, picture.series, strict=False):
        spots = _spots(series, picture.places, (across, up), columns)
        _draw_line(canvas, spots)
        for column, row in spots:
            canvas[row][column] = sign
    scale = " (logarithmic)" if up.logarithmic else ""
    legend = "  ".join(f"{sign} {series.name}" for sign, series in zip(SIGNS, picture.series, strict=False))
    numbers = {0: picture.written(up.high), HEIGHT - 1: picture.written(up.low)}
    body = [f"{numbers.get(row, ''):>{MARGIN}} │{''.join(cells)}".rstrip() for row, cells in enumerate(canvas)]
    marks = [round(across.share(place) * (columns - 1)) for place in picture.places]
    axis = "".join("┼" if column in marks else "─" for column in range(columns))
    below = _ticks(picture.labels, marks, columns)
    return [f"{picture.title}{scale}  {legend}"[:width], *body, f"{'':{MARGIN}} └{axis}", f"{'':{MARGIN}}  {below}"]


def _spots(series: Series, places: Sequence[float], spans: tuple[Span, Span], columns: int) -> list[tuple[int, int]]:
    across, up = spans
    return [
        (round(across.share(place) * (columns - 1)), round((1 - up.share(value)) * (HEIGHT - 1)))
        for place, value in sorted(zip(places, series.values, strict=True), key=lambda each: each[0])
        if value is not None
    ]


def _draw_line(canvas: list[list[str]], spots: Sequence[tuple[int, int]]) -> None:
    """Dots between neighbours, under what is there."""
    for (left, top), (right, bottom) in pairwise(spots):
        for column in range(left + 1, right):
            row = round(top + (bottom - top) * (column - left) / (right - left))
            if canvas[row][column] == " ":
                canvas[row][column] = LINE


def _ticks(labels: Sequence[str], marks: Sequence[int], columns: int) -> str:
    """Labels below their marks, as many as there is room for; the first and the last before the others."""
    cells = [" "] * columns
    order = [0, len(labels) - 1, *range(1, len(labels) - 1)]
    for place in dict.fromkeys(order):
        label = labels[place]
        start = min(max(0, marks[place] - len(label) // 2), columns - len(label))
        room = range(max(0, start - 1), min(columns, start + len(label) + 1))
        if start >= 0 and all(cells[column] == " " for column in room):
            cells[start : start + len(label)] = label
    return "".join(cells).rstrip()
