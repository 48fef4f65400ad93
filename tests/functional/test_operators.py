"""An operator whose habits are known is measured as it is."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from support.commandline import perfkit
from support.foreign import PROGRAMS

pytestmark = pytest.mark.functional

OBJECT = 'apiVersion = "example.com/v1", kind = "Widget", metadata = {{ name = "w-{{n}}" }}, spec = {{ size = {size} }}'
SCENARIO = f"""schema = 1
title = "Operator"
cluster.shape = "tiny"
cluster.manifests = "widgets"
repeat = {{ pairs = [2], max_time = "60 s" }}
[[step]]
do = "launch"
until = {{ watch = "widgets.example.com" }}
timeout = "20 s"
[[step]]
do = "objects"
name = "new"
count = 20
rate = "50 /s"
manifest = {{ {OBJECT.format(size=1)} }}
[[step]]
do = "wait"
name = "done"
until = {{ quiet = "1 s" }}
timeout = "20 s"
"""
RESTART = """[[step]]
do = "quit"
[[step]]
do = "launch"
name = "restart"
until = { watch = "widgets.example.com" }
timeout = "20 s"
[[step]]
do = "wait"
name = "at-rest"
until = { quiet = "1 s" }
timeout = "20 s"
"""
CONTEST = f"""[[step]]
do = "fault"
fault = "conflict resource=widgets.example.com/status count=5"
[[step]]
do = "objects"
name = "contested"
act = "touch"
count = 9
rate = "50 /s"
manifest = {{ {OBJECT.format(size=2)} }}
[[step]]
do = "wait"
name = "settled"
until = {{ quiet = "1 s" }}
timeout = "20 s"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "scenarios").mkdir()
    return tmp_path


def trial(project: Path, scenario: str, *habits: str) -> dict[str, Any]:
    """The one measured trial of an operator with those habits."""
    (project / "scenarios/operator.toml").write_text(scenario)
    program = f"cmd:{sys.executable} {PROGRAMS / 'known_operator.py'} {' '.join(habits)}"
    perfkit(project, "run", "operator", "-t", f"known={program}", "-r", "1", "--label", "one")
    result = json.loads((project / "results/local/one/operator.perfkit.json").read_text())
    found: dict[str, Any] = result["trials"][-1]
    assert found["outcome"] == "ok", found["reason"]
    return found


def test_its_delay_its_writes_what_it_ignores_and_that_it_rests_after_a_restart(project: Path) -> None:
    found = trial(project, SCENARIO + RESTART, "0.2", "3")
    values = found["values"]
    for stat in ("p50", "p95", "p99"):
        assert 0.2 <= values[f"new/reconcile.latency.{stat}"] < 2.0
    assert values["new/reconcile.settled.p50"] > values["new/reconcile.latency.p50"]
    assert values["new/reconcile.missed"] == values["reconcile.missed"] == 2  # w-9 and w-19
    assert values["new/reconcile.writes"] == pytest.approx(18 * 3 / 20)
    assert 0.15 <= values["new/reconcile.backlog"] < 2.0  # w-18 came 20 ms before the last
    assert values["restart/reconcile.writes"] == 0
    assert "cache.saved" not in values, "between its starts objects came: the second had other things to do"
    assert values["at-rest/wait.time"] == 0
    assert values["reconcile.conflicts"] == 0
    assert any(name.endswith(".changes.jsonl") for name in found["artifacts"])


def test_each_write_that_is_contested_is_a_conflict_and_is_tried_again(project: Path) -> None:
    values = trial(project, SCENARIO + CONTEST, "0.05", "1", "put")["values"]
    assert values["contested/reconcile.conflicts"] + values["settled/reconcile.conflicts"] == 5
    assert values["reconcile.retries"] == 5
    assert values["contested/reconcile.missed"] == 0
    assert values["contested/reconcile.writes"] == 1


def test_the_cluster_holds_the_manifests_in_each_trial_and_nothing_that_the_one_before_made(project: Path) -> None:
    """Were an object left over, creating it again would fail; were its definition gone, creating any."""
    (project / "scenarios/operator.toml").write_text(SCENARIO)
    program = f"cmd:{sys.executable} {PROGRAMS / 'known_operator.py'} 0 1"
    perfkit(project, "run", "operator", "-t", f"known={program}", "-r", "2", "--label", "two")
    result = json.loads((project / "results/local/two/operator.perfkit.json").read_text())
    found = [(trial["outcome"], trial["values"]["reconcile.missed"]) for trial in result["trials"]]
    assert found == [("ok", 2.0)] * 3
    assert any(
        re.fullmatch(r"widgets [0-9a-f]{12}", value) for value in result["fingerprint"]["experiment"].values()
    ), "a result with other manifests is another experiment"


def test_an_object_that_cannot_be_ends_the_run_with_one_line(project: Path) -> None:
    wrong = SCENARIO.replace("size = 1", 'size = "large"')
    (project / "scenarios/operator.toml").write_text(wrong)
    program = f"cmd:{sys.executable} {PROGRAMS / 'known_operator.py'} 0 1"
    done = perfkit(project, "run", "operator", "-t", f"known={program}", "-r", "1", code=4)
    assert "cannot create what a step says" in done.stderr
    assert "spec.size" in done.stderr
