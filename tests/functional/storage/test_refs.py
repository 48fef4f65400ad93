"""Git refs where results are asked for, in a real repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.errors import ResultError
from perfkit.storage.refs import find
from perfkit.storage.results import load
from support.git import commit, git
from support.releases import release, store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


def stored(folder: Path, label: str, created: str = "2026-01-01T00:00:00+00:00", *, at: str = "") -> None:
    store(folder, msgspec.structs.replace(release(label, {"lean": {}}), created=created, commit=at))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "perfkit.toml").touch()
    git(tmp_path, "init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_ref_stands_for_the_label_recorded_at_its_commit(repository: Path) -> None:
    first = commit(repository)
    git(repository, "tag", "v1.2")
    second = commit(repository)
    stored(repository, f"20260101-000000-{first[:7]}")
    stored(repository, f"20260102-000000-{second[:7]}")
    for ref, name in (("v1.2", first), ("HEAD~1", first), (first, first), ("HEAD", second), ("main", second)):
        loaded = load(ref)
        assert loaded.result.label.endswith(name[:7])
        assert loaded.remark == f"{ref} is commit {name[:9]}: label {loaded.result.label}"


def test_a_label_of_a_persons_own_stands_for_the_commit_at_which_it_was_recorded(repository: Path) -> None:
    first = commit(repository)
    commit(repository)
    stored(repository, "before", at=first[:7])
    stored(repository, "before-confirm", "2026-01-02T00:00:00+00:00", at=first[:7])
    found = find("HEAD~1")
    assert found is not None
    assert found.folder.name == "before", "the second run of a check, whose head lies elsewhere, stands for nothing"


def test_of_several_labels_of_a_commit_the_newest_is_taken_and_said(repository: Path) -> None:
    name = commit(repository)[:7]
    stored(repository, f"20260103-000000-{name}", "2026-01-03T00:00:00+00:00")
    stored(repository, f"20260102-000000-{name}", "2026-01-05T00:00:00+00:00")
    stored(repository, f"20260104-000000-{name}-dirty", "2026-01-09T00:00:00+00:00")
    found = find("HEAD")
    assert found is not None
    assert found.folder.name == f"20260102-000000-{name}"
    assert found.remark.endswith(", the newest of 3")


def test_a_label_of_changed_files_stands_for_the_commit_where_there_is_no_other(repository: Path) -> None:
    name = commit(repository)[:7]
    stored(repository, f"20260104-000000-{name}-dirty")
    assert load("HEAD").remark.endswith("recorded with files that differ from the commit")


def test_a_commit_without_a_result_names_the_labels_near_it(repository: Path) -> None:
    names = [commit(repository) for _ in range(6)]
    for name in (names[0], names[1], names[4], names[5]):
        stored(repository, f"20260104-000000-{name[:7]}")
    with pytest.raises(ResultError, match=f"^no result of HEAD~2, commit {names[3][:9]}$") as caught:
        load("HEAD~2")
    near = [f"20260104-000000-{names[place][:7]}" for place in (4,)]
    assert caught.value.advice.startswith(f"labels near it: {near[0]}, ")
    assert caught.value.advice.count(",") == 2


def test_a_label_goes_before_a_ref_and_a_branch_with_a_slash_is_found(repository: Path) -> None:
    name = commit(repository)
    stored(repository, "main")
    stored(repository, f"20260104-000000-{name[:7]}")
    git(repository, "branch", "feature/quick")
    assert load("main").result.label == "main"
    assert load("feature/quick").result.label.endswith(name[:7])
    assert load("HEAD#lean").target == "lean"


def test_what_git_does_not_know_is_said_as_before(repository: Path) -> None:
    commit(repository)
    with pytest.raises(ResultError, match="no result labelled 'v9'"):
        load("v9")
    with pytest.raises(ResultError, match="cannot be read: No such file"):
        load("feature/none")
    assert find("--all") is None
