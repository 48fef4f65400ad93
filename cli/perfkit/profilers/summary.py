"""A profile summed up: functions by self and total, groups of packages, places that hold memory, doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.profile import FEW_SAMPLES, Profile, ValueType
from perfkit.profilers.groups import by_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TOP: Final = 15


class FunctionCost(msgspec.Struct, frozen=True):
    """What a function cost by itself, and with all that it called. ``line`` is 0 where all its lines are meant."""

    function: str
    place: str
    package: str
    self: int
    total: int
    line: int = 0


class GroupCost(msgspec.Struct, frozen=True):
    """What a group of packages cost, stacks counted once."""

    group: str
    self: int


class ProfileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A profile in a few rows; costs are in the unit of ``value``."""

    value: ValueType
    total: int
    samples: int  # 0: not sampled, or not known
    by_self: tuple[FunctionCost, ...]
    by_total: tuple[FunctionCost, ...]
    by_line: tuple[FunctionCost, ...]
    groups: tuple[GroupCost, ...]
    doubts: tuple[str, ...]


def summarise(profile: Profile, value: str = "", top: int = TOP) -> ProfileSummary:
    """The ``top`` rows of each kind for one value, else for the one that matters most. Raises KeyError."""
    weights = profile.weights(value)
    functions = costs(profile, value)
    lines = _lines(profile, value)
    return ProfileSummary(
        value=profile.values[profile.index(value)],
        total=sum(weights.values()),
        samples=profile.samples,
        by_self=_top(functions, lambda cost: cost.self, top),
        by_total=_top(functions, lambda cost: cost.total, top),
        by_line=_top(lines, lambda cost: cost.self, top),
        groups=_groups(profile, weights),
        doubts=doubts(profile),
    )


def costs(profile: Profile, value: str = "") -> list[FunctionCost]:
    """Every function's cost; a function that calls itself is counted once a stack. Raises KeyError."""
    return _costs(profile, value, [(frame.function, frame.place, 0) for frame in profile.frames])


def _lines(profile: Profile, value: str) -> list[FunctionCost]:
    return _costs(profile, value, [(frame.function, frame.place, frame.line) for frame in profile.frames])


def _costs(profile: Profile, value: str, keys: list[tuple[str, str, int]]) -> list[FunctionCost]:
    """Costs by key; ``keys``: that of each frame."""
    packages = {key: frame.package for key, frame in zip(keys, profile.frames, strict=True)}
    places = {key: place for place, key in enumerate(packages)}
    numbers = [places[key] for key in keys]  # added up by number: with keys it takes several times as long
    own, total = [0] * len(packages), [0] * len(packages)
    for stack, weight in profile.weights(value).items():
        if stack:
            own[numbers[stack[-1]]] += weight
        for number in {numbers[frame] for frame in stack}:
            total[number] += weight
    rows = zip(packages.items(), own, total, strict=True)
    return [FunctionCost(key[0], key[1], package, self, all_, key[2]) for (key, package), self, all_ in rows if all_]


def _top(functions: Iterable[FunctionCost], by: Callable[[FunctionCost], int], top: int) -> tuple[FunctionCost, ...]:
    ordered = sorted(functions, key=lambda cost: (-by(cost), cost.function, cost.place, cost.line))
    return tuple(cost for cost in ordered[:top] if by(cost))


def _groups(profile: Profile, weights: Mapping[tuple[int, ...], int]) -> tuple[GroupCost, ...]:
    found = by_group(profile.frames, weights)
    return tuple(GroupCost(group, cost) for group, cost in sorted(found.items(), key=lambda each: (-each[1], each[0])))


def doubts(profile: Profile) -> tuple[str, ...]:
    """What makes a profile doubtful, in words: those it came with, and too few samples."""
    few: tuple[str, ...] = ()
    if profile.samples and profile.samples < FEW_SAMPLES:
        few = (f"{profile.samples} samples are few: below {FEW_SAMPLES}, shares are off by several per cent",)
    empty = () if profile.stacks else ("it is empty: the program did nothing while it was looked at",)
    return (*profile.doubts, *few, *empty)
