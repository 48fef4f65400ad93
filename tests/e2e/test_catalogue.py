"""Clients that nobody here wrote, through shipped scenarios that fit them: what is known of each is what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.model.result import Result, Trial, sample
from perfkit.storage.results import read_result
from support.commandline import perfkit

pytestmark = pytest.mark.e2e

PATIENT = ("--limit", "startup.ready=< 60 s")  # how fast this machine is proves nothing
ONCE = ("-r", "1", "-w", "0")
SDKS = ("kubernetes-raw", "kubernetes-asyncio", "lightkube")
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
        done = perfkit(folder, "run", name, *words, "-t", "kubectl-get", *ONCE, "--label", name)
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


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Trial]]:
    """Trials of the SDKs' programs with 20 pods, by scenario and client."""
    folder: Path = tmp_path_factory.mktemp("sdks")
    targets = tuple(word for name in SDKS for word in ("-t", name))
    found = {}
    for name, words in {"throttle": (), "reconnect": ("-k", "410"), "cache": RUNS["cache"]}.items():
        code = 0 if name == "cache" else 3
        perfkit(folder, "run", name, *words, *targets, "--pods", "20", *ONCE, "--label", name, code=code)
        (path,) = (folder / "results/local" / name).glob("*.perfkit.json")
        found[name] = {each.target: each for each in read_result(path).trials}
    return found


def test_one_sdk_comes_again_when_it_is_told_to_and_the_others_give_up(told: dict[str, dict[str, Trial]]) -> None:
    """urllib3 honours Retry-After by itself. A run of which a target never works ends with 3."""
    patient = told["throttle"]["kubernetes-raw"]
    assert [sample(patient, f"api.{name}") for name in ("errors", "retries", "retry_after_ignored")] == [3, 3, 0]
    for name in ("kubernetes-asyncio", "lightkube"):
        assert told["throttle"][name].outcome == "exited"
        assert "429" in told["throttle"][name].reason


def test_one_sdk_watches_on_after_410_with_the_version_it_had(told: dict[str, dict[str, Trial]]) -> None:
    """It asks once more before it gives up, and lists nothing anew; the official client's program ends."""
    stubborn = told["reconnect"]["kubernetes-asyncio"]
    assert [sample(stubborn, f"api.{name}") for name in ("requests", "watch_restarts", "relists")] == [3, 1, 0]
    assert told["reconnect"]["kubernetes-raw"].outcome == "exited"


def test_no_sdk_keeps_anything_for_its_next_start(told: dict[str, dict[str, Trial]]) -> None:
    assert [sample(told["cache"][name], "cache.saved") for name in SDKS] == [0, 0, 0]
