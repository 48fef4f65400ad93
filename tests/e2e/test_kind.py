"""The real kind: what it says on a machine without a container engine; a whole run where there is one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support import foreign
from support.commandline import perfkit

pytestmark = pytest.mark.e2e


def engine() -> str:
    """The first container engine that works here; empty: none."""
    for name in ("docker", "podman", "nerdctl"):
        if shutil.which(name) and not subprocess.run([name, "info"], capture_output=True, check=False).returncode:
            return name
    return ""


@pytest.fixture
def path() -> str:
    return f"{foreign.kind().parent}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("name", ["docker", "podman", "nerdctl"])
def test_without_an_engine_it_says_so_in_a_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    """No engine can be on this PATH."""
    done = perfkit(
        tmp_path, "cluster", "up", "--cluster=kind", "--engine", name, code=4, PATH=str(foreign.kind().parent)
    )
    what, advice, *rest = done.stderr.splitlines()
    assert what == f"perfkit: kind: no container engine: {name} is not installed"
    assert "--engine" in advice
    assert not rest
    assert not perfkit(tmp_path, "cluster", "ls").stdout


def test_an_engine_that_does_not_run_is_told(tmp_path: Path, path: str) -> None:
    if not shutil.which("docker"):
        pytest.skip("no docker command here")
    nowhere = f"unix://{tmp_path}/docker.sock"
    done = perfkit(tmp_path, "run", "startup", "-t", "lean", "--cluster=kind", code=4, PATH=path, DOCKER_HOST=nowhere)
    assert "perfkit: kind: no container engine: docker does not run" in done.stderr
    assert not perfkit(tmp_path, "cluster", "ls", PATH=path).stdout


def test_a_whole_run(tmp_path: Path, path: str) -> None:
    if not engine():
        pytest.skip("no container engine works here: docs/real-clusters.md says how to run this")
    words = ("run", "startup", "--cluster=kind:perfkit-test", "--pods=200", "-t", "lean", "-r=2")
    try:
        perfkit(tmp_path, *words, PATH=path)
        (stored,) = tmp_path.rglob("startup.perfkit.json")
        assert all(trial["outcome"] == "ok" for trial in json.loads(stored.read_bytes())["trials"])
    finally:
        perfkit(tmp_path, "cluster", "down", "--all", PATH=path)
