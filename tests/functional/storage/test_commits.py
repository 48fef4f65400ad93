"""Labels that name commits, in a real repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.storage.commits import commits
from support.git import commit, git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


def unrecorded(*labels: str) -> dict[str, str]:
    """Labels whose results name no commit."""
    return dict.fromkeys(labels, "")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def test_parents_come_before_children_whatever_the_clock_said(repository: Path) -> None:
    first, second = commit(repository, "first", day=9), commit(repository, "second", day=2)
    found = commits(repository, unrecorded(second[:10], first[:10]))
    assert found[first[:10]].place < found[second[:10]].place
    assert found[second[:10]].name == second


def test_tags_and_default_labels_name_commits(repository: Path) -> None:
    first = commit(repository, "first", day=1)
    git(repository, "tag", "v1")
    second = commit(repository, "second", day=2)
    git(repository, "tag", "-a", "v2", "-m", "annotated")
    labels = ["v1", "v2", f"20260101-093000-{first[:7]}", f"20260101-093000-{second[:7]}-dirty-2", second]
    found = commits(repository, unrecorded(*labels))
    assert [each.name for each in found.values()] == [first, second, first, second, second]


def test_a_branch_names_no_commit_since_it_moves_on(repository: Path) -> None:
    commit(repository, "first", day=1)
    assert commits(repository, unrecorded("main", "HEAD", "20260101-093000", "before", "deadbeef")) == {}


def test_a_label_of_a_persons_own_belongs_to_the_commit_that_its_result_names(repository: Path) -> None:
    first = commit(repository, "first", day=1)
    git(repository, "tag", "v1")
    second = commit(repository, "second", day=2)
    recorded = {"before": first[:7], "after": f"{second[:7]}-dirty", "v1": second[:7]}
    assert {label: found.name for label, found in commits(repository, recorded).items()} == {
        "before": first,
        "after": second,
        "v1": first,
    }


def test_a_commit_of_another_branch_is_known(repository: Path) -> None:
    first = commit(repository, "first", day=1)
    git(repository, "checkout", "-q", "-b", "side")
    side = commit(repository, "side", day=3)
    git(repository, "checkout", "-q", "main")
    second = commit(repository, "second", day=2)
    found = commits(repository, unrecorded(side, second, first))
    assert sorted(found, key=lambda label: found[label].place) == [first, second, side]


def test_without_commit_repository_or_git_nothing_is_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commits(repository, unrecorded("v1")) == {}
    commit(repository, "first", day=1)
    git(repository, "tag", "v1")
    assert commits(repository, unrecorded()) == {}
    assert set(commits(repository, unrecorded("v1"))) == {"v1"}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commits(repository, unrecorded("v1")) == {}
