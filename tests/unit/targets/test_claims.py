"""Folders that tell whether their owner lives."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from perfkit.errors import StorageError
from perfkit.targets.claims import abandoned, claimed_folder, remove_tree
from perfkit.targets.home import fresh_home
from perfkit.targets.runs import RunLock, sweep_leftovers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_claimed_folder_is_secret_empty_and_removed(temporary: Path) -> None:
    with claimed_folder("home") as folder:
        assert folder.parent == temporary
        assert list(folder.iterdir()) == []
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert list(temporary.iterdir()) == []


def test_a_claimed_folder_is_removed_after_an_error(temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), claimed_folder("home") as folder:
        _ = 1 / 0
    assert not folder.exists()


def test_a_folder_in_use_is_not_abandoned() -> None:
    with claimed_folder("home"):
        assert list(abandoned("home")) == []


def test_a_folder_of_the_dead_is_abandoned_and_locked_while_looked_at(temporary: Path) -> None:
    (temporary / "perfkit-home-dead").mkdir()
    (temporary / "perfkit-run-dead").mkdir()
    for folder in abandoned("home"):
        assert folder == temporary / "perfkit-home-dead"
        assert list(abandoned("home")) == [], "a second sweeper has nothing to do"


def test_links_and_files_are_not_taken_for_folders(temporary: Path, tmp_path: Path) -> None:
    """A name in a folder that all may write to is no proof."""
    (tmp_path / "precious").mkdir()
    (temporary / "perfkit-home-link").symlink_to(tmp_path / "precious")
    (temporary / "perfkit-home-file").touch()
    assert list(abandoned("home")) == []


def test_a_claim_lost_to_a_sweeper_is_made_again(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between making a folder and locking it, a sweeper may come: that folder is left to it."""
    real, calls = fcntl.flock, []

    def first_taken(lock: int, how: int) -> None:
        calls.append(lock)
        if len(calls) == 1:
            raise BlockingIOError
        real(lock, how)

    monkeypatch.setattr(fcntl, "flock", first_taken)
    with claimed_folder("home") as folder:
        assert len(list(temporary.iterdir())) == 2
        assert folder.exists()


def test_no_room_for_a_folder_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(StorageError, match="/nowhere: no folder can be made: No such file"), claimed_folder("home"):
        pass


def test_remove_tree_takes_what_is_read_only_and_deep(tmp_path: Path) -> None:
    """Go's module cache is read-only; links are removed, not followed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    tree = tmp_path / "tree"
    tree.mkdir()
    for depth in range(1, 1200):
        os.mkdir(f"{tree}{'/d' * depth}")  # noqa: PTH102 - pathlib recurses or parses all of it each time
    (tree / "link").symlink_to(tmp_path / "outside")
    (tree / "locked").mkdir()
    (tree / "locked" / "file").touch(mode=0o400)
    (tree / "locked").chmod(0o500)
    remove_tree(tree)
    assert not tree.exists()
    assert (tmp_path / "outside" / "kept").exists()


def test_removing_nothing_is_no_error(tmp_path: Path) -> None:
    remove_tree(tmp_path / "missing")


def test_runs_have_ids_of_their_own(temporary: Path) -> None:
    with RunLock() as one, RunLock() as other, fresh_home():
        assert one.id != other.id
        assert (temporary / f"perfkit-run-{one.id}").is_dir()
        assert sweep_leftovers() == []
    assert list(temporary.iterdir()) == []


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(temporary: Path) -> None:
    (temporary / "perfkit-run-deadbeef").mkdir()
    (temporary / "perfkit-home-deadbeef").mkdir()
    (temporary / "perfkit-else").mkdir()
    with fresh_home() as home:
        assert sweep_leftovers() == ["deadbeef"]
        assert home.exists()
    assert [path.name for path in temporary.iterdir()] == ["perfkit-else"]
