"""Runs in which something goes wrong at the API: from the start, by a step, and what of it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commandline import perfkit

pytestmark = pytest.mark.functional

HEAD = """schema = 1
title = "Trouble"
cluster.shape = "tiny"
repeat = { pairs = [2], max_time = "60 s" }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "scenarios").mkdir()
    return tmp_path


def run(project: Path, scenario: str, target: str = "lean") -> dict[str, Any]:
    (project / "scenarios/trouble.toml").write_text(HEAD + scenario)
    perfkit(project, "run", "trouble", "-t", target, "-r", "1", "--label", "one")
    found: dict[str, Any] = json.loads((project / "results/local/one/trouble.perfkit.json").read_text())
    return found


def struck(project: Path, trial: dict[str, Any]) -> list[str]:
    (name,) = [name for name in trial["artifacts"] if name.endswith(".requests.jsonl")]
    lines = (project / "results/local/one/trouble.artifacts" / name).read_text().splitlines()
    requests = {entry.get("number", 0): entry for entry in map(json.loads, lines)}  # an open one has two lines
    return [entry["fault"] for entry in requests.values() if "fault" in entry]


def test_a_step_drops_the_watch_and_the_client_comes_back(project: Path) -> None:
    result = run(
        project,
        """[[step]]
do = "launch"
timeout = "20 s"
[[step]]
do = "fault"
fault = "drop resource=pods count=1"
[[step]]
do = "idle"
duration = "500 ms"
""",
    )
    assert [metric["name"] for metric in result["metrics"]][-1] == "api.faults"
    for trial in result["trials"]:
        assert trial["outcome"] == "ok", trial["reason"]
        assert trial["values"]["api.faults"] == 1
        assert struck(project, trial) == ["drop"]
    assert result["fingerprint"]["experiment"]["steps"].split("; ")[1].startswith("fault, fault ")


def test_latency_and_denials_from_the_start_are_the_experiments(project: Path) -> None:
    result = run(
        project,
        """cluster.deny = ["list secrets"]
[[cluster.fault]]
kind = "latency"
delay = "200 ms"
verb = "list,watch"
[[step]]
do = "launch"
timeout = "20 s"
""",
    )
    for trial in result["trials"]:
        assert trial["values"]["startup.ready"] >= 0.2
        assert trial["values"]["api.faults"] == len(struck(project, trial)) > 0
    experiment = result["fingerprint"]["experiment"]
    assert experiment["cluster.deny"] == "list secrets"
    assert experiment["cluster.fault"] == "latency verb=list,watch delay=0.2s"


def test_the_same_faults_strike_each_trial(project: Path) -> None:
    """The chance of a fault comes from the seed and the requests' order, which a trial repeats."""
    result = run(
        project,
        """cluster.fault = ["latency 5ms share=50%"]
[[step]]
do = "launch"
timeout = "20 s"
""",
        "kubectl-get",
    )
    found = [struck(project, trial) for trial in result["trials"]]
    assert found == [found[0]] * len(found)


def test_the_lean_client_lives_through_a_restart(project: Path) -> None:
    result = run(
        project,
        """[[step]]
do = "launch"
timeout = "20 s"
[[step]]
do = "fault"
fault = "restart 200ms "
[[step]]
do = "idle"
duration = "2 s"
""",
    )
    assert [trial["outcome"] for trial in result["trials"]] == ["ok"] * len(result["trials"])
    for trial in result["trials"]:
        assert trial["values"]["api.requests"] == 2  # a watch, and the next after its backoff of about a second
        assert struck(project, trial) == ["restart"]


def test_a_fault_may_be_an_axis_of_a_matrix(project: Path) -> None:
    scenario = '[[step]]\ndo = "launch"\n[matrix]\n"cluster.fault" = ["latency 0ms", "latency 300ms"]\n'
    (project / "scenarios/trouble.toml").write_text(HEAD + scenario)
    perfkit(project, "run", "trouble", "-t", "lean", "-r", "1", "--label", "one")
    results = sorted((project / "results/local/one").glob("*.perfkit.json"))
    ready = [json.loads(path.read_text())["trials"][-1]["values"]["startup.ready"] for path in results]
    assert ready[1] - ready[0] > 0.15
