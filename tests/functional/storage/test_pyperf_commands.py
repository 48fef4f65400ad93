"""pyperf's own commands open what perfkit exports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from perfkit.storage.pyperf_export import write_export
from support.stored import make_result, make_trials

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


def pyperf(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(params=[1, 20], ids=["one trial", "twenty trials"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = write_export(make_result(trials=make_trials(request.param)), tmp_path)
    return str(path)


@pytest.mark.parametrize("command", ["show", "stats", "hist", "dump", "metadata"])
def test_each_command_opens_an_export(command: str, export: str) -> None:
    assert "base startup.ready" in pyperf(command, export)


def test_show_gives_the_values_in_their_units(tmp_path: Path) -> None:
    export = write_export(make_result(trials=make_trials(20)), tmp_path)
    assert pyperf("show", "-q", str(export)).splitlines()[:3] == [
        "base startup.ready: Mean +- std dev: 1.21 sec +- 0.12 sec",
        "base memory.peak: Mean +- std dev: 47.7 MiB +- 0 bytes",
        "base api.requests: Mean +- std dev: 4 +- 0.0",
    ]


def test_compare_to_matches_the_same_targets_of_two_exports(tmp_path: Path) -> None:
    paths = []
    for label, blocks in (("before", 20), ("after", 15)):
        (tmp_path / label).mkdir()
        paths.append(str(write_export(make_result(label=label, trials=make_trials(blocks)), tmp_path / label)))
    assert "startup.ready" in pyperf("compare_to", "--table", *paths)
