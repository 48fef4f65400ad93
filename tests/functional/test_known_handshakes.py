"""A target whose TLS handshakes are known exactly: how many are told, how they ended, and in which step."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.model.result import Trial, sample
from support.commandline import perfkit

pytestmark = pytest.mark.functional

SHAKE = Path(__file__).parent.parent / "support/programs/shake.py"
SCENARIO = """\
schema = 1
title = "Known handshakes"
cluster.shape = "tiny"
link.name = "loopback"
[[step]]
do = "launch"
until = { log = "ready" }
timeout = "20 s"
[[step]]
do = "query"
name = "more"
stdin = "again"
until = { log = "done" }
times = 2
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    folder: Path = tmp_path_factory.mktemp("shaken")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/shaken.toml").write_text(SCENARIO)
    target = f"mine=cmd:{sys.executable} {SHAKE} plain=1 failed=2 full=3 resumed=4"
    perfkit(folder, "run", "shaken", "-t", target, "-r", "1", "--label", "one")
    stored = json.loads((folder / "results/local/one/shaken.perfkit.json").read_text())["trials"]
    (found,) = (msgspec.convert(each, Trial) for each in stored if each["block"] == 0)
    return found


def test_each_handshake_is_counted_with_how_it_ended(trial: Trial) -> None:
    """Nine at the start, nine for each of two queries; a connection that says nothing has none."""
    assert sample(trial, "api.handshakes") == 27
    assert sample(trial, "api.handshakes{outcome=full}") == 9
    assert sample(trial, "api.handshakes{outcome=resumed}") == 12
    assert sample(trial, "api.handshakes{outcome=failed}") == 6
    assert sample(trial, "link.connections") == 30


def test_they_are_known_by_step(trial: Trial) -> None:
    assert sample(trial, "launch/api.handshakes") == 9
    assert sample(trial, "more/api.handshakes{outcome=resumed}") == 8
    assert sample(trial, "more/api.handshakes{outcome=failed}") == 4
    assert sample(trial, "launch/link.connections") == 10
    assert sample(trial, "more/link.connections") == 20
