"""``perfkit check`` from start to exit code: run both sides, confirm what would fail the build, tell it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.commands.capturing import capture_sides
from perfkit.commands.check_sides import open_sides
from perfkit.commands.execution import open_journal
from perfkit.commands.exit_codes import worst
from perfkit.commands.explaining import Case, explained
from perfkit.commands.floors import floors_of
from perfkit.commands.gating import tell
from perfkit.commands.output import of_result
from perfkit.commands.running import run_each
from perfkit.commands.sweeping import Cell, by_sweep, folded
from perfkit.errors import Exit
from perfkit.model.catalogue import CATALOGUE
from perfkit.model.units import format_duration
from perfkit.statistics.analysis import limits_of
from perfkit.statistics.gates import FAILURES, Gate, confirmed, gates
from perfkit.statistics.margins import default_limit
from perfkit.storage import labels
from perfkit.targets.claims import claimed_folder
from perfkit.targets.relocation import moved, padded
from perfkit.targets.runs import SCRATCH
from perfkit.views.console import stderr
from perfkit.views.notes import NO_FLOOR
from perfkit.views.text import noise_floor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from perfkit.commands.check_sides import Against, Sides
    from perfkit.commands.choices import Choices
    from perfkit.commands.execution import Finished
    from perfkit.commands.formats import CheckOutput
    from perfkit.commands.output import Shown
    from perfkit.commands.preparation import Prepared
    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Row, Section
    from perfkit.statistics.gates import Level
    from perfkit.views.explain import Evidence, Explanation

CHECK_SCHEMA: Final = "perfkit.check/1"
MARKS: Final[dict[Level, str]] = {"broken": "! FAILED", "failed": "! FAILED", "warned": "!"}  # unclear: the notes tell


@dataclass(frozen=True, slots=True)
class Sitting:
    """One run of a check: what came out of it, and its gates by scenario."""

    finished: list[Finished]
    evidence: dict[str, list[Evidence]]
    gates: tuple[Gate, ...]


def check_all(
    choices: Choices, against: Against, output: CheckOutput, *, strict: bool, profilers: str | None = None
) -> Exit:
    """Check all scenarios asked for; 1 when a regression was seen twice, the second time with the head moved.

    ``profilers``: those that look at both sides of what fails, which is then explained (see ``capture_sides``).

    Raises:
        PerfkitError: as ``open_sides``, or the run cannot start or go on.
    """
    if choices.label:
        labels.check_label(_second_label(choices.label))  # too long is told before the first run, not after it
    with open_sides(choices, against) as sides:
        if choices.dry_run:
            return _plan(choices, sides)
        first, label = _sit(choices, sides)
        second = _confirm(replace(choices, label=_second_label(label), force=True), sides, first)
        judged = confirmed(first.gates, second.gates) if second else first.gates
        told = [] if profilers is None else _explanations(first, judged, profilers)
    _tell(output, _explained(_shown(first, second, judged), told), judged)
    return _exit_code(judged, strict=strict)


def _sit(choices: Choices, sides: Sides) -> tuple[Sitting, str]:
    """Run everything prepared under one label; what came out, and the label."""
    with open_journal(choices) as journal:
        finished = list(run_each(sides.prepared, journal, dry_run=False))
        label = journal.folder.name
    evidence = {each.result.scenario.name: sides.compare(each.result) for each in finished}
    found = [
        gate
        for name, heads in evidence.items()
        for head in heads
        for gate in gates(name, head.comparison, sides.deciding)
    ]
    return Sitting(finished, evidence, tuple(found)), label


# ---- the second run


def _second_label(label: str) -> str:
    return f"{label}{labels.CONFIRMATION}"


def _confirm(choices: Choices, sides: Sides, first: Sitting) -> Sitting | None:
    """Run again, with every head moved, the scenarios that would fail the build; None where there are none.

    A head that does not work where it was moved to, though it did before, is run once more from its own place, with
    a larger environment only.
    """
    failed = {gate.scenario for gate in first.gates if gate.level == "failed"}
    again = [each for each in sides.prepared if each.scenario.name in failed]
    if not again or any(gate.level == "broken" for gate in first.gates):
        return None
    chance = random.Random()
    _say(f"confirming {', '.join(sorted(failed))} with the head moved: another path, a larger environment")
    with claimed_folder(SCRATCH) as folder:
        move = _moving(folder.resolve(), chance)
        second, _ = _sit(choices, replace(sides, prepared=[_with_heads(each, move) for each in again]))
    if _fails(second) and not _fails(first):
        _say("the moved head does not work; confirming from its own place, with a larger environment only")
        still = [_with_heads(each, lambda spec: padded(spec, chance)) for each in again]
        second, _ = _sit(choices, replace(sides, prepared=still))
    return second


def _moving(folder: Path, chance: random.Random) -> Callable[[TargetSpec], TargetSpec]:
    return lambda spec: moved(spec, folder, chance)


def _with_heads(prepared: Prepared, move: Callable[[TargetSpec], TargetSpec]) -> Prepared:
    targets = tuple(spec if spec.name == prepared.base else move(spec) for spec in prepared.scenario.targets)
    scenario = msgspec.structs.replace(prepared.scenario, targets=targets)
    return replace(prepared, scenario=scenario, warnings=())


def _fails(sitting: Sitting) -> bool:
    return any(gate.subject == FAILURES and gate.level == "failed" for gate in sitting.gates)


# ---- why


def _explanations(sitting: Sitting, judged: Iterable[Gate], profilers: str) -> list[Explanation]:
    """What fails the build, explained, after both sides of it were profiled."""
    failed = [gate for gate in judged if gate.level == "failed"]
    cases = [
        Case(each, rows)
        for name, heads in sitting.evidence.items()
        for each in heads
        if (rows := tuple(row for row in each.comparison.rows if _fails_by(row, name, each, failed)))
    ]
    capture_sides(cases, profilers)
    return [each for case in cases for each in explained(case)]


def _fails_by(row: Row, scenario: str, evidence: Evidence, failed: Iterable[Gate]) -> bool:
    """Whether a gate of this row's metric is among them; an absolute limit's subject goes on after the name."""
    here = (scenario, evidence.comparison.head.name, row.metric.name)
    return any((gate.scenario, gate.head, gate.subject.partition(" ")[0]) == here for gate in failed)


def _explained(shown: Iterable[Shown], told: Iterable[Explanation]) -> list[Shown]:
    """Each scenario's and sweep's with its explanations; those of a confirmation have none."""
    told = list(told)
    return [each if each.data["confirmation"] else _with_explanations(each, told) for each in shown]


def _with_explanations(shown: Shown, told: Iterable[Explanation]) -> Shown:
    names = {shown.scenario, *shown.data.get("cells", ())}
    return msgspec.structs.replace(shown, explanations=[each for each in told if each.scenario in names])


# ---- what is told


def _shown(first: Sitting, second: Sitting | None, judged: Sequence[Gate]) -> list[Shown]:
    """What each sitting found, the cells of a matrix as one."""
    shown = _folded([_show_one(first, each, judged) for each in first.finished], confirmation=False)
    if second is not None:
        again = _folded([_show_one(second, each, ()) for each in second.finished], confirmation=True)
        shown += [msgspec.structs.replace(each, title=f"confirmation: {each.title}") for each in again]
    return shown


def _folded(cells: Sequence[Cell], *, confirmation: bool) -> list[Shown]:
    told = [Cell(cell.result, _with_data(cell.shown, confirmation=confirmation)) for cell in cells]
    return [_with_data(folded(group), confirmation=confirmation) for group in by_sweep(told)]


def _with_data(shown: Shown, *, confirmation: bool) -> Shown:
    """The gates of a sweep are told of its cells."""
    return msgspec.structs.replace(shown, data={"gates": [], **shown.data, "confirmation": confirmation})


def _show_one(sitting: Sitting, finished: Finished, judged: Iterable[Gate]) -> Cell:
    name = finished.result.scenario.name
    own = [gate for gate in judged if gate.scenario == name]
    sections: list[Section] = [each.comparison for each in sitting.evidence[name]]
    shown = of_result(finished.result, sections, str(finished.path))
    told = [f"{MARKS[gate.level]} {gate.subject}: {gate.message}" for gate in own if gate.level in MARKS]
    notes, data = [*told, *shown.notes], {**shown.data, "gates": msgspec.to_builtins(own)}
    return Cell(finished.result, msgspec.structs.replace(shown, notes=notes, data=data))


def _tell(output: CheckOutput, shown: list[Shown], judged: Sequence[Gate]) -> None:
    """The format asked for on stdout, the end of it in one line on stderr."""
    tell(output, shown, CHECK_SCHEMA, judged)
    _say(_end(judged))


def _end(judged: Sequence[Gate]) -> str:
    """``check failed: startup.ready of mine, cpu.seconds of mine · 2 passed, 1 in doubt``."""
    failed = [f"{gate.subject} of {gate.head}" for gate in judged if gate.level in {"broken", "failed"}]
    doubtful = sum(gate.level in {"unclear", "warned"} for gate in judged)
    rest = f"{len(judged) - len(failed) - doubtful} passed, {doubtful} in doubt"
    return f"check failed: {', '.join(failed)} · {rest}" if failed else f"check passed: {rest}"


def _exit_code(judged: Sequence[Gate], *, strict: bool) -> Exit:
    codes: dict[Level, Exit] = {"broken": Exit.TARGET_FAILED, "failed": Exit.REGRESSED}
    if strict:
        codes["unclear"] = Exit.UNCLEAR
    return worst(codes.get(gate.level, Exit.OK) for gate in judged)


# ---- --dry-run


def _plan(choices: Choices, sides: Sides) -> Exit:
    """Warm up, tell what the check costs and sees, keep nothing."""
    with open_journal(choices) as journal:
        for _ in run_each(sides.prepared, journal, dry_run=True):
            pass
        warmed = {name: record.result() for name, record in journal.records.items()}
    for each in sides.prepared:
        for line in (*_gated(each, sides), _visible(warmed[each.scenario.name])):
            _say(line)
    _say("a check that would fail runs once more, with the head moved: at most the same time again")
    return Exit.OK


def _visible(result: Result) -> str:
    """``smallest changes that this machine tells: startup.ready 3 %, …``: the floors of the head."""
    floors = floors_of(result, result.scenario.targets[-1])
    told = [f"{metric.name} {noise_floor(floors[metric.name])}" for metric in result.metrics if metric.name in floors]
    return f"smallest changes that this machine tells: {', '.join(told)}" if told else NO_FLOOR


def _gated(prepared: Prepared, sides: Sides) -> list[str]:
    """``gates of startup (at most 5m00s): startup.ready +5 %, …; only warn: cpu.seconds``."""
    scenario = prepared.scenario
    words = {
        metric: ", ".join(limit.written for limit in limits_of(scenario, metric)) or default_limit(metric).written
        for metric in CATALOGUE
        if metric.gated or limits_of(scenario, metric)
    }
    deciding = [f"{metric.name} {limit}" for metric, limit in words.items() if sides.deciding(metric)]
    warning = [f"{metric.name} {limit}" for metric, limit in words.items() if not sides.deciding(metric)]
    lines = [f"gates of {scenario.name}, at most {format_duration(scenario.repeat.max_time)}: {'; '.join(deciding)}"]
    return [*lines, *([f"only warn, since the base is of another session: {'; '.join(warning)}"] if warning else [])]


def _say(text: str) -> None:
    stderr().print(text, markup=False, soft_wrap=True)
