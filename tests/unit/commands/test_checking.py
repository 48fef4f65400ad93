"""The flow of a check with invented sittings: when it runs again, with what moved, and what its exit code says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from perfkit.commands import checking
from perfkit.commands.check_sides import Against, Sides
from perfkit.commands.checking import Sitting, check_all
from perfkit.commands.choices import Choices
from perfkit.commands.formats import CheckOutput
from perfkit.commands.preparation import Prepared
from perfkit.errors import Exit
from perfkit.model.scenario import Scenario
from perfkit.statistics.gates import FAILURES, Gate, Level, every
from perfkit.targets.relocation import PADDING
from support.fakes import scenario, spec

CPU, MEMORY = "cpu.seconds", "memory.peak"


def gate(subject: str, level: Level, scenario_: str = "startup") -> Gate:
    return Gate(scenario=scenario_, head="head", subject=subject, level=level, seen="seen", message="message")


class Invented:
    """Sittings whose gates are given; ``ran`` tells with which scenarios, ``labels`` under which labels."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *sittings: Sequence[Gate]) -> None:
        self.sittings = list(sittings)
        self.ran: list[list[Scenario]] = []
        self.labels: list[str | None] = []
        program = folder / "client.py"
        program.touch()
        names = list(dict.fromkeys(gate.scenario for sitting in sittings for gate in sitting)) or ["startup"]
        self.sides = Sides([self.prepared(name, program) for name in names], lambda _: [], every)
        monkeypatch.setattr(checking, "_sit", self.sit)
        monkeypatch.setattr(checking, "open_sides", lambda _choices, _against: self)
        self.folder = folder

    @staticmethod
    def prepared(name: str, program: Path) -> Prepared:
        targets = tuple(msgspec.structs.replace(spec(role), command=("sh", str(program))) for role in ("base", "head"))
        return Prepared(msgspec.structs.replace(scenario(), name=name, targets=targets), "base")

    def __enter__(self) -> Sides:
        return self.sides

    def __exit__(self, *_: object) -> None:
        pass

    def sit(self, choices: Choices, sides: Sides) -> tuple[Sitting, str]:
        self.ran.append([each.scenario for each in sides.prepared])
        self.labels.append(choices.label)
        return Sitting([], {}, tuple(self.sittings.pop(0))), choices.label or "label"

    def check(self, output: CheckOutput = CheckOutput.GITHUB, *, strict: bool = False) -> Exit:
        return check_all(Choices(), Against(), output, strict=strict)


def test_what_passes_runs_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(CPU, "passed"), gate(MEMORY, "warned")])
    assert invented.check() == Exit.OK
    assert len(invented.ran) == 1


def test_unclear_is_5_only_where_that_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Invented(monkeypatch, tmp_path, [gate(CPU, "unclear")]).check() == Exit.OK
    assert Invented(monkeypatch, tmp_path, [gate(CPU, "unclear")]).check(strict=True) == Exit.UNCLEAR


def test_a_failure_is_confirmed_with_the_head_moved_and_the_base_in_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(CPU, "failed")], [gate(CPU, "failed")])
    assert invented.check() == Exit.REGRESSED
    (first,), (second,) = invented.ran
    assert first.targets[0] == second.targets[0]
    assert second.targets[1].command[1] != first.targets[1].command[1]
    assert PADDING in second.targets[1].environment
    assert invented.labels == [None, "label-confirm"]


def test_what_is_not_confirmed_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(CPU, "failed")], [gate(CPU, "passed"), gate(MEMORY, "failed")])
    assert invented.check(strict=True) == Exit.OK
    assert capsys.readouterr().out.startswith("::warning title=perfkit%3A startup · head · cpu.seconds::not confirmed")


def test_only_the_scenarios_that_failed_run_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = [gate(CPU, "failed", "busy"), gate(CPU, "passed", "startup")]
    invented = Invented(monkeypatch, tmp_path, first, [gate(CPU, "failed", "busy")])
    assert invented.check() == Exit.REGRESSED
    assert [[each.name for each in ran] for ran in invented.ran] == [["busy", "startup"], ["busy"]]


def test_a_head_that_does_not_work_where_it_was_moved_is_confirmed_from_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(CPU, "failed")], [gate(FAILURES, "failed")], [gate(CPU, "failed")])
    assert invented.check() == Exit.REGRESSED
    first, _, third = (ran[0].targets[1] for ran in invented.ran)
    assert third.command == first.command
    assert PADDING in third.environment


def test_a_head_that_never_worked_is_not_run_a_third_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(FAILURES, "failed")], [gate(FAILURES, "failed")])
    assert invented.check() == Exit.REGRESSED
    assert len(invented.ran) == 2


def test_where_the_base_never_worked_nothing_is_confirmed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    invented = Invented(monkeypatch, tmp_path, [gate(FAILURES, "broken"), gate(CPU, "failed", "busy")])
    assert invented.check() == Exit.TARGET_FAILED
    assert len(invented.ran) == 1
