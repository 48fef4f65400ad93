"""k9s, a terminal UI that nobody here wrote, by its recipe: its screen, its keys, what it shows of a cluster."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from perfkit.model.result import sample
from perfkit.storage.results import read_result
from support import foreign
from support.commandline import perfkit

pytestmark = pytest.mark.e2e

SCENARIO = """
schema = 1
title = "k9s while pods change"
cluster.shape = "small"
cluster.pods = 60
[[target]]
client = "k9s"
[[step]]
do = "launch"
timeout = "60 s"
[[step]]
do = "churn"
rate = "20 /s"
mix = { status = 1 }
background = true
[[step]]
do = "idle"
name = "watch"
duration = "5 s"
[[step]]
do = "keys"
name = "down"
send = "<Down>"
times = 5
[[step]]
do = "quit"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("k9s")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/pods.toml").write_text(SCENARIO)
    path = os.pathsep.join((str(foreign.k9s().parent), os.environ["PATH"]))
    perfkit(folder, "run", "pods", "-r", "1", "--label", "k9s", PATH=path)
    return folder


@pytest.fixture(scope="module")
def trial(folder: Path) -> dict[str, Any]:
    trials = json.loads((folder / "results/local/k9s/pods.perfkit.json").read_text())["trials"]
    assert [each["outcome"] for each in trials] == ["ok", "ok"], [each["reason"] for each in trials]
    last: dict[str, Any] = trials[-1]
    return last


def test_its_screen_is_full_of_pods(folder: Path, trial: dict[str, Any]) -> None:
    screen = (folder / "results/local/k9s/pods.artifacts/0001-k9s.screen.txt").read_text()
    assert "pods(all)[60]" in screen
    assert sum("Running" in line for line in screen.splitlines()) > 30
    assert "update" not in screen.lower(), "it did not look for a newer version"
    assert trial["work"]["watch pods"] >= 60


def test_its_reaction_to_keys_and_events_is_measured(trial: dict[str, Any]) -> None:
    values = trial["values"]
    assert 0 < values["ui.first_paint"] <= values["ui.useful_screen"]
    assert 0 < values["down/ui.key_to_paint.p50"] < 1
    assert values["ui.events"] >= 10
    assert 0 < values["watch/ui.event_to_paint.p50"] < 10


def test_it_quits_by_its_keys(trial: dict[str, Any]) -> None:
    assert trial["exit_status"] == 0
    assert not [warning for warning in trial["warnings"] if "SIGTERM" in warning]


def test_its_watch_of_pods_is_the_one_that_is_told_to_begin_anew(tmp_path: Path) -> None:
    """It holds watches of nodes and definitions too: scenario reconnect waits for that of pods, so it strikes that."""
    path = os.pathsep.join((str(foreign.k9s().parent), os.environ["PATH"]))
    words = ("-k", "410", "-t", "k9s", "--pods", "60", "-r", "1", "-w", "0", "--label", "one")
    perfkit(tmp_path, "run", "reconnect", *words, "--limit", "right/wait.time=< 60 s", PATH=path)
    (stored,) = (tmp_path / "results/local/one").glob("*.perfkit.json")
    (found,) = read_result(stored).trials
    assert sample(found, "api.watch_restarts{resource=pods}") == 1
    assert sample(found, "api.relists{resource=pods}") == 1
    assert sample(found, "api.watch_restarts{resource=nodes}") == 0
