"""A regression explained by what differs: functions of both sides' profiles, requests that came and went."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.model.profile import Frame, ProfileBuilder, ValueType
from perfkit.model.scenario import ClusterSpec, Launch, Ready
from perfkit.profilers.files import write_profile
from support.commandline import perfkit
from support.profiles import cpu_profile
from support.releases import release, store
from support.samples import slower_head

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
        held = ProfileBuilder([ValueType("peak_space", "bytes")])
        held.add([Frame("hold", "app.py")], parse * 1024)
        write_profile(held.profile(), folder / "lean.memray.pb.gz")
    told = " ".join(perfkit(tmp_path, "compare", "v1", "v2", "--explain", "cpu.seconds").stdout.split())
    assert "py-spy parse app.py +250 ms (100 ms → 350 ms) · perfkit compare results/local/v1/startup.profiles/" in told
    assert "none of both sides" not in told
    memory = " ".join(perfkit(tmp_path, "compare", "v1", "v2", "--explain", "memory.peak").stdout.split())
    assert "memray hold app.py +250 KiB (100 KiB → 350 KiB)" in memory
    assert "parse app.py" not in memory


def test_both_targets_of_a_run_that_regressed_are_profiled_before_they_are_explained(tmp_path: Path) -> None:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    result = slower_head()
    code = "def {0}():\n    sum(n * n for n in range(4_000_000))\n{0}()"
    targets = tuple(
        msgspec.structs.replace(
            target,
            command=(sys.executable, "-c", code.format(f"work_of_{target.name}")),
            ready=Ready(kind="exit"),
            client=None,
        )
        for target in result.scenario.targets
    )
    scenario = msgspec.structs.replace(
        result.scenario, targets=targets, steps=(Launch(timeout=60.0),), cluster=ClusterSpec(shape="tiny")
    )
    store(tmp_path, msgspec.structs.replace(result, scenario=scenario, label="pair"))
    done = perfkit(tmp_path, "compare", "pair", "--explain", "cpu.seconds", code=1)
    told = " ".join(done.stdout.split())
    assert "work_of_base" in told
    assert "work_of_head" in told
    again = perfkit(tmp_path, "compare", "pair", "--explain", "cpu.seconds", code=1)
    assert "profiling" not in again.stderr, "what was captured is not captured again"
    assert "no profiler gdb" in perfkit(tmp_path, "compare", "pair", "--explain", "--profile", "gdb", code=2).stderr
