"""Targets whose requests are known exactly: how many are told, which, in which step, and how well-behaved."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.model.result import Trial, sample
from support.commandline import perfkit

pytestmark = pytest.mark.functional

ASK = Path(__file__).parent.parent / "support/programs/ask.py"
ASKED = """\
schema = 1
title = "Known requests"
cluster.shape = "tiny"
[[step]]
do = "launch"
until = { log = "ready" }
timeout = "20 s"
[[step]]
do = "query"
name = "more"
stdin = "again"
until = { log = "done" }
times = 2
"""
REFUSED = """\
schema = 1
title = "Refused"
cluster.shape = "tiny"
cluster.fault = "429 count=3 retry-after=5s"
[[step]]
do = "launch"
until = { log = "ready" }
timeout = "20 s"
"""


def told(folder: Path, scenario: str, **targets: str) -> dict[str, Trial]:
    """Run targets that ask for these words once each; their trials."""
    words = [word for name, asked in targets.items() for word in ("-t", f"{name}=cmd:{sys.executable} {ASK} {asked}")]
    perfkit(folder, "run", scenario, *words, "-r", "1", "--label", scenario)
    stored = json.loads((folder / f"results/local/{scenario}/{scenario}.perfkit.json").read_text())["trials"]
    return {each["target"]: msgspec.convert(each, Trial) for each in stored if each["block"] == 0}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    folder: Path = tmp_path_factory.mktemp("known")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/asked.toml").write_text(ASKED)
    (folder / "scenarios/refused.toml").write_text(REFUSED)
    exact = "list:pods=3 list:nodes=2 get:default=4"
    asked = told(folder, "asked", exact=exact, twice="same:pods=3", relists="relist:pods=2")
    return asked | told(folder, "refused", hasty="hasty:pods", other="list:pods=4")


def test_exactly_as_many_requests_are_told_as_were_made(trials: dict[str, Trial]) -> None:
    """9 at the start, and 9 for each of two queries; by verb, resource and step."""
    trial = trials["exact"]
    assert sample(trial, "api.requests") == 27
    assert sample(trial, "launch/api.requests") == 9
    assert sample(trial, "more/api.requests") == 18
    assert sample(trial, "api.requests{verb=list}") == 15
    assert sample(trial, "more/api.requests{verb=list,resource=pods}") == 6
    assert sample(trial, "more/api.requests{verb=list,resource=nodes}") == 4
    assert sample(trial, "launch/api.requests{verb=get,resource=namespaces}") == 4
    assert sample(trial, "api.connections") == 1
    assert [sample(trial, f"api.{name}") for name in ("errors", "relists", "retries")] == [0, 0, 0]
    assert sample(trial, "launch/api.duplicates") == 0
    assert sample(trial, "more/api.duplicates") == 10, "all five LISTs, twice more"


def test_a_list_that_repeats_another_is_a_duplicate(trials: dict[str, Trial]) -> None:
    trial = trials["twice"]
    assert sample(trial, "launch/api.duplicates") == 2
    assert sample(trial, "api.duplicates{resource=pods}") == 8
    assert sample(trial, "api.relists") == 0


def test_a_list_after_a_watch_has_ended_is_a_relist_and_no_duplicate(trials: dict[str, Trial]) -> None:
    trial = trials["relists"]
    assert sample(trial, "api.relists") == 5, "each of six LISTs but the first follows a watch that has ended"
    assert sample(trial, "api.watch_restarts") == 5
    assert sample(trial, "api.duplicates") == 0


def test_who_does_not_wait_as_told_is_found(trials: dict[str, Trial]) -> None:
    """Three refusals that ask for 5 s: who comes again at once ignores them, who asks for something else does not."""
    names = ("errors", "retries", "retry_after_ignored")
    assert [sample(trials["hasty"], f"api.{name}") for name in names] == [3, 3, 3]
    assert [sample(trials["other"], f"api.{name}") for name in names] == [3, 0, 0]
