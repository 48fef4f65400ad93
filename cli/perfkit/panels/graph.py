"""A graph of the past, drawn in eighths of a character cell, the newest at the right; a limit is a line across it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
LINE: Final = "╌"
_EIGHTHS: Final = 8
_ROOM: Final = 1.1  # what is highest stays below the edge


class Run(NamedTuple):
    """Cells that look alike: ``bar``, ``over`` (a bar above the limit), ``empty``.

    The limit's line is ``limit``, or ``crossed`` where a whole cell of a bar lies behind it.
    """

    text: str
    kind: str


def ceiling(values: Sequence[float | None], limit: float | None) -> float:
    """The value at the upper edge: above all of the past and the limit."""
    known = [value for value in values if value is not None]
    return max([*known, limit or 0.0], default=0.0) * _ROOM or 1.0


def draw(values: Sequence[float | None], size: tuple[int, int], limit: float | None) -> list[list[Run]]:
    """Rows from the top, of ``size`` columns and rows; older values than there are columns are left out."""
    width, height = size
    if width <= 0 or height <= 0:
        return []
    shown = [None] * max(0, width - len(values)) + list(values[-width:])
    top = ceiling(shown, limit)
    levels = [None if value is None else _level(value, top, height) for value in shown]
    line = None if limit is None else height - 1 - min(height - 1, int(limit / top * height))
    return [_row(levels, shown, height - 1 - row, (limit, row == line)) for row in range(height)]


def _level(value: float, top: float, height: int) -> int:
    """How many eighths of a column are filled; what is above nothing shows."""
    eighths = round(value / top * height * _EIGHTHS)
    return max(1, eighths) if value > 0 else 0


def _row(
    levels: Sequence[int | None], values: Sequence[float | None], floor: int, limit: tuple[float | None, bool]
) -> list[Run]:
    """The row with ``floor`` whole rows below it; ``limit`` is its value and whether its line is in this row."""
    bound, lined = limit
    runs: list[Run] = []
    for level, value in zip(levels, values, strict=True):
        filled = 0 if level is None else max(0, min(_EIGHTHS, level - floor * _EIGHTHS))
        over = bound is not None and value is not None and value > bound
        text, kind = BLOCKS[filled], "over" if over else "bar"
        if lined and filled in {0, _EIGHTHS}:
            text, kind = LINE, "crossed" if filled else "limit"
        elif not filled:
            kind = "empty"
        if runs and runs[-1].kind == kind:
            runs[-1] = Run(runs[-1].text + text, kind)
        else:
            runs.append(Run(text, kind))
    return runs
