"""kubectl, which nobody here wrote, through shipped scenarios that fit it: what is known of it is what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.model.result import Result, Trial, sample
from perfkit.storage.results import read_result
from support.commandline import perfkit

pytestmark = pytest.mark.e2e

PATIENT = ("--limit", "startup.ready=< 60 s")  # how fast this machine is proves nothing
RUNS = {
    "throttle": (),
    "cache": ("--limit", "second/startup.ready=< 60 s"),
    "discovery": PATIENT,
    "unreachable": ("-k", "restart", *PATIENT),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("catalogue")
    for name, words in RUNS.items():
        done = perfkit(folder, "run", name, *words, "-t", "kubectl-get", "-r", "1", "--label", name)
        (folder / f"{name}.txt").write_text(done.stdout)
    return folder


def trial(folder: Path, name: str) -> Trial:
    (path,) = (folder / "results/local" / name).glob("*.perfkit.json")
    result: Result = read_result(path)
    (found,) = [each for each in result.trials if not each.warmup]
    assert found.ok, found.reason
    return found


def test_it_comes_again_when_it_is_told_to(folder: Path) -> None:
    """Three refusals, each with a second to wait."""
    found = trial(folder, "throttle")
    assert [sample(found, f"api.{name}") for name in ("errors", "retries", "retry_after_ignored")] == [3, 3, 0]
    assert (sample(found, "startup.ready") or 0) > 3


def test_it_keeps_discovery(folder: Path) -> None:
    """Two of the first start's requests are not needed for the second; a dispatcher may add one to each."""
    assert 0.3 < (sample(trial(folder, "cache"), "cache.saved") or 0) <= 0.5


def test_aggregated_discovery_of_2000_definitions_is_two_requests(folder: Path) -> None:
    assert (sample(trial(folder, "discovery"), "api.requests{resource=nonresource}") or 0) <= 3


def test_it_says_at_once_that_nobody_listens_and_no_one_is_blamed(folder: Path) -> None:
    """It goes on for a while and ends with 1: no failure here. The table knows that the cluster was down on purpose."""
    found = trial(folder, "unreachable")
    assert found.exit_status in {1, -15}, "by itself, or by quit before that"
    assert (sample(found, "startup.ready") or 99) < 10
    text = (folder / "unreachable.txt").read_text()
    assert "the cluster failed, as the scenario has it" in text
    assert "KUBECONFIG" not in text
