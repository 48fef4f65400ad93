"""How targets start: the moments from exec until ready, each with the stretch before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.units import format_value
from perfkit.views.curve import Span
from perfkit.views.report.figure import Row, bar, figure, round_ticks, rows, table
from perfkit.views.text import counted
from perfkit.views.timeline import NAMES, grid, moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.views.report.content import Lane


def starts(lanes: Sequence[Lane]) -> Iterable[str]:
    """A figure for each lane that started, all on one scale of time."""
    good = [(lane, [trial for trial in lane.trials if trial.ok]) for lane in lanes]
    found = [(lane, trials, moments(trials)) for lane, trials in good]
    longest = max((at for *_, each in found for at in each.values()), default=0.0)
    if longest <= 0:
        return
    span = Span(0.0, longest, logarithmic=False)
    for place, (lane, trials, each) in enumerate(found):
        if each:
            lines = _rows(each, span, f"c{place % 5}")
            title = f"Start of {lane.whole_name}"
            remark = f"Medians of {counted(len(trials), 'trial')}; a bar is the time since the moment before."
            content = table(grid(lane.name, trials, each, longest), title)
            yield figure(title, rows(lines, round_ticks(span, "time"), 20), content, [remark])


def _rows(found: dict[str, float], span: Span, colour: str) -> list[Row]:
    lines, begun = [], 0.0
    for name, at in found.items():
        told = format_value(at, "time")
        shape = bar(span.share(begun), span.share(at), 5, 10, "send")
        lines.append(Row(NAMES[name], shape, told, f"{NAMES[name]} at {told}", colour))
        begun = at
    return lines
