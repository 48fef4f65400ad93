"""A target that holds known amounts of memory for a moment in known steps: each step has its own peak."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.model.result import Trial
from perfkit.targets.process import LARGEST
from support.commandline import perfkit

pytestmark = pytest.mark.functional

SURGE = Path(__file__).parent.parent / "support/programs/surge.py"
SURGES = (("small", 50), ("rest", 0), ("large", 200), ("again", 20))
MB = 1_000_000


def scenario() -> str:
    head = 'schema = 1\ntitle = "Peaks"\ncluster.shape = "tiny"\n[[step]]\ndo = "launch"\nuntil = { log = "ready" }\n'
    asked = (
        f'[[step]]\ndo = "query"\nname = "{name}"\nstdin = "{megabytes}"\nuntil = {{ log = "over" }}\ntimes = 1\n'
        for name, megabytes in SURGES
    )
    return head + "".join(asked)


def test_each_step_has_the_peak_of_what_was_held_in_it(tmp_path: Path) -> None:
    """However short it is, where the process never held more before; after that it is what looks have seen."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/peaks.toml").write_text(scenario())
    target = f"mine=cmd:{sys.executable} -I -S {SURGE}"
    perfkit(tmp_path, "run", "peaks", "-t", target, "-r", "1", "-w", "0", "--trace", "samples", "--label", "one")
    stored = json.loads((tmp_path / "results/local/one/peaks.perfkit.json").read_text())
    (source,) = (metric["source"] for metric in stored["metrics"] if metric["name"] == "memory.peak")
    if source != LARGEST:
        pytest.skip("here the peak is that of the whole tree, which is not known by step")
    (trial,) = (msgspec.convert(each, Trial) for each in stored["trials"])
    at_rest = trial.values["launch/memory.peak"]
    over = {name: (trial.values[f"{name}/memory.peak"] - at_rest) / MB for name, _ in SURGES}
    assert over["small"] == pytest.approx(50, rel=0.02)
    assert over["rest"] == pytest.approx(0, abs=1)
    assert over["large"] == pytest.approx(200, rel=0.02)
    assert over["again"] <= 21
    assert trial.values["memory.peak"] == pytest.approx(trial.values["large/memory.peak"], rel=0.01)
