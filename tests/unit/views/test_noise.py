"""A noise floor as people and programs read it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from perfkit.measure.allowances import Allowance
from perfkit.model.catalogue import BY_NAME
from perfkit.model.noise import MetricNoise
from perfkit.storage.noise import Stored
from perfkit.storage.project import read_project
from perfkit.views import data, doctor, noise
from perfkit.views.tables import show_grid, show_listing
from support.golden import check
from support.noise import make_noise

if TYPE_CHECKING:
    from pathlib import Path

HOPELESS = make_noise({"startup.ready": 50.0, "api.requests": 0.0})
FINDINGS = doctor.Findings(
    machine={"cpu": "Ada 1", "cpus": "2"},
    context={"kernel": "6.1", "load": "quiet"},
    sources={"cpu.seconds": "cgroup v2 cpu.stat"},
    allowances=(Allowance("SMT", "on", "a neighbour slows it", limiting=True), Allowance("clock", "tsc", "steady")),
    floors=Stored(noise=(make_noise(),), problems=("a.json: damaged: truncated",)),
)


def console() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False)


def written(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def test_the_table_and_the_snippet() -> None:
    on = console()
    show_grid(on, noise.grid(make_noise()))
    text = written(on) + noise.snippet(make_noise())
    assert max(map(len, text.splitlines())) <= 80
    check("noise.80.txt", text)


def test_the_snippet_is_a_part_of_a_project_file(tmp_path: Path) -> None:
    path = tmp_path / "perfkit.toml"
    path.write_text("schema = 1\n" + noise.snippet(make_noise()))
    limits = {each.metric: [limit.written for limit in each.limits] for each in read_project(path).limits}
    assert limits.keys() == {name for name, metric in BY_NAME.items() if metric.gated}
    assert limits["api.requests"] == ["+0"]


def test_where_no_limit_can_be_decided_the_snippet_says_so(tmp_path: Path) -> None:
    assert "# startup.ready: too noisy here for any limit" in noise.snippet(HOPELESS)
    (row, _) = noise.grid(HOPELESS).rows
    assert row[-2:] == ("none", "–")


def test_a_target_that_differs_from_itself_is_doubted() -> None:
    biased = MetricNoise(metric=BY_NAME["cpu.seconds"], pairs=60, spread=0.02, change=0.1, low=0.08, high=0.12)
    (note,) = noise.notes(make_noise(metrics=(biased,)))
    assert note.startswith("! cpu.seconds: the target differed from itself by +8.0 … +12 %")
    assert noise.notes(make_noise()) == []


def test_a_busy_machine_is_told() -> None:
    fingerprint = make_noise().fingerprint.__replace__(context={"load": "busy"})
    (note,) = noise.notes(make_noise(fingerprint=fingerprint))
    assert "busy" in note


def test_json_holds_the_measurement_with_its_suggestions() -> None:
    decoded = json.loads(data.document(noise.SCHEMA, [noise.noise_data(make_noise())]))
    assert decoded["schema"] == "perfkit.noise/1"
    (entry,) = decoded["results"]
    assert "schema" not in entry
    assert {"spread", "change", "low", "high", "floor", "limit", "pairs_to_show"} <= entry["metrics"][0].keys()


def test_doctor_lists_the_machine_and_its_floors() -> None:
    on = console()
    for grid in doctor.grids(FINDINGS):
        show_listing(on, grid)
    text = "".join(f"{line.rstrip()}\n" for line in written(on).splitlines()) + "\n".join(doctor.notes(FINDINGS))
    check("doctor.80.txt", text)


def test_doctor_says_what_to_do_where_nothing_was_measured() -> None:
    empty = doctor.Findings(machine={}, context={}, sources={}, allowances=(), floors=Stored(noise=(), problems=()))
    assert doctor.notes(empty) == ["no floor measured here (perfkit doctor --noise -t TARGET)"]


@pytest.mark.parametrize("key", ["machine", "context", "sources", "allows", "floors", "problems"])
def test_doctors_json_has_every_part(key: str) -> None:
    assert key in json.loads(data.document(doctor.SCHEMA, [doctor.findings_data(FINDINGS)]))["results"][0]
