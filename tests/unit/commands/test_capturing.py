"""Which profilers look at both sides of what became worse, and when none does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.commands import capturing
from perfkit.commands.explaining import FITTING, NONE, Case, side_by_side
from perfkit.errors import ClusterError, UsageError
from perfkit.statistics.analysis import compare_paired
from support.releases import store
from support.samples import sample_result

if TYPE_CHECKING:
    from pathlib import Path

WORSE = {"cpu.seconds": 1.3, "startup.ready": 1.3, "memory.peak": 1.3, "api.requests": 1.5}
PYTHON = ("python3", "client.py")


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What was to be captured: names of profilers, and the step."""
    found: list[tuple[list[str], str]] = []
    monkeypatch.setattr(
        capturing, "profile_each", lambda _, tools, step, __: found.append(([tool.name for tool in tools], step))
    )
    for tool in ("PySpy", "Memray"):  # whether they are installed is not what is tested here
        monkeypatch.setattr(f"perfkit.profilers.tools.{tool}.obstacle", lambda _self, target, _window: _of(target))
    monkeypatch.setattr("perfkit.profilers.tools.Perf.obstacle", lambda _self, _target, _window: "not here")
    return found


def _of(target: Any) -> str:
    return "" if target.command == PYTHON else "not a Python program"


def case(*metrics: str, command: tuple[str, ...] = PYTHON, **changes: Any) -> Case:
    result = sample_result({"base": {}, "head": WORSE}, base="base")
    targets = tuple(msgspec.structs.replace(each, command=command) for each in result.scenario.targets)
    scenario = msgspec.structs.replace(result.scenario, targets=targets)
    result = msgspec.structs.replace(result, scenario=scenario, label="pair", **changes)
    comparison = compare_paired(result, "base", "head")
    rows = tuple(row for row in comparison.rows if row.metric.name in metrics)
    return Case(side_by_side(comparison, result), rows)


def test_each_kind_of_metric_has_its_profiler_and_counts_have_none(
    captured: list[tuple[list[str], str]], project: Path
) -> None:
    store(project, case().evidence.head)
    capturing.capture_sides([case("api.requests"), case("api.connections")], FITTING)
    assert captured == []
    capturing.capture_sides([case("cpu.seconds", "startup.ready", "memory.peak")], FITTING)
    assert captured == [(["py-spy"], ""), (["memray"], "")]


def test_what_was_profiled_already_or_is_not_to_be_is_not_profiled(
    captured: list[tuple[list[str], str]], project: Path
) -> None:
    folder = store(project, case().evidence.head).parent / "startup.profiles"
    capturing.capture_sides([case("cpu.seconds")], NONE)
    folder.mkdir()
    for name in ("base", "head"):
        (folder / f"{name}.py-spy.speedscope.json").touch()
    capturing.capture_sides([case("cpu.seconds")], FITTING)
    assert captured == []


def test_what_cannot_be_profiled_is_told(
    captured: list[tuple[list[str], str]], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(project, case().evidence.head)
    capturing.capture_sides([case("memory.peak", command=("./client",))], FITTING)
    fingerprint = msgspec.structs.replace(case().evidence.head.fingerprint, machine={"cpu": "another"})
    capturing.capture_sides([case("memory.peak", fingerprint=fingerprint)], FITTING)
    told = " ".join(capsys.readouterr().err.split())
    assert "not profiled: memray: not a Python program; pprof-heap: neither kubectl" in told
    assert "measured on another machine" in told
    assert captured == []


def test_a_profiler_that_fits_better_and_is_not_installed_is_hinted_at(
    monkeypatch: pytest.MonkeyPatch,
    captured: list[tuple[list[str], str]],
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store(project, case().evidence.head)
    monkeypatch.setattr("perfkit.profilers.tools.Perf.obstacle", lambda *_: "")
    capturing.capture_sides([case("cpu.seconds", command=("./client",))], FITTING)
    assert "py-spy" not in capsys.readouterr().err
    monkeypatch.setattr(
        "perfkit.profilers.tools.PySpy.obstacle", lambda *_: "not installed: pip install 'perfkit[profile]'"
    )
    capturing.capture_sides([case("cpu.seconds")], FITTING)
    told = " ".join(capsys.readouterr().err.split())
    assert "profiled with perf; py-spy is not installed: pip install 'perfkit[profile]'" in told
    assert captured == [(["perf"], ""), (["perf"], "")]


def test_a_cluster_that_fails_costs_the_reason_and_not_the_verdict(
    monkeypatch: pytest.MonkeyPatch,
    captured: list[tuple[list[str], str]],
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise ClusterError("no port is free")

    store(project, case().evidence.head)
    monkeypatch.setattr(capturing, "profile_each", fail)
    capturing.capture_sides([case("memory.peak")], FITTING)
    assert "not profiled: no port is free" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no profiler gdb"):
        capturing.capture_sides([case("memory.peak")], "gdb")
    assert captured == []
