"""Profiles captured of a program of which it is known what they must name."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perfkit.model.scenario import TargetSpec
from perfkit.profilers.files import read_profile
from perfkit.profilers.summary import summarise
from perfkit.profilers.tools.attached import Perf
from perfkit.profilers.tools.tool import Window
from support.commandline import command, perfkit

pytestmark = pytest.mark.functional

BUSY = Path(__file__).parents[2] / "support" / "programs" / "busy.py"
LEAKY = BUSY.with_name("leaky.py")
SCENARIO = """
schema = 1
title = "a life"
cluster.shape = "tiny"
[[step]]
do = "launch"
timeout = "60 s"
[[step]]
do = "idle"
name = "busy"
duration = "1.5 s"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "perfkit.toml").write_text("schema = 1\n")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "life.toml").write_text(SCENARIO)
    (folder / "scenarios" / "end.toml").write_text(SCENARIO.partition('[[step]]\ndo = "idle"')[0])
    return folder


def busy(seconds: float) -> str:
    return f"busy=cmd:{sys.executable} {BUSY} {seconds}"


def test_every_profiler_names_what_is_known_and_one_of_no_use_is_told(project: Path) -> None:
    tools = "py-spy,memray,importtime,pprof"
    done = perfkit(project, "profile", "end", "-t", busy(1.5), "--with", tools, "--label", "a", "-o", "json")
    assert "busy: pprof left out: neither kubectl" in done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "perfkit.profile/1"
    assert [each["title"].split(" · ")[2] for each in told["results"]] == ["py-spy", "memray", "importtime"]
    folder = project / "results/local/a/end.profiles"
    cpu = read_profile(folder / "busy.py-spy.speedscope.json")
    assert summarise(cpu).by_self[0].function == "hot_function"
    assert cpu.samples > 50
    held = read_profile(folder / "busy.memray.pb.gz")
    assert "allocator" in [cost.function for cost in summarise(held).by_total]
    assert "leak" in [cost.function for cost in summarise(held, "leaked_space").by_total]
    assert held.doubts == read_profile(folder / "busy.memray.bin").doubts
    (others,) = [each["also"] for each in told["results"] if "memray" in each["title"]]
    assert [each["value"]["name"] for each in others] == ["total_space", "leaked_space"]
    assert "spent" in [cost["function"] for cost in others[0]["by_self"]]
    assert "encodings" in [frame.function for frame in read_profile(folder / "busy.importtime").frames]
    made = {path.name for path in folder.iterdir()}
    assert {
        "busy.py-spy.svg",
        "busy.memray.svg",
        "busy.memray.bin.flamegraph.html",
        "busy.memray.bin.stats.json",
    } <= made


def test_a_step_alone_is_profiled_and_what_cannot_do_that_is_told(project: Path) -> None:
    done = perfkit(
        project,
        "profile",
        "life",
        "-t",
        f"{busy(30)}",
        "--ready",
        "log .*",
        "--with",
        "py-spy",
        "--step",
        "none",
        code=2,
    )
    assert "life has no step 'none'" in done.stderr
    words = ("profile", "life", "-t", f"p=cmd:{sys.executable} -c 'print(1, flush=True)\nwhile True: sum(range(9999))'")
    done = perfkit(project, *words, "--ready", "log 1", "--with", "memray,py-spy", "--step", "busy", "--label", "s")
    assert "memray left out: it sees a whole life" in done.stderr
    profile = read_profile(project / "results/local/s/life.profiles/p.busy.py-spy.speedscope.json")
    assert 0.5e9 < sum(profile.weights().values()) < 2.5e9
    assert "p.busy.py-spy.speedscope.json" in done.stdout


def test_profiles_change_no_stored_sample(project: Path) -> None:
    words = ("run", "end", "-t", busy(0.1), "-r", "2", "--label", "r", "--profile", "importtime")
    done = perfkit(project, *words)
    assert "busy: importtime: most in" in done.stderr
    folder = project / "results/local/r"
    stored = json.loads((folder / "end.perfkit.json").read_text())
    assert [(trial["block"], trial.get("pass", "timing")) for trial in stored["trials"]] == [
        (-1, "timing"),
        (0, "timing"),
        (1, "timing"),
    ]
    before = _hashes(folder)
    perfkit(project, "profile", "end", "-t", busy(0.1), "--with", "importtime", "--label", "r")
    assert _hashes(folder) == before
    assert {path.name for path in before} == {"journal.jsonl", "end.perfkit.json", "end.json"}


def _hashes(folder: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def test_a_monitored_program_tells_which_types_it_leaks(project: Path) -> None:
    targets = (f"leaky=cmd:{sys.executable} {LEAKY} 0.2", f"silent=cmd:{sys.executable} -c pass")
    words = (each for target in targets for each in ("-t", target))
    done = perfkit(project, "profile", "end", *words, "--ready", "exit", "--with", "objects", "--label", "o")
    assert "silent: objects: no profile: the target started no perfkit.monitor.Monitor" in done.stderr
    profile = read_profile(project / "results/local/o/end.profiles/leaky.objects.pb.gz")
    (grown,) = [cost.self for cost in summarise(profile).by_self if cost.function == "__main__.Leaked"]
    assert grown > 0
    assert "__main__.Given" not in {cost.function for cost in summarise(profile).by_self}
    assert "looks are few" in " ".join(done.stdout.split())
    assert "__main__.Leaked" in perfkit(project, "compare", "results/local/o/end.profiles/leaky.objects.pb.gz").stdout


def test_what_cannot_be_profiled_is_a_line_and_the_rest_goes_on(project: Path, tmp_path: Path) -> None:
    # Python only for importtime: py-spy finds none in it, however quickly it looks.
    short = tmp_path / "python3"
    short.write_text(f'#!/bin/sh\n[ -z "$PYTHONPROFILEIMPORTTIME" ] || exec {sys.executable} "$@"\n')
    short.chmod(0o755)
    done = perfkit(
        *(project, "profile", "end", "-t", "gone=cmd:sleep 0", "-t", f"short=cmd:{short} -c pass"),
        *("--with", "py-spy,importtime", "--label", "b"),
    )
    assert "gone: py-spy left out: not a Python program" in done.stderr
    assert "short: py-spy: no profile: " in done.stderr
    assert "short · importtime" in done.stdout
    done = perfkit(project, "profile", "end", "-t", "gone=cmd:sleep 0", "--with", "memray", code=3)
    assert "gone: memray left out: not a Python program" in done.stderr
    assert "no profiler gdb" in perfkit(project, "profile", "end", "--with", "gdb", code=2).stderr


def test_ctrl_c_keeps_what_was_captured_and_leaves_nothing_running(project: Path) -> None:
    words, environment = command(
        project, "profile", "end", "-t", busy(0.1), "-t", f"long{busy(60)}", "--with", "py-spy", "--label", "c"
    )
    with subprocess.Popen(words, cwd=project, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "longbusy" not in (line := process.stderr.readline()):
            assert line, "it ended before the second target"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 130
    assert "interrupted; profiles kept: " in said


@pytest.mark.skipif(
    Perf().obstacle(TargetSpec(name="x", program="x", command=("x",)), Window()) != "", reason="perf does not work here"
)
def test_perf_sees_native_programs(project: Path) -> None:
    target = f"cpu=cmd:{shutil.which('sha256sum')} /dev/zero"
    (project / "scenarios" / "native.toml").write_text(SCENARIO.replace("60 s", "1 s"))
    done = perfkit(
        *(project, "profile", "native", "-t", target, "--ready", "api list pods"),
        *("--with", "perf", "--label", "p"),
    )
    assert "the trial failed" in done.stderr
    profile = read_profile(project / "results/local/p/native.profiles/cpu.perf.speedscope.json")
    assert profile.samples > 3  # in a second, of a processor that is shared with whatever else runs
