"""Which parts of several stored results belong together: the same scenario, the same program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import NotComparableError, ResultError, UsageError
from perfkit.statistics.analysis import compare_paired, compare_unpaired
from perfkit.storage import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Comparison
    from perfkit.storage.fingerprint import Comparability
    from perfkit.storage.results import Loaded


@dataclass(frozen=True, slots=True)
class Version:
    """What one argument names: results, one a scenario. ``name`` tells it from the other arguments."""

    name: str
    results: tuple[Loaded, ...]

    def scenario(self, name: str) -> Loaded | None:
        """Its result of a scenario."""
        return next((each for each in self.results if each.result.scenario.name == name), None)


@dataclass(frozen=True, slots=True)
class Side:
    """One target of one stored result. ``version`` is the name of the version it is of."""

    version: str
    result: Result
    path: Path
    target: str

    @property
    def spec(self) -> TargetSpec:
        """The target as it was resolved."""
        return next(spec for spec in self.result.scenario.targets if spec.name == self.target)

    @property
    def named(self) -> str:
        """``v1.2#lean``."""
        return f"{self.version}#{self.target}"


@dataclass(frozen=True, slots=True)
class Match:
    """The same program in the same scenario, version by version."""

    scenario: str
    program: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """All matches; ``remarks`` name what has no counterpart, and which target of several was taken."""

    matches: list[Match]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and what its fingerprints say."""

    comparison: Comparison
    allowed: Comparability


def name_of(word: str) -> str:
    """An argument without its ``#TARGET``."""
    return word.rpartition("#")[0] or word


def match(versions: Sequence[Version]) -> Matched:
    """Match versions, the base first, scenario by scenario and program by program.

    Of several targets of one program in a result the last one, the head, stands for it, unless one is named. Single
    results belong together whatever their scenarios are called, and single targets whatever their programs are.

    Raises:
        ResultError: no scenario in common.
        UsageError: no program in common, or twice the same target of the same run.
    """
    matches: list[Match] = []
    remarks: list[str] = []
    if all(len(version.results) == 1 for version in versions):
        groups = [tuple(version.results[0] for version in versions)]
    else:
        groups, remarks = _by_scenario(versions)
    names = [version.name for version in versions]
    for group in groups:
        found = _by_program(names, group)
        matches += found.matches
        remarks += found.remarks
    return Matched(matches, remarks)


def compare_sides(base: Side, head: Side) -> Compared:
    """Paired where both are targets of one run, else unpaired, as far as the fingerprints allow.

    Raises:
        NotComparableError: they allow nothing.
    """
    if base.path.resolve() != head.path.resolve():
        return compare_sessions((base.result, base.target), (head.result, head.target))
    allowed = fingerprint.compare_targets(base.result, base.target, head.result, head.target)
    return Compared(compare_paired(head.result, base.target, head.target), allowed)


def compare_sessions(base: tuple[Result, str], head: tuple[Result, str]) -> Compared:
    """Targets of two runs: unpaired, and only as far as the fingerprints allow. Raises NotComparableError."""
    allowed = fingerprint.compare_targets(*base, *head)
    allowed.demand()
    reason = f"another machine ({'; '.join(map(str, allowed.machine))})"
    refused = {metric.name: reason for metric in head[0].metrics if not allowed.allows(metric)}
    comparison = compare_unpaired(base, head, refused)
    if allowed.clusters:  # no version of anything: the target is the same, or that is told as well
        comparison = msgspec.structs.replace(comparison, versions=False)
    return Compared(comparison, allowed)


def comparable(sides: Sequence[Side]) -> tuple[tuple[Side, ...], list[str]]:
    """The first side and those that may be compared with it, and why the others may not.

    Raises:
        NotComparableError: none may.
    """
    kept, reasons, last = [sides[0]], [], None
    for side in sides[1:]:
        try:
            compare_sides(sides[0], side)
        except NotComparableError as error:
            reasons.append(f"! {side.named} left out: {error.message}")
            last = error
        else:
            kept.append(side)
    if last is not None and len(kept) == 1:
        raise last
    return tuple(kept), reasons


def _by_scenario(versions: Sequence[Version]) -> tuple[list[tuple[Loaded, ...]], list[str]]:
    having: dict[str, list[str]] = {}
    for version in versions:
        for each in version.results:
            having.setdefault(each.result.scenario.name, []).append(version.name)
    common = [name for name, names in sorted(having.items()) if len(names) == len(versions)]
    if not common:
        told = (
            f"{each.name} has {', '.join(loaded.result.scenario.name for loaded in each.results)}" for each in versions
        )
        raise ResultError("no scenario in common", "; ".join(told))
    alone = [f"! only in {', '.join(having[name])}: scenario {name}" for name in sorted(having) if name not in common]
    groups = [tuple(filter(None, (version.scenario(name) for version in versions))) for name in common]
    return groups, alone


def _by_program(names: Sequence[str], group: Sequence[Loaded]) -> Matched:
    scenario = group[-1].result.scenario.name
    targets = [_targets(loaded) for loaded in group]
    programs = list(dict.fromkeys(program for each in targets for program in each))
    common = [program for program in programs if all(program in each for each in targets)]
    if not common and all(len(each) == 1 for each in targets):
        chosen, common = [next(iter(each.values())) for each in targets], [next(iter(targets[-1]))]
        found = [_match(common[0], _sides(names, group, chosen))]
    else:
        found = [_match(each, _sides(names, group, [known[each] for known in targets])) for each in common]
    if not found:
        raise _nothing_in_common(names, group)
    alone = [
        f"! {scenario}: only in {_those(names, targets, program)}: {program}"
        for program in programs
        if len(common) < len(programs)
        and not any(program in side.spec.program for each in found for side in each.sides)
    ]
    return Matched(found, [*alone, *_stand_ins(names, group, found)])


def _targets(loaded: Loaded) -> dict[str, str]:
    """Program → target: the one named, else all, the last of each program."""
    specs = loaded.result.scenario.targets
    return {spec.program: spec.name for spec in specs if loaded.target in {None, spec.name}}


def _sides(names: Sequence[str], group: Sequence[Loaded], targets: Sequence[str]) -> tuple[Side, ...]:
    return tuple(
        Side(name, loaded.result, loaded.path, target)
        for name, loaded, target in zip(names, group, targets, strict=True)
    )


def _match(program: str, sides: tuple[Side, ...]) -> Match:
    places = [(side.path.resolve(), side.target) for side in sides]
    if len(set(places)) < len(places):
        raise UsageError(f"twice the same target of the same run: {sides[-1].named}", "name two: LABEL#BASE LABEL#HEAD")
    return Match(sides[-1].result.scenario.name, program, sides)


def _those(names: Sequence[str], targets: Sequence[dict[str, str]], program: str) -> str:
    return ", ".join(name for name, known in zip(names, targets, strict=True) if program in known)


def _stand_ins(names: Sequence[str], group: Sequence[Loaded], found: Iterable[Match]) -> list[str]:
    """Which target stands for a program of which a result has several."""
    remarks = []
    for each in found:
        for name, loaded, side in zip(names, group, each.sides, strict=True):
            alike = [spec.name for spec in loaded.result.scenario.targets if spec.program == side.spec.program]
            if loaded.target is None and len(alike) > 1:
                remarks.append(
                    f"  of {name}'s targets {', '.join(alike)} the last stands for it; another: {name}#{alike[0]}"
                )
    return remarks


def _nothing_in_common(names: Sequence[str], group: Sequence[Loaded]) -> UsageError:
    told = "; ".join(
        f"{name} has {', '.join(spec.name for spec in loaded.result.scenario.targets)}"
        for name, loaded in zip(names, group, strict=True)
    )
    example = group[-1].result.scenario.targets[0].name
    return UsageError(f"no program in common: {told}", f"pick a target of each: {names[-1]}#{example}")
