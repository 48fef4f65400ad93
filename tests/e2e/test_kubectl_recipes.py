"""The recipes of kubectl: each is ready when its work is done, ends as it should, and did what its name says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commandline import perfkit

pytestmark = pytest.mark.e2e

PODS = 20


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One trial of each in one run, by target."""
    folder: Path = tmp_path_factory.mktemp("recipes")
    targets = [word for name in ("watch", "top", "api-resources", "get") for word in ("-t", f"kubectl-{name}")]
    perfkit(folder, "run", "startup", *targets, "--shape", "tiny", "-r", "1", "--label", "kubectl")
    found = json.loads((folder / "results/local/kubectl/startup.perfkit.json").read_text())["trials"]
    return {each["target"]: each for each in found if each["block"] == 0}


def test_each_was_ready(trials: dict[str, dict[str, Any]]) -> None:
    assert {name: trial["outcome"] for name, trial in trials.items()} == dict.fromkeys(trials, "ok")
    assert len(trials) == 4


def test_who_watches_holds_all_pods_and_goes_on_until_it_is_ended(trials: dict[str, dict[str, Any]]) -> None:
    trial = trials["kubectl-watch"]
    assert trial["work"]["list pods"] == PODS
    assert "watch pods" in trial["work"]
    assert trial["exit_status"] != 0, "SIGTERM ended it"


def test_the_others_end_by_themselves_and_watch_nothing(trials: dict[str, dict[str, Any]]) -> None:
    for name in ("kubectl-top", "kubectl-api-resources", "kubectl-get"):
        assert trials[name]["exit_status"] == 0
        assert not [work for work in trials[name]["work"] if work.startswith("watch ")]
    assert trials["kubectl-top"]["work"]["list pods.metrics.k8s.io"] == PODS
    assert trials["kubectl-api-resources"]["work"] == {}, "discovery is about no resource"
