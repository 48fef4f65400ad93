"""Default labels name the commit of the project."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perfkit.storage.labels import default_label
from support.git import git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_clean_work_tree_is_named_by_its_commit(repository: Path) -> None:
    assert default_label(NOON) == f"20260131-120000-{git(repository, 'rev-parse', '--short', 'HEAD')}"


def test_a_changed_file_makes_it_dirty_and_a_result_does_not(repository: Path) -> None:
    clean = default_label(NOON)
    (repository / "results").mkdir()
    (repository / "results" / "new.txt").write_text("x")
    assert default_label(NOON) == clean
    (repository / "perfkit.toml").write_text("schema = 1 # changed\n")
    assert default_label(NOON) == f"{clean}-dirty"


def test_a_repository_without_a_commit_gives_the_time_only(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = repository / "empty"
    empty.mkdir()
    (empty / "perfkit.toml").write_text("schema = 1\n")
    git(empty, "init", "-q")
    monkeypatch.chdir(empty)
    assert default_label(NOON) == "20260131-120000"


def test_without_git_a_label_is_the_time_only(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert default_label(NOON) == "20260131-120000"
