"""What is exported, and that pyperf's own loader takes it; its commands run in tests/functional."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pyperf  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.metrics import Metric
from perfkit.model.result import Fingerprint, Result
from perfkit.storage.pyperf_export import write_export
from support.stored import make_result, make_scenario, make_trial

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(codec="utf-8"))


def exported(result: Result, folder: Path) -> dict[str, Any]:
    path = write_export(result, folder)
    assert path == folder / "startup.json"
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [benchmark["metadata"]["name"] for benchmark in found["benchmarks"]]


def test_each_target_and_metric_is_a_benchmark_and_each_trial_a_run(tmp_path: Path) -> None:
    found = exported(make_result(), tmp_path)
    assert names(found) == [
        f"{target} {metric}"
        for target in ("base", "head")
        for metric in ("startup.ready", "memory.peak", "api.requests")
    ]
    assert [run["values"] for run in found["benchmarks"][0]["runs"]] == [[1.02], [1.04], [1.06]]
    assert [benchmark["metadata"]["unit"] for benchmark in found["benchmarks"][:3]] == ["second", "byte", "integer"]


def test_warm_ups_and_failed_trials_are_left_out_and_failures_counted(tmp_path: Path) -> None:
    trials = (make_trial(0, block=-1), make_trial(1), make_trial(2, outcome="timeout"))
    found = exported(make_result(trials=trials), tmp_path)
    assert [run["metadata"]["perfkit_trial"] for run in found["benchmarks"][0]["runs"]] == [1]
    assert found["benchmarks"][0]["metadata"]["perfkit_failed_trials"] == 1


def test_a_metric_with_a_sample_of_zero_is_left_out(tmp_path: Path) -> None:
    trials = (
        make_trial(0, values={"api.requests": 0.0, "cpu.seconds": 1.0}),
        make_trial(2, values={"api.requests": 1.0}),
    )
    assert names(exported(make_result(trials=trials), tmp_path)) == ["base cpu.seconds"]


@pytest.mark.parametrize("kind", ["ratio", "rate"])
def test_kinds_that_pyperf_has_no_unit_for_are_left_out(kind: str, tmp_path: Path) -> None:
    odd = msgspec.convert({"name": "a.b", "kind": kind, "source": "s", "help": "h"}, Metric)
    trials = (make_trial(0, values={"a.b": 0.5, "cpu.seconds": 1.0}),)
    assert names(exported(make_result(metrics=(odd, *CATALOGUE), trials=trials), tmp_path)) == ["base cpu.seconds"]


def test_without_anything_to_export_no_file_stays(tmp_path: Path) -> None:
    assert write_export(make_result(), tmp_path) is not None
    assert write_export(make_result(trials=()), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_metadata_is_flat_and_of_one_line(tmp_path: Path) -> None:
    machine = {"cpu": "Ada\n1", "vm": ""}
    found = exported(make_result(fingerprint=Fingerprint(machine=machine)), tmp_path)
    assert found["metadata"]["perfkit_cpu"] == "Ada 1"
    assert "perfkit_vm" not in found["metadata"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(1e-9, 1e12) | st.integers(1, 2**60).map(float), min_size=1, max_size=5),
    version=TEXT,
    facts=st.dictionaries(TEXT, TEXT, max_size=3),
)
def test_pyperf_loads_any_export(values: list[float], version: str, facts: dict[str, str], tmp_path: Path) -> None:
    scenario = make_scenario(targets=("base",))
    target = msgspec.structs.replace(scenario.targets[0], version=version)
    result = make_result(
        scenario=msgspec.structs.replace(scenario, targets=(target,)),
        fingerprint=Fingerprint(machine=facts),
        trials=tuple(make_trial(2 * n, values={m.name: value for m in CATALOGUE}) for n, value in enumerate(values)),
    )
    path = write_export(result, tmp_path)
    suite = pyperf.BenchmarkSuite.load(str(path))
    assert suite.get_benchmark_names() == [f"base {metric.name}" for metric in CATALOGUE]
    assert list(suite.get_benchmark("base startup.ready").get_values()) == values
