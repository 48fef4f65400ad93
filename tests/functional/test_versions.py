"""``perfkit run`` with versions of targets, as a person starts it: a project's commits, a library's releases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from support.commandline import command, perfkit
from support.projects import GitProject
from support.published_versions import only_from, wheel
from support.targets import DEADLINE

pytestmark = pytest.mark.functional

BUILD = "cp source.py client.py"
# A module whose console script asks the cluster for nothing: what it is made of is what differs.
QUIET = "def main():\n    print('{name} {version}')\n"


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    """Two commits, v1 and v2, whose client has to be built."""
    found = GitProject(tmp_path / "project", pairs=2)
    found.write("source.py", "import sys\nprint('built', sys.argv)\n")
    (found.folder / "client.py").unlink()
    found.write(".gitignore", "results/\nclient.py\n")
    for version in ("v1", "v2"):
        found.commit(version)
        found.git("tag", version)
    return found


def _cached(project: GitProject) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(project.temporary / "cache")}


def test_two_commits_are_built_once_each_and_compared(project: GitProject) -> None:
    words = ("run", "-t", "git:v1", "-t", "git:v2", "--build", BUILD, "-r", "1", "-o", "json")
    first = project.perfkit(*words, check=0, **_cached(project))
    assert first.stderr.count("building git:v") == 2
    section = json.loads(first.stdout)["results"][0]["sections"][0]
    assert [section[side]["name"] for side in ("base", "head")] == ["mine@v1", "mine@v2"]
    assert [section[side]["version"] for side in ("base", "head")] == [
        project.git("rev-parse", "--short=7", version).strip() for version in ("v1", "v2")
    ]
    assert section["versions"], "of one program: worse is regressed"
    again = project.perfkit(*words, check=0, **_cached(project))
    assert "building" not in again.stderr
    assert len(project.git("worktree", "list").splitlines()) == 3

    listed = project.perfkit("cache", "ls", check=0, **_cached(project)).stdout
    assert "git:v1" in listed
    project.perfkit("cache", "prune", "--all", check=0, **_cached(project))
    project.assert_clean()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("-t", "git:nosuch", "--build", BUILD), 2, "-t git: nosuch: no such commit"),
        (("-t", "git:v1", "--build", "echo broken; exit 3"), 3, "the build failed with status 3"),
        (("-t", "git:v1"), 2, "what makes the file: --build COMMAND"),
    ],
)
def test_what_goes_wrong_with_a_commit_leaves_no_work_tree(
    project: GitProject, words: tuple[str, ...], code: int, message: str
) -> None:
    done = project.perfkit("run", *words, "-r", "1", check=code, **_cached(project))
    assert message in done.stderr
    assert list(Path(_cached(project)["XDG_CACHE_HOME"]).glob("perfkit/targets/git/*/")) == []
    project.assert_clean()


def test_releases_are_named_and_what_came_along_stands_below(tmp_path: Path) -> None:
    """A check that knows them regressed or not, and a run that goes on, by the releases' names alone."""
    folder = tmp_path / "wheels"
    wheel(folder, "thing", "1.0", "helper==1.5", source=QUIET)
    wheel(folder, "thing", "1.1", "helper==2.0", source=QUIET)
    for version in ("1.5", "2.0"):
        wheel(folder, "helper", version)
    environment = {**only_from(folder), "XDG_CACHE_HOME": str(tmp_path / "cache"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    targets = ("-t", "pip:thing==1.0 -- thing", "-t", "pip:thing==1.1 -- thing")
    done = perfkit(tmp_path, "run", *targets, "-r", "1", "--shape", "tiny", "--label", "one", code=0, **environment)
    assert "base thing 1.0 → head thing 1.1 · 1 pair" in done.stdout
    assert "made of other parts: helper 1.5 → 2.0\n" in done.stdout
    on = perfkit(tmp_path, "run", "--resume", "--label", "one", "-r", "2", code=0, **environment)
    assert "installing" not in on.stderr
    assert "base thing 1.0 → head thing 1.1 · 2 pairs" in on.stdout
    stored = perfkit(tmp_path, "compare", "one", "-o", "json", code=0, **environment).stdout
    assert '"hashes":{"helper-1.5-py3-none-any.whl":' in stored.replace(" ", "").replace("\n", "")


# Stands for uv: resolves at once, and is long at installing.
HANGING = """#!/bin/sh
case "$*" in
*compile*) echo 'packages = [{ name = "thing", version = "1.0" }]' > pylock.toml ;;
*install*) echo $$ > "$STARTED.part"; mv "$STARTED.part" "$STARTED"; exec sleep 1000 ;;
esac
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_install_that_is_interrupted_leaves_nothing_that_is_used(tmp_path: Path, number: int, code: int) -> None:
    folder, started = tmp_path / "wheels", tmp_path / "started"
    wheel(folder, "thing", "1.0", source=QUIET)
    (tmp_path / "hanging").mkdir()
    (tmp_path / "hanging" / "uv").write_text(HANGING)
    (tmp_path / "hanging" / "uv").chmod(0o755)
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "UV_CACHE_DIR": str(tmp_path / "uv"), **only_from(folder)}
    target = ("run", "-t", "pip:thing==1.0 -- thing", "-r", "1", "--shape", "tiny")
    line, environment = command(tmp_path, *target)
    path = f"{tmp_path / 'hanging'}:{os.environ['PATH']}"
    process = subprocess.Popen(line, cwd=tmp_path, env={**environment, **cache, "PATH": path, "STARTED": str(started)})
    deadline = time.monotonic() + DEADLINE
    while not started.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(DEADLINE) == code
    halves = [each for each in (tmp_path / "cache").glob("perfkit/targets/pip/*/") if not (each / "made.json").exists()]
    assert len(halves) == (number == signal.SIGKILL)

    done = perfkit(tmp_path, *target, code=0, **cache)
    assert "thing 1.0" in done.stdout
    with suppress(psutil.NoSuchProcess):  # dead, though whoever inherited it may not have looked after it yet
        assert psutil.Process(int(started.read_text())).status() == psutil.STATUS_ZOMBIE, "nothing goes on installing"
