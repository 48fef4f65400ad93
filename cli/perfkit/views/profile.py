"""Profiles for a person: summaries and differences as tables of 80 columns, or as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.text import Text

from perfkit.model.units import format_value
from perfkit.views.grids import Grid
from perfkit.views.text import MINUS, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.profile import Unit, ValueType
    from perfkit.model.units import Dimension
    from perfkit.profilers.difference import FunctionChange, ProfileDifference
    from perfkit.profilers.summary import FunctionCost, ProfileSummary

SUMMARY_SCHEMA: Final = "perfkit.profile/1"
DIFFERENCE_SCHEMA: Final = "perfkit.profile-difference/1"
NAME: Final = 46  # columns of a function with its place
ROWS: Final = 10


def cost(value: float, unit: Unit) -> str:
    """``1.2 s``, ``3.4 MiB``, ``12``."""
    if unit == "nanoseconds":
        return format_value(value / 1e9, "time")
    kind: Dimension = "bytes" if unit == "bytes" else "count"
    return format_value(value, kind)


def summary_grids(summary: ProfileSummary, rows: int = ROWS) -> list[Grid]:
    """By self, by total where that is something else, by place where memory is meant, by group."""
    grids = [costly_grid(summary, rows)]
    if not _flat(summary):
        grids.append(_functions("by total: with all that it calls", summary.by_total[:rows], summary))
    if summary.value.unit == "bytes":
        grids.append(_functions("by place", summary.by_line[:rows], summary))
    grids.append(_groups(summary))
    return [grid for grid in grids if grid.rows]


def costly_grid(summary: ProfileSummary, rows: int = ROWS) -> Grid:
    """By self."""
    looks = f", {counted(summary.samples, 'sample')}" if summary.samples else ""
    title = f"{summary.value.name} {cost(summary.total, summary.value.unit)}{looks}"
    if _flat(summary):
        return _amounts(
            title, ((named(each.function, each.place), each.self) for each in summary.by_self[:rows]), summary
        )
    return _functions(f"{title} · by self", summary.by_self[:rows], summary)


def _flat(summary: ProfileSummary) -> bool:
    """Whether nothing calls anything, as types do not."""
    return summary.by_total == summary.by_self


def _functions(title: str, functions: tuple[FunctionCost, ...], summary: ProfileSummary) -> Grid:
    grid = Grid(title, ("", "self", "", "total", ""))
    for each in functions:
        amounts = [
            text
            for amount in (each.self, each.total)
            for text in (cost(amount, summary.value.unit) if amount else "", share(amount, summary.total))
        ]
        grid.rows.append((Text(named(each.function, each.place, each.line)), *amounts))
    return grid


def _groups(summary: ProfileSummary) -> Grid:
    groups = ((each.group, each.self) for each in summary.groups)
    return _amounts("by group: the innermost package that is known", groups, summary)


def _amounts(title: str, named_amounts: Iterable[tuple[str, int]], summary: ProfileSummary) -> Grid:
    grid = Grid(title, ("", summary.value.name, ""))
    grid.rows.extend(
        (Text(name), cost(amount, summary.value.unit), share(amount, summary.total)) for name, amount in named_amounts
    )
    return grid


def difference_grids(difference: ProfileDifference, rows: int = ROWS) -> list[Grid]:
    """The functions that gained most and those that lost most, by self; then by total."""
    unit = difference.value.unit
    before = difference.base_total * difference.scale
    change = _signed(difference.head_total - before, unit)
    scaled = ", base scaled to head" if difference.normalised else f" ({change})"
    title = f"{difference.value.name} {cost(difference.base_total, unit)} → {cost(difference.head_total, unit)}{scaled}"
    by_total = sorted(difference.changes, key=lambda each: (-abs(each.total), each.function))
    grids = [
        _changes(f"{title} · by self", difference.changes[:rows], unit, total=False),
        _changes("by total: with all that it calls", tuple(by_total[:rows]), unit, total=True),
    ]
    return [grid for grid in grids if grid.rows]


def _changes(title: str, changes: tuple[FunctionChange, ...], unit: Unit, *, total: bool) -> Grid:
    grid = Grid(title, ("", "base", "head", "change"))
    for each in changes:
        before, after = (each.base_total, each.head_total) if total else (each.base_self, each.head_self)
        if before == after:
            continue
        change = Text(_signed(after - before, unit), style="red" if after > before else "green")
        name = Text(named(each.function, each.place))
        grid.rows.append((name, _or_dash(before, unit), _or_dash(after, unit), change))
    return grid


def named(function: str, place: str, line: int = 0) -> str:
    """A function and where it stands, cut in its middle to what a table has room for."""
    where = f" {place}{f':{line}' if line else ''}" if place else ""
    if "/" in function and place.endswith((".go", ".s")):
        where = f" :{line}" if line else ""  # a Go function says where it is by its name
    text = f"{function}{where}"
    if len(text) <= NAME:
        return text
    keep = max(8, NAME - len(where) - 1) if where and len(function) < len(where) else NAME // 2
    head = function[: min(len(function), keep)] if where else text[:keep]
    return f"{head}…{text[-(NAME - len(head) - 1) :]}"


def share(value: float, total: float) -> str:
    """``12 %``; nothing of nothing."""
    if not value or not total:
        return ""
    percent = 100 * value / total
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.1f} %"


def change_line(change: FunctionChange, unit: Unit) -> str:
    """One function in a sentence: ``loads json/decoder.py +120 ms (30 ms → 150 ms)``."""
    name = named(change.function, change.place)
    return (
        f"{name} {_signed(change.self, unit)} ({_or_dash(change.base_self, unit)} → {_or_dash(change.head_self, unit)})"
    )


def _or_dash(value: float, unit: Unit) -> str:
    return cost(value, unit) if value else "–"


def _signed(value: float, unit: Unit) -> str:
    return f"{'+' if value >= 0 else MINUS}{cost(abs(value), unit)}"


def summary_data(summary: ProfileSummary) -> dict[str, Any]:
    """The summary as JSON has it."""
    data: dict[str, Any] = msgspec.to_builtins(summary)
    return data


def also_data(summary: ProfileSummary) -> dict[str, Any]:
    """Another value of the same profile: less of it."""
    return {key: value for key, value in summary_data(summary).items() if key in {"value", "total", "by_self"}}


def difference_data(difference: ProfileDifference) -> dict[str, Any]:
    """The difference as JSON has it, without functions that did not change."""
    data: dict[str, Any] = msgspec.to_builtins(difference)
    data["changes"] = [
        msgspec.to_builtins(each) | {"self": each.self, "total": each.total}
        for each in difference.changes
        if each.self or each.total
    ]
    return data


def value_line(values: tuple[ValueType, ...]) -> str:
    """Which values a profile has: what ``--value`` takes."""
    return ", ".join(each.name for each in values)
