"""A Python target whose collections and imports are known: how many of them fall into each step."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.model.result import Trial, sample
from support.commandline import perfkit

pytestmark = pytest.mark.functional

PROGRAM = Path(__file__).parent.parent / "support/programs/chatty_runtime.py"
SCENARIO = """\
schema = 1
title = "Known runtime"
cluster.shape = "tiny"
pass = "trace"
trace = { runtime = true }
[[step]]
do = "launch"
until = { log = "ready" }
[[step]]
do = "query"
name = "some"
stdin = "3 colorsys"
until = { log = "done" }
times = 1
[[step]]
do = "query"
name = "more"
stdin = "5 colorsys"
until = { log = "done" }
times = 1
"""


def test_collections_and_imports_are_those_of_the_step_in_which_they_happened(tmp_path: Path) -> None:
    """A module is imported once; the last step ends when it is said to be done, which is after its collections."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/runtime.toml").write_text(SCENARIO)
    target = f"mine=cmd:{sys.executable} {PROGRAM}"
    perfkit(tmp_path, "run", "runtime", "-t", target, "-r", "1", "-w", "0", "--label", "one")
    stored = json.loads((tmp_path / "results/local/one/runtime.perfkit.json").read_text())["trials"]
    (trial,) = (msgspec.convert(each, Trial) for each in stored)
    assert trial.ok, trial.reason
    runs = {step: sample(trial, f"{step}/python.gc.runs") for step in ("some", "more")}
    assert runs == {"some": 3, "more": 5}
    imports = {step: sample(trial, f"{step}/python.imports") for step in ("launch", "some", "more")}
    assert imports["launch"] is not None
    assert imports["launch"] > 10
    assert (imports["some"], imports["more"]) == (1, 0)
    assert sum(filter(None, imports.values())) == sample(trial, "python.imports")
