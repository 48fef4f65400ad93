"""Histories read from disk: which results, in which order, and which of them may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from perfkit.model.catalogue import BY_NAME
from perfkit.storage import history
from perfkit.storage.commits import Commit
from perfkit.storage.history import Point, read_history, scenarios, series_of
from perfkit.storage.journal import Entry, Journal
from perfkit.storage.results import write_result
from support.stored import make_fingerprint, make_header, make_result, make_scenario, make_trial

if TYPE_CHECKING:
    from pathlib import Path

READY, REQUESTS = BY_NAME["startup.ready"], BY_NAME["api.requests"]


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "commits", lambda *_: {})


def store(project: Path, label: str, day: int, place: str = "local", **fields: Any) -> Path:
    folder = project / "results" / place / label
    folder.mkdir(parents=True, exist_ok=True)
    return write_result(make_result(label=label, created=f"2026-01-{day:02d}T09:30:00Z", **fields), folder)


def order(scenario: str = "startup") -> list[str]:
    return [release.label for release in read_history(scenario).releases]


def points(target: str = "base") -> list[Point]:
    return [Point(release=release, target=target) for release in read_history("startup").releases]


def labels_of(project: Path, metric: str = "startup.ready") -> list[list[str]]:
    return [[point.release.label for point in series.points] for series in series_of(points(), BY_NAME[metric])]


def test_without_git_labels_come_in_the_order_of_their_making(project: Path) -> None:
    for label, day in (("b", 3), ("a", 5), ("c", 1)):
        store(project, label, day)
    assert order() == ["c", "b", "a"]


def test_commits_come_in_gits_order_and_the_rest_by_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """v1 was measured last, after the fact; `laptop` was made when v3 was the newest that had been measured."""
    known = {"v1": Commit("aa", 10), "v2": Commit("bb", 20), "v3": Commit("cc", 30)}
    monkeypatch.setattr(history, "commits", lambda _folder, _labels: known)
    for label, day in (("v2", 2), ("v3", 3), ("laptop", 4), ("v1", 5), ("before-all", 1)):
        store(project, label, day)
    assert order() == ["before-all", "v1", "v2", "v3", "laptop"]
    assert [release.commit for release in read_history("startup").releases] == ["", "aa", "bb", "cc", ""]


def test_one_commit_measured_twice_stays_in_order_of_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "commits", lambda _folder, labels: {label: Commit("aa", 1) for label in labels})
    store(project, "a", 9)
    store(project, "b", 2)
    assert order() == ["b", "a"]


def test_baselines_count_and_a_local_label_hides_one(project: Path) -> None:
    store(project, "v1", 1, place="baselines")
    store(project, "v2", 2, place="baselines")
    local = store(project, "v2", 3)
    releases = read_history("startup").releases
    assert [release.label for release in releases] == ["v1", "v2"]
    assert releases[1].path == local


def test_other_scenarios_are_left_out(project: Path) -> None:
    store(project, "a", 1)
    store(project, "b", 2, scenario=make_scenario("busy"))
    assert order() == ["a"]
    assert order("busy") == ["b"]
    assert order("none") == []
    assert scenarios() == ["busy", "startup"]


def test_what_a_killed_run_left_counts_as_far_as_it_got(project: Path) -> None:
    with Journal(project / "results" / "local" / "killed") as journal:
        journal.write(make_header())
        journal.write(Entry(scenario="startup", trial=make_trial(0, "base")))
    (release,) = read_history("startup").releases
    assert release.label == "killed"
    assert len(release.result.trials) == 1


@pytest.mark.parametrize("text", ["", "{", '{"schema": "perfkit.result/9"}', "[]"])
def test_what_cannot_be_read_is_named_and_the_rest_is_shown(project: Path, text: str) -> None:
    store(project, "a", 1)
    store(project, "b", 2).write_text(text)
    found = read_history("startup")
    assert [release.label for release in found.releases] == ["a"]
    (problem,) = found.problems
    assert problem.startswith("results/local/b/startup.perfkit.json: ")


def test_a_result_that_was_made_at_no_time_is_corrupt(project: Path) -> None:
    path = store(project, "a", 1)
    path.write_text(path.read_text().replace("2026-01-01T09:30:00Z", "yesterday"))
    assert "'yesterday'" in read_history("startup").problems[0]


def test_another_experiment_is_never_mixed_in(project: Path) -> None:
    for label, day, pods in (("a", 1, "1000"), ("b", 2, "5000"), ("c", 3, "1000"), ("d", 4, "5000")):
        store(project, label, day, fingerprint=make_fingerprint(experiment={"cluster.pods": pods}))
    assert labels_of(project) == [["b", "d"], ["a", "c"]]
    newest, apart = series_of(points(), REQUESTS)
    assert newest.differs == ()
    assert apart.differs == ("experiment cluster.pods: 1000 against 5000",)


def test_another_machine_splits_times_and_not_what_the_server_counted(project: Path) -> None:
    for label, day, cpu in (("a", 1, "Ada 1"), ("b", 2, "Ada 2")):
        store(project, label, day, fingerprint=make_fingerprint(machine={"cpu": cpu}))
    assert labels_of(project, "startup.ready") == [["b"], ["a"]]
    assert labels_of(project, "api.requests") == [["a", "b"]]


def test_another_method_is_never_mixed_in(project: Path) -> None:
    for label, day, source in (("a", 1, "wait4"), ("b", 2, "cgroup")):
        store(project, label, day, fingerprint=make_fingerprint(method={"source of cpu.seconds": source}))
    assert labels_of(project, "api.requests") == [["b"], ["a"]]


def test_warm_ups_are_no_samples_and_a_failed_trial_is_none(project: Path) -> None:
    trials = (
        make_trial(0, "base", block=-1, values={"startup.ready": 9.0}),
        make_trial(1, "base", values={"startup.ready": 1.0}),
        make_trial(2, "head", values={"startup.ready": 5.0}),
        make_trial(3, "base", outcome="timeout", values={"startup.ready": 7.0}),
    )
    store(project, "a", 1, trials=trials)
    (point,) = points()
    assert point.samples("startup.ready") == [1.0, None]
    assert point.program == "kubectl"
