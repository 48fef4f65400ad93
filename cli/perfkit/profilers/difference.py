"""Two profiles compared: which functions gained and which lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import UsageError
from perfkit.model.profile import Profile, ValueType  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.profilers.summary import FunctionCost, costs, doubts

if TYPE_CHECKING:
    from collections.abc import Iterable

TOP: Final = 20


class FunctionChange(msgspec.Struct, frozen=True):
    """What a function costs in base and head; base scaled to head's total where that was asked for."""

    function: str
    place: str
    package: str
    base_self: float
    head_self: float
    base_total: float
    head_total: float

    @property
    def self(self) -> float:
        """By how much it gained by itself; below 0: lost."""
        return self.head_self - self.base_self

    @property
    def total(self) -> float:
        """By how much it gained with all that it calls."""
        return self.head_total - self.base_total


class ProfileDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Base against head. ``scale`` is what base's values were multiplied by: 1 unless normalised."""

    value: ValueType
    base_total: int
    head_total: int
    scale: float
    normalised: bool
    changes: tuple[FunctionChange, ...]  # of every function, the largest change of self first
    doubts: tuple[str, ...]


def common_value(base: Profile, head: Profile, value: str = "") -> tuple[str, str]:
    """The values to compare, by their names in base and head: the one named, else those that matter most.

    Raises:
        UsageError: a side has no such value, or the two are not of one kind.
    """
    names = (value or _alike(base, head), value or head.shown)
    try:
        units = [profile.values[profile.index(name)].unit for profile, name in zip((base, head), names, strict=True)]
    except KeyError as error:
        known = ", ".join(each.name for each in head.values)
        raise UsageError(f"no value {error.args[0]!r} in both profiles", f"head has {known}") from None
    if units[0] != units[1]:
        raise UsageError(f"{names[0]} in {units[0]} and {names[1]} in {units[1]} cannot be compared")
    return names


def _alike(base: Profile, head: Profile) -> str:
    """Base's value of the name that head shows; else the one that base shows."""
    return head.shown if any(each.name == head.shown for each in base.values) else base.shown


def difference(base: Profile, head: Profile, value: str = "", *, normalised: bool = False) -> ProfileDifference:
    """All functions of both. ``normalised``: as if both had the same total, so that shares are compared.

    Raises:
        UsageError: the profiles have no value in common.
    """
    ours, theirs = common_value(base, head, value)
    before, after = _by_key(costs(base, ours)), _by_key(costs(head, theirs))
    totals = sum(base.weights(ours).values()), sum(head.weights(theirs).values())
    scale = totals[1] / totals[0] if normalised and totals[0] else 1.0
    changes = [_change(before.get(key), after.get(key), scale) for key in before | after]
    changes.sort(key=lambda each: (-abs(each.self), -abs(each.total), each.function, each.place))
    return ProfileDifference(
        value=head.values[head.index(theirs)],
        base_total=totals[0],
        head_total=totals[1],
        scale=scale,
        normalised=normalised,
        changes=tuple(changes),
        doubts=_both_doubts(base, head),
    )


def _by_key(functions: Iterable[FunctionCost]) -> dict[tuple[str, str], FunctionCost]:
    """By function and place; a Go function by its name alone, which holds the package."""
    return {(each.function, each.place): each for each in functions}


def _change(before: FunctionCost | None, after: FunctionCost | None, scale: float) -> FunctionChange:
    known = after or before
    assert known
    return FunctionChange(
        known.function,
        known.place,
        known.package,
        before.self * scale if before else 0.0,
        float(after.self) if after else 0.0,
        before.total * scale if before else 0.0,
        float(after.total) if after else 0.0,
    )


def _both_doubts(base: Profile, head: Profile) -> tuple[str, ...]:
    ours, theirs = doubts(base), doubts(head)
    shared = [each for each in ours if each in theirs]
    return (
        *shared,
        *(f"base: {each}" for each in ours if each not in shared),
        *(f"head: {each}" for each in theirs if each not in shared),
    )
