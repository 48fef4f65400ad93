"""Profiles of a scenario's targets: a flamegraph, and the functions that cost most."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from zlib import crc32

from perfkit.views.report.figure import across, figure, table
from perfkit.views.report.screens import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.profilers.tree import Call
    from perfkit.views.report.content import Flame

ROW: Final = 17  # pixels
NARROW: Final = 0.004  # of the whole: what is narrower is not drawn
DEEPEST: Final = 45  # calls
SHADES: Final = 4  # that the style knows


def flame(profile: Flame) -> str:
    """The figure. It can be looked at, not searched: for that there is the SVG that was written with the profile."""
    calls = list(_calls(profile.root))
    depth = max((level for level, *_ in calls), default=0)
    boxes = "".join(_box(*each) for each in calls)
    label = f"Flamegraph of {profile.name}, {len(calls)} calls, callers above; its functions are in the table"
    picture = f'<svg class="flame" height="{(depth + 1) * ROW}" role="img" aria-label="{escape(label)}">{boxes}</svg>'
    remark = f"Of {profile.file}, callers above. Calls of less than {NARROW:.1%} of the whole are not drawn."
    deep = f" Neither are those below {DEEPEST} others." if depth == DEEPEST else ""
    tables = "".join(table(grid, f"{grid.title} of {profile.name}") for grid in profile.grids)
    return figure(f"Profile {profile.name}", picture, tables, [remark + deep])


def _calls(root: Call) -> Iterator[tuple[int, float, float, str]]:
    """Depth, left edge and width as shares of the whole, and the function; from the root down."""
    waiting = [(0, 0.0, root)] if root.weight > 0 else []
    while waiting:
        depth, left, call = waiting.pop()
        yield depth, left, call.weight / root.weight, call.function
        for each in call.called:
            if each.weight >= NARROW * root.weight and depth < DEEPEST:
                waiting.append((depth + 1, left, each))
            left += each.weight / root.weight


def _box(depth: int, left: float, width: float, function: str) -> str:
    """A box of its own, so that a name ends where the box does."""
    name = escape(printable(function))
    shade = crc32(function.encode(errors="replace")) % SHADES
    place = f'x="{across(left)}" y="{depth * ROW}" width="{across(width)}" height="{ROW - 1}"'
    text = f'<text x="3" y="12">{name}</text>' if width > 5 * NARROW else ""
    return f'<svg class="call f{shade}" {place}><title>{name} {width:.1%}</title><rect/>{text}</svg>'
