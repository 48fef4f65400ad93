"""Labels that name commits, in a real repository."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from perfkit.storage.commits import commits

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


def git(folder: Path, *words: str, day: int = 1) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    when = f"2026-01-{day:02d}T09:30:00Z"
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when},
    ).stdout.strip()


def commit(folder: Path, message: str, day: int) -> str:
    git(folder, "commit", "-q", "--allow-empty", "-m", message, day=day)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def test_parents_come_before_children_whatever_the_clock_said(repository: Path) -> None:
    first, second = commit(repository, "first", day=9), commit(repository, "second", day=2)
    found = commits(repository, [second[:10], first[:10]])
    assert found[first[:10]].place < found[second[:10]].place
    assert found[second[:10]].name == second


def test_tags_and_default_labels_name_commits(repository: Path) -> None:
    first = commit(repository, "first", day=1)
    git(repository, "tag", "v1")
    second = commit(repository, "second", day=2)
    git(repository, "tag", "-a", "v2", "-m", "annotated")
    labels = ["v1", "v2", f"20260101-093000-{first[:7]}", f"20260101-093000-{second[:7]}-dirty-2", second]
    assert [found.name for found in commits(repository, labels).values()] == [first, second, first, second, second]


def test_a_branch_names_no_commit_since_it_moves_on(repository: Path) -> None:
    commit(repository, "first", day=1)
    assert commits(repository, ["main", "HEAD", "20260101-093000", "before", "deadbeef"]) == {}


def test_a_commit_of_another_branch_is_known(repository: Path) -> None:
    first = commit(repository, "first", day=1)
    git(repository, "checkout", "-q", "-b", "side")
    side = commit(repository, "side", day=3)
    git(repository, "checkout", "-q", "main")
    second = commit(repository, "second", day=2)
    found = commits(repository, [side, second, first])
    assert sorted(found, key=lambda label: found[label].place) == [first, second, side]


def test_without_commit_repository_or_git_nothing_is_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commits(repository, ["v1"]) == {}
    commit(repository, "first", day=1)
    git(repository, "tag", "v1")
    assert commits(repository, []) == {}
    assert set(commits(repository, ["v1"])) == {"v1"}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commits(repository, ["v1"]) == {}
