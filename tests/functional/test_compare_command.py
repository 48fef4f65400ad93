"""``perfkit compare`` as a person meets it: releases by label, file, folder and git ref, mistakes, poor terminals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.commandline import perfkit
from support.git import git
from support.releases import many_releases, release, store, two_releases

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    two_releases(tmp_path)
    many_releases(tmp_path)
    return tmp_path


def test_labels_folders_and_files_name_the_same(project: Path) -> None:
    by_label = perfkit(project, "compare", "v1", "v2").stdout
    by_folder = perfkit(project, "compare", "./results/local/v1", "results/local/v2/").stdout
    assert by_label.splitlines()[1:4] == by_folder.splitlines()[1:4]
    file = perfkit(
        project, "compare", "results/local/v1/busy.perfkit.json", "v2/../results/local/v2/busy.perfkit.json", code=2
    )
    assert "cannot be read" in file.stderr
    one = perfkit(project, "compare", "results/local/v1/busy.perfkit.json", "results/local/v2/busy.perfkit.json").stdout
    assert "startup.ready" in one


def test_git_refs_name_what_was_recorded_at_their_commits(project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    for tag, factors in (("w1", {}), ("w2", {"startup.ready": 1.5})):
        git(project, "commit", "-q", "--allow-empty", "-m", tag)
        git(project, "tag", tag)
        name = git(project, "rev-parse", "--short", "HEAD")
        store(project, release(f"20260101-000000-{name}", {"lean": factors}))
    text = perfkit(project, "compare", "w1", "HEAD").stdout
    assert "REGRESSED: startup.ready +50 %" in text
    assert "  w1 is commit " in text
    git(project, "commit", "-q", "--allow-empty", "-m", "later")
    assert "labels near it: 20260101-000000-" in perfkit(project, "compare", "w1", "HEAD", code=2).stderr


def test_a_metric_to_explain_may_stand_anywhere(project: Path) -> None:
    for words in (("--explain", "memory.peak", "r0", "r2"), ("r0", "r2", "--explain", "memory.peak")):
        assert "Why memory.peak is improved" in perfkit(project, "compare", *words).stdout
    assert "Why cpu.seconds is regressed" in perfkit(project, "compare", "r0", "r2", "--explain").stdout


def test_a_terminal_without_our_signs_gets_the_nearest_ones(project: Path) -> None:
    text = perfkit(project, "compare", "r0", "r2", PYTHONIOENCODING="ascii").stdout
    assert text.isascii()
    assert "o" in next(line for line in text.splitlines() if line.startswith("cpu.seconds") and "[" in line)


def test_a_plot_is_left_away_where_nobody_wants_it(project: Path) -> None:
    assert "├" in perfkit(project, "compare", "r0", "r2").stdout
    assert "├" not in perfkit(project, "compare", "r0", "r2", "--no-plot").stdout


def test_json_is_one_document_whatever_is_compared(project: Path) -> None:
    for words in (("v1", "v2"), ("r0", "r1", "r2"), ("v1",)):
        document = json.loads(perfkit(project, "compare", *words, "-o", "json").stdout)
        assert document["schema"] == "perfkit.compare/1"
        assert document["results"]


def test_a_limit_may_come_from_the_command_line(project: Path) -> None:
    perfkit(project, "compare", "r0", "r2", "--exit-code", code=1)
    perfkit(project, "compare", "r0", "r2", "--exit-code", "--limit", "cpu.seconds=+60 %")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("compare", "r0", "nowhere"), 2, "no result labelled 'nowhere'"),
        (("compare", "r0", "r2", "--limit", "memory.peak"), 2, "is not METRIC=LIMIT"),
        (("compare", "r0", "r2", "--limit", "memory.peak=-5 %"), 2, "bounds its better side"),
        (("compare", "r0", "r2", "--explain", "memory.peek"), 2, "did you mean 'memory.peak'"),
        (("compare", "r0", "--explain"), 2, "nothing is compared"),
        (("compare", "r0", "r0"), 2, "twice the same target"),
        (("compare", "./empty", "r0"), 2, "empty holds no result"),
        (("compare", "./results/local", "r0"), 2, "name one of the labels in it"),
        (("compare", "./mixed", "r0"), 2, "mixed/b.perfkit.json: not a result of perfkit"),
        (("compare", "./truncated", "r0"), 2, "truncated"),
        (("compare", "./future", "r0"), 2, "upgrade perfkit"),
        (("run", "startup", "-t", "lean", "--limit", "cpu=+5 %"), 2, "unknown metric 'cpu'"),
        (("run", "startup", "-t", "lean", "--limit", "cpu.seconds=-5 %"), 2, "bounds its better side"),
        (("run", "--resume", "--limit", "cpu.seconds=+5 %", "--label", "r0"), 2, "limits cannot change"),
        (("check", "-t", "a=lean", "-t", "b=lean", "--limit", "cpu.seconds=+5 MB"), 2, "is a number of bytes"),
    ],
)
def test_a_mistake_is_one_clear_line(project: Path, words: tuple[str, ...], code: int, said: str) -> None:
    whole = (project / "results/local/r0/startup.perfkit.json").read_bytes()
    for name, content in {
        "empty/readme.txt": b"",
        "mixed/a.perfkit.json": whole,
        "mixed/b.perfkit.json": b'{"hello": "world"}',
        "truncated/startup.perfkit.json": whole[:1000],
        "future/startup.perfkit.json": b'{"schema": "perfkit.result/99"}',
    }.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    done = perfkit(project, *words, code=code)
    assert said in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 2
