from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ResultError, StorageError, UsageError
from perfkit.storage import commits, labels
from perfkit.storage.journal import Journal
from perfkit.storage.results import write_result
from support.stored import make_header, make_result

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def store(project: Path, label: str, place: str = "local", at: float | None = None) -> Path:
    folder = project / "results" / place / label
    folder.mkdir(parents=True)
    path = write_result(make_result(label=label), folder)
    if at is not None:
        os.utime(path, (at, at))
    return folder


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "_git", lambda *_: "")


def test_a_default_label_is_the_time_in_utc(project: Path) -> None:
    assert labels.default_label(NOON) == "20260131-120000"


def test_a_default_label_names_commit_and_local_changes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"rev-parse": "25df855", "status": " M x.py"}
    monkeypatch.setattr(commits, "_git", lambda _folder, command, *_: answers[command])
    assert labels.default_label(NOON) == "20260131-120000-25df855-dirty"


def test_two_runs_in_one_second_get_different_labels(project: Path) -> None:
    for expected in ("20260131-120000", "20260131-120000-2", "20260131-120000-3"):
        assert labels.default_label(NOON) == expected
        store(project, expected)


@pytest.mark.parametrize("label", ["before", "v1.2.3", "20260131-120000-25df855-dirty", "feature_x+1@head"])
def test_a_label_may_hold_what_versions_and_branches_do(label: str) -> None:
    assert labels.check_label(label) == label


@pytest.mark.parametrize("label", ["", ".", "..", ".hidden", "a/b", "a b", "a#b", "-x", "a\n", "ä", "x" * 101])
def test_a_label_that_cannot_name_a_folder_is_refused(label: str) -> None:
    with pytest.raises(UsageError, match="is not a label"):
        labels.check_label(label)


@given(st.text())
def test_an_accepted_label_stays_inside_its_folder(label: str) -> None:
    try:
        accepted = labels.check_label(label)
    except UsageError:
        return
    assert "/" not in accepted
    assert accepted not in {".", ".."}


def test_an_existing_label_is_refused_without_force(project: Path) -> None:
    store(project, "before")
    with pytest.raises(StorageError, match=r"^label 'before' exists in results/local/before$") as caught:
        labels.new_folder("before")
    assert "--force" in caught.value.advice


def test_a_folder_that_a_failed_start_left_empty_is_free(project: Path) -> None:
    folder = labels.new_folder("before")
    Journal(folder).close()
    assert labels.new_folder("before") == folder
    assert labels.labels() == []


def test_force_replaces_what_perfkit_wrote_and_nothing_else(project: Path) -> None:
    folder = store(project, "before")
    for name in ("startup.json", "notes.txt", "other.json"):
        (folder / name).write_text("x")
    (folder / "startup.artifacts").mkdir()
    (folder / "startup.artifacts" / "0000-base.log").write_text("x")
    with Journal(folder) as journal:
        journal.write(make_header())
        labels.replace(journal)
        assert journal.records == {}
    assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "notes.txt", "other.json"]


def test_a_folder_for_bulk_files_is_made_once(project: Path) -> None:
    folder = labels.artifacts_folder(project / "results", "startup")
    assert folder.is_dir()
    assert labels.artifacts_folder(project / "results", "startup") == folder
    (project / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be written"):
        labels.artifacts_folder(project / "file", "startup")


def test_the_latest_is_what_was_written_last_among_local_results(project: Path) -> None:
    store(project, "b", at=300.0)
    store(project, "a", at=200.0)
    store(project, "baseline", place="baselines", at=900.0)
    assert labels.latest().label == "b"


def test_without_results_the_latest_is_an_error_that_says_how_to_make_one(project: Path) -> None:
    with pytest.raises(ResultError, match=r"^no results in results/local$") as caught:
        labels.latest()
    assert caught.value.advice == "make one: perfkit run"


def test_labels_are_listed_with_place_and_scenarios(project: Path) -> None:
    store(project, "b")
    store(project, "a")
    store(project, "main", place="baselines")
    (project / "results" / "local" / "notes.txt").write_text("x")
    with Journal(project / "results" / "local" / "killed") as journal:
        journal.write(make_header())
    assert [(stored.place, stored.label, stored.scenarios) for stored in labels.labels()] == [
        ("local", "a", ("startup",)),
        ("local", "b", ("startup",)),
        ("local", "killed", ()),
        ("baselines", "main", ("startup",)),
    ]


def test_a_local_label_hides_a_baseline_of_the_same_name(project: Path) -> None:
    store(project, "main", place="baselines")
    local = store(project, "main")
    assert labels.find_label("main").folder == local


def test_an_unknown_label_gets_the_closest_name(project: Path) -> None:
    store(project, "before")
    with pytest.raises(ResultError, match=r"^no result labelled 'befor'$") as caught:
        labels.find_label("befor")
    assert caught.value.advice == "did you mean 'before'?"
