"""A regression explained by what differs: functions of both sides' profiles, requests that came and went."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfkit.profilers.files import write_profile
from support.commandline import perfkit
from support.profiles import cpu_profile
from support.releases import release, store

pytestmark = pytest.mark.functional


def _store(folder: Path, label: str, factors: dict[str, float], requests: dict[str, float]) -> None:
    result = release(label, {"lean": factors})
    parts = {f"api.requests{{{name}}}": count for name, count in requests.items()}
    trials = tuple(msgspec.structs.replace(trial, values=trial.values | parts) for trial in result.trials)
    store(folder, msgspec.structs.replace(result, trials=trials))


def test_the_function_that_gained_and_the_request_that_appeared_are_named(tmp_path: Path) -> None:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    _store(tmp_path, "v1", {}, {"resource=pods,verb=list": 1, "resource=nodes,verb=get": 2})
    _store(tmp_path, "v2", {"cpu.seconds": 1.5}, {"resource=pods,verb=list": 3, "resource=pods,verb=watch": 1})
    without = " ".join(perfkit(tmp_path, "compare", "v1", "v2", "--explain", "cpu.seconds").stdout.split())
    assert "requests appeared: watch pods ×1; gone: get nodes ×2; changed: list pods 1 → 3" in without
    assert "profile none of both sides: perfkit profile startup -t TARGET --label v1, then --label v2" in without
    for label, parse in (("v1", 100), ("v2", 350)):
        folder = tmp_path / "results/local" / label / "startup.profiles"
        folder.mkdir()
        profile = cpu_profile({"main (app.py:1);parse (app.py:9)": parse, "main (app.py:1)": 300})
        write_profile(profile, folder / "lean.py-spy.speedscope.json")
        (folder / "lean.perf.speedscope.json").write_text("damaged")
    told = " ".join(perfkit(tmp_path, "compare", "v1", "v2", "--explain", "cpu.seconds").stdout.split())
    assert "py-spy parse app.py +250 ms (100 ms → 350 ms) · perfkit compare results/local/v1/startup.profiles/" in told
    assert "none of both sides" not in told
    memory = perfkit(tmp_path, "compare", "v1", "v2", "--explain", "memory.peak").stdout
    assert "parse app.py" not in memory
