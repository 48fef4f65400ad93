"""The main job on clients that nobody here wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

CLIENTS = ("kubectl-get", "lightkube", "kubernetes-raw", "kubernetes")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two trials of each client on 600 pods, as a person would run them."""
    folder: Path = tmp_path_factory.mktemp("run")
    targets = [word for name in CLIENTS for word in ("-t", name)]
    done = subprocess.run(
        [sys.executable, "-m", "perfkit", "run", *targets, "-r", "2", "--pods", "600", "--label", "clients"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "results/local/clients/startup.perfkit.json").read_text())
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_every_trial_of_a_client_asks_for_the_same(result: dict[str, Any], client: str) -> None:
    trials = [trial for trial in result["trials"] if trial["target"] == client]
    assert len(trials) == 3  # the warm-up asked for the same, too
    assert len({trial["digest"] for trial in trials}) == 1
    assert len({trial["values"]["api.requests"] for trial in trials}) == 1


@pytest.mark.parametrize("client", CLIENTS)
def test_every_metric_of_a_client_is_measured(result: dict[str, Any], client: str) -> None:
    for trial in (trial for trial in result["trials"] if trial["target"] == client):
        assert trial["outcome"] == "ok", trial["reason"]
        assert trial["values"].keys() >= {metric["name"] for metric in result["metrics"]}
        assert 0 < trial["values"]["startup.first_request"] < trial["values"]["startup.ready"]
        assert trial["values"]["memory.peak"] > 10e6
        assert trial["values"]["cpu.seconds"] > 0.01


def test_the_server_saw_each_client_receive_all_pods(result: dict[str, Any]) -> None:
    for trial in result["trials"]:
        assert trial["work"]["list pods"] == 600, trial["target"]


def test_versions_and_libraries_are_recorded(result: dict[str, Any]) -> None:
    for target in result["scenario"]["targets"]:
        assert target["version"], target["name"]


def test_with_a_fresh_home_kubectl_discovers_anew_each_time(result: dict[str, Any]) -> None:
    requests = {t["values"]["api.requests"] for t in result["trials"] if t["target"] == "kubectl-get"}
    # Two for discovery and two pages of 500 pods; a dispatcher in front of kubectl asks for the version as well.
    assert requests in ({4.0}, {5.0})
