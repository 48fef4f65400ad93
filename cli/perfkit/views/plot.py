"""Intervals drawn: a line a metric, ``├──●──┤`` around a line at "no change", the limit marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.views.grids import STYLES
from perfkit.views.text import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.statistics.verdict import Judgement

FARTHEST: Final = 20  # times the widest limit; what lies beyond is an arrow, lest it squash the rest
ROOM: Final = 1.15  # of the outermost mark, so that it does not touch the edge


LEFT, LINE, RIGHT, ESTIMATE, EXACT = "├─┤●◆"
ZERO, CROSSED, LIMIT = "│┼¦"  # "no change", the same within an interval, the limit
BEFORE, AFTER = "◀▶"  # goes on beyond the plot


@dataclass(frozen=True, slots=True)
class Axis:
    """Relative changes from ``low`` to ``high`` over ``columns`` columns."""

    low: float
    high: float
    columns: int

    def column(self, change: float) -> int:
        """Where a change lies; −1 and ``columns`` beyond the ends."""
        if change < self.low:
            return -1
        if change > self.high:
            return self.columns
        return round((change - self.low) / (self.high - self.low) * (self.columns - 1))


def plot(comparison: Comparison, width: int) -> list[Text]:
    """The metrics that were judged and have a change to draw, worst first; none where there is none."""
    rows = [(row, row.judgement) for row in comparison.rows if row.judgement and drawn(row.judgement)]
    if not rows or width < 40:
        return []
    names = max(len(row.metric.name) for row, _ in rows)
    axis = axis_of(rows, width - names - 1)
    lines = [Text(f"{'':{names}} {_scale(axis)}", style="dim")]
    for row, judgement in rows:
        lines.append(Text(f"{row.metric.name:{names}} "))
        lines[-1].append(_line(row, judgement, axis), style=STYLES.get(row.verdict, ""))
    interval = f"{LEFT}{LINE}{ESTIMATE}{LINE}{RIGHT}"
    lines.append(Text(f"{'':{names}} {interval} interval and estimate  {EXACT} exact  {LIMIT} limit", style="dim"))
    return lines


def drawn(judgement: Judgement) -> bool:
    """Whether there is a change to draw."""
    return judgement.change is not None and math.isfinite(judgement.change)


def axis_of(rows: Sequence[tuple[Row, Judgement]], columns: int) -> Axis:
    """An axis that shows all intervals and limits, as far as these are not absurdly far away."""
    limits = [change for row, judgement in rows if (change := limit_of(row, judgement)) is not None]
    farthest = FARTHEST * max(map(abs, limits), default=0.0) or math.inf
    marks = [mark for _, judgement in rows for mark in _marks(judgement)]
    inside = [min(max(mark, -farthest), farthest) for mark in (*marks, *limits) if math.isfinite(mark)]
    reach = max(map(abs, inside), default=0.0) or 0.01
    low, high = min(0.0, *inside, -reach / 5), max(0.0, *inside, reach / 5)
    # What is positive cannot shrink by more than all of it.
    return Axis(max(low * ROOM, min(low, -1.0)), high * ROOM, columns)


def _marks(judgement: Judgement) -> tuple[float, ...]:
    assert judgement.change is not None
    return judgement.low, judgement.change, judgement.high


def limit_of(row: Row, judgement: Judgement) -> float | None:
    """The limit that decided as a relative change; None for one of no size, or where the base is 0."""
    limits = [limit for limit in row.limits if limit.written == judgement.limit]
    if not limits:  # the default one, which is a share or nothing
        from perfkit.statistics.margins import default_limit  # only here

        limits = [default_limit(row.metric)]
    size = limits[0].value if limits[0].relative else _share(limits[0].value, row.base.median)
    return None if not size else -size if limits[0].operator == "-" else size


def _share(amount: float, reference: float | None) -> float | None:
    return amount / abs(reference) if reference else None


def _scale(axis: Axis) -> str:
    """``−12 %        0        +45 %``, the zero above its line; an end is left out where it has no room beside that."""
    left, right = percent(axis.low), percent(axis.high)
    zero = axis.column(0.0)
    text = left.ljust(zero)[:zero] + "0" if zero > len(left) else f"{'':{zero}}0"
    room = axis.columns - len(text)
    return text + (right.rjust(room) if len(right) < room else "")


def _line(row: Row, judgement: Judgement, axis: Axis) -> str:
    cells = [" "] * axis.columns
    cells[axis.column(0.0)] = ZERO
    low, change, high = (axis.column(mark) for mark in _marks(judgement))
    last = axis.columns - 1
    for column in range(max(low, 0), min(high, last) + 1):
        cells[column] = LINE if cells[column] == " " else CROSSED
    limit = limit_of(row, judgement)
    if limit is not None and 0 <= axis.column(limit) <= last:
        cells[axis.column(limit)] = LIMIT
    for column, sign in ((low, LEFT), (high, RIGHT)):
        if 0 <= column <= last:
            cells[column] = sign
    if low < 0:
        cells[0] = BEFORE
    if high > last:
        cells[last] = AFTER
    if 0 <= change <= last:
        cells[change] = EXACT if judgement.exact else ESTIMATE
    return "".join(cells).rstrip()
