"""The same target from another place: every path below a repository moves with it, what is elsewhere stays."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.scenario import TargetSpec
from perfkit.targets.relocation import MOST_PADDING, PADDING, missing, moved, padded, transplanted
from support.fakes import spec


def target(*command: str, folder: Path | str = "/repo", **environment: str) -> TargetSpec:
    return TargetSpec(name="head", program="x", command=command, environment=environment, folder=str(folder))


def test_paths_below_the_repository_move_to_the_work_tree() -> None:
    other = transplanted(
        target("/repo/bin/x", "--config=/repo/a.yaml", "pods", folder="/repo/sub", PYTHONPATH="/lib:/repo/src:/repo"),
        Path("/repo"),
        Path("/tree"),
    )
    assert other.command == ("/tree/bin/x", "--config=/tree/a.yaml", "pods")
    assert other.environment == {"PYTHONPATH": "/lib:/tree/src:/tree"}
    assert other.folder == "/tree/sub"


@pytest.mark.parametrize("word", ["/repository/x", "/other/repo/x", "repo/x", "/repo-2", "x/repo/y", "/repo.git/x"])
def test_what_only_looks_like_the_repository_stays(word: str) -> None:
    assert transplanted(target(word), Path("/repo"), Path("/tree")).command == (word,)


def test_a_path_may_hold_what_a_pattern_would_read_otherwise() -> None:
    assert transplanted(target("/a+b/x"), Path("/a+b"), Path(r"/\1")).command == (r"/\1/x",)


def test_what_a_work_tree_lacks_is_told(tmp_path: Path) -> None:
    top, tree = tmp_path / "top", tmp_path / "tree"
    for path in (top / "bin", tree / "bin"):
        path.mkdir(parents=True)
    (top / "bin/x").touch()
    (top / "client.py").touch()
    (tree / "client.py").touch()
    head = target(str(top / "bin/x"), "client.py", "pods", folder=top)
    assert missing(head, transplanted(head, top, tree)) == [tree / "bin/x"]
    (tree / "bin/x").touch()
    assert missing(head, transplanted(head, top, tree)) == []


def test_a_work_tree_without_the_folder_to_start_in_is_told(tmp_path: Path) -> None:
    (tmp_path / "top/sub").mkdir(parents=True)
    head = target("x", folder=tmp_path / "top/sub")
    assert missing(head, transplanted(head, tmp_path / "top", tmp_path / "tree")) == [tmp_path / "tree/sub"]


@given(st.integers())
def test_padding_is_a_variable_of_at_most_a_page(seed: int) -> None:
    spec_ = padded(spec("head", environment={"A": "b"}), random.Random(seed))
    assert spec_.environment["A"] == "b"
    assert 0 < len(spec_.environment[PADDING]) < MOST_PADDING


def test_two_paddings_differ() -> None:
    chance = random.Random(1)
    assert padded(spec("head"), chance).environment != padded(spec("head"), chance).environment


def test_moved_files_have_other_paths_and_the_same_content(tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    (repository / ".git").mkdir(parents=True)
    (repository / "src").mkdir()
    (repository / "src/client.py").write_text("code")
    (repository / "lib.py").write_text("beside")
    away = moved(
        target("/bin/sh", "src/client.py", "pods", "-c", folder=repository), tmp_path / "away", random.Random(1)
    )
    assert away.command[0] == "/bin/sh", "directly below /"
    assert away.command[2:] == ("pods", "-c")
    path = Path(away.command[1])
    assert path.is_relative_to(tmp_path / "away")
    assert path.read_text() == "code"
    assert (path.parent.parent / "lib.py").read_text() == "beside", "the whole repository moved"
    assert PADDING in away.environment


def test_a_program_outside_a_repository_takes_what_is_around_its_bin_along(tmp_path: Path) -> None:
    (tmp_path / "opt/tool/bin").mkdir(parents=True)
    (tmp_path / "opt/tool/bin/tool").touch()
    (tmp_path / "opt/tool/settings").touch()
    away = moved(target(str(tmp_path / "opt/tool/bin/tool"), folder=tmp_path), tmp_path / "away", random.Random(2))
    program = Path(away.command[0])
    assert program.is_relative_to(tmp_path / "away")
    assert (program.parent.parent / "settings").exists()


def test_moving_twice_leads_to_paths_of_another_length(tmp_path: Path) -> None:
    (tmp_path / "client.py").touch()
    chance = random.Random(3)
    lengths = {
        len(moved(target("client.py", folder=tmp_path), tmp_path / str(number), chance).command[0])
        for number in range(5)
    }
    assert len(lengths) > 1
