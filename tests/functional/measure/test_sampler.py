"""The sampler against process trees whose truth is known."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from perfkit.errors import PerfkitError
from perfkit.measure.live.looks import Looks, Tail
from perfkit.measure.runtime import asking, told
from perfkit.measure.samples import Samples
from perfkit.measure.sampling import Sampler
from perfkit.targets.process import ProcessLauncher
from support.targets import DEADLINE, Stage, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.targets.process import TreeUsage

pytestmark = pytest.mark.functional

MB = 1_000_000
SETTLED = 200_000_000  # ns at either end in which a program still starts, or ends


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    launcher = ProcessLauncher(f"sampled{os.getpid()}")
    try:
        yield Stage(launcher, tmp_path)
    finally:
        launcher.close()


@pytest.fixture
def sampler(stage: Stage, tmp_path: Path) -> Iterator[Sampler]:
    sampler = Sampler(stage.launcher.pid, tmp_path)
    try:
        yield sampler
    finally:
        sampler.close()


def observe(stage: Stage, sampler: Sampler, samples: Path, *command: str) -> tuple[dict[str, float], TreeUsage, float]:
    """Run one of our programs to its end under the sampler: its metrics, what the launcher says, seconds it took."""
    sampler.start(samples, None)
    running = stage.start(program(*command))
    ended = running.wait_exit(DEADLINE)
    assert ended is not None
    usage = running.stop(5)
    sampler.mark()
    sampler.stop()
    found = Samples.read(samples, running.started_ns).values(running.started_ns, time.monotonic_ns())
    return found, usage, (time.monotonic_ns() - running.started_ns) / 1e9


def test_cpu_of_short_children_and_a_daemon_is_seen(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """50 children of 20 ms, most of which no sample ever met, and a daemon: within 2 % of the truth and two ticks.

    What ends between two looks is in its parent's account, or the launcher's.
    """
    truth = tmp_path / "truth"
    values, _, seconds = observe(stage, sampler, tmp_path / "samples.csv", "tree", str(truth))
    told_by_target = sum(int(line) for line in truth.read_text().split()) / 1e9
    assert values["cpu.mean"] * seconds == pytest.approx(told_by_target, rel=0.02, abs=0.03)
    assert values["process.count.peak"] >= 2


def test_a_short_peak_of_memory_is_seen(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """300 MB for 50 ms: the account at the end has it within 2 %; so have samples, which come every 20 ms."""
    values, usage, _ = observe(stage, sampler, tmp_path / "samples.csv", "spike", "300")
    truth = int(stage.output.read_text()) * 1024
    assert truth > 300 * MB
    assert usage.memory_peak == pytest.approx(truth, rel=0.02)
    assert values["memory.rss.peak"] == pytest.approx(truth, rel=0.02)
    assert values["memory.rss.end"] < 100 * MB


@pytest.mark.parametrize("rate", [0, 4 * MB])
def test_a_leak_is_found_at_its_rate_and_a_heap_in_use_is_none(
    stage: Stage, sampler: Sampler, tmp_path: Path, rate: int
) -> None:
    """Megabytes a second in place of an hour: the slope's interval holds the truth, and 0 where nothing leaks."""
    sampler.start(tmp_path / "samples.csv", None)
    running = stage.start(program("leak", str(rate), "4"), pattern="ready")
    begun, ended = running.wait_log(DEADLINE), running.wait_exit(DEADLINE)
    assert begun is not None
    assert ended is not None
    running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", running.started_ns).values(begun + SETTLED, ended - SETTLED)
    low, high = values["memory.growth.low"] / 3600, values["memory.growth.high"] / 3600
    if rate:
        assert 0.98 * low <= rate <= 1.02 * high, "the samples' own times are a per cent off"
        assert 0.9 * rate < low
    else:
        assert low <= 0 <= high


def test_threads_descriptors_and_their_cpu(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """A program of 5 threads, one named burner that burns, and 20 open files."""
    threads = tmp_path / "threads.jsonl"
    sampler.start(tmp_path / "samples.csv", threads)
    running = stage.start(program("threads", "0.3"), pattern="ready")
    assert running.wait_log(DEADLINE) is not None
    sampler.mark()
    running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", running.started_ns).values(running.started_ns, time.monotonic_ns())
    assert values["process.threads.peak"] == 5
    assert values["process.fds.peak"] >= 20
    assert '"burner":' in threads.read_text().splitlines()[-1]


def test_context_switches_of_all_threads_are_seen(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """Two threads that each sleep 500 times, and a child that does: what the account has, but for a tenth."""
    sampler.start(tmp_path / "samples.csv", None)
    running = stage.start(program("naps", "500"), pattern="ready")
    assert running.wait_log(DEADLINE) is not None
    sampler.mark()
    usage = running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", running.started_ns).values(running.started_ns, time.monotonic_ns())
    assert 1500 <= values["process.context_switches"] <= usage.context_switches
    assert values["process.context_switches"] == pytest.approx(usage.context_switches, rel=0.1)


def test_a_child_of_what_was_at_rest_is_seen_though_both_sleep_from_then_on(
    stage: Stage, sampler: Sampler, tmp_path: Path
) -> None:
    """New processes are searched for only where somebody has run, and this one runs for a moment between two looks."""
    sampler.start(tmp_path / "samples.csv", None)
    running = stage.start(program("rest_and_fork"), pattern="ready")
    assert running.wait_log(DEADLINE) is not None
    for _ in range(3):
        sampler.mark()  # it rests, and is known
    running.expect_log("forked")
    running.signal(signal.SIGUSR1)
    assert running.wait_log(DEADLINE) is not None
    sampler.mark()
    running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", running.started_ns).values(running.started_ns, time.monotonic_ns())
    assert values["process.count.peak"] == 2


def test_memory_that_others_take_from_a_process_at_rest_is_seen(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """What does not run is not read at each look. The file it maps is cut: at the next full look it shows."""
    mapped = tmp_path / "mapped"
    mapped.write_bytes(bytes(64 * MB))
    sampler.start(tmp_path / "samples.csv", None)
    running = stage.start(program("mapped", str(mapped)), pattern="ready")
    assert running.wait_log(DEADLINE) is not None
    sampler.mark()
    os.truncate(mapped, 0)
    sampler.mark()
    running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", running.started_ns).values(running.started_ns, time.monotonic_ns())
    assert values["memory.rss.peak"] - values["memory.rss.end"] == pytest.approx(64 * MB, rel=0.02)


def test_a_tree_that_runs_already_is_found(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    """Sampling that begins late sees what was there before it, from then on."""
    running = stage.start(program("threads", "0.1"), pattern="ready")
    assert running.wait_log(DEADLINE) is not None
    began = time.monotonic_ns()
    sampler.start(tmp_path / "samples.csv", None)
    sampler.mark()
    running.stop(1)
    sampler.stop()
    values = Samples.read(tmp_path / "samples.csv", began).values(began, time.monotonic_ns())
    assert values["process.threads.peak"] == 5


def test_one_trial_does_not_count_in_the_next(stage: Stage, sampler: Sampler, tmp_path: Path) -> None:
    observe(stage, sampler, tmp_path / "first.csv", "burn", "0.3")
    values, _, seconds = observe(stage, sampler, tmp_path / "second.csv", "burn", "0.1")
    assert values["cpu.mean"] * seconds < 0.25


def test_samples_of_a_path_that_cannot_be_written_are_refused(sampler: Sampler, tmp_path: Path) -> None:
    with pytest.raises(PerfkitError, match="samples cannot be taken"):
        sampler.start(tmp_path / "missing" / "samples.csv", None)
    sampler.start(tmp_path / "samples.csv", None)  # and it lives on
    assert sampler.stop() >= 0


def test_a_killed_sampler_is_an_error_and_no_hang(sampler: Sampler, tmp_path: Path) -> None:
    sampler.start(tmp_path / "samples.csv", None)
    os.kill(sampler.pid, signal.SIGKILL)
    with pytest.raises(PerfkitError, match="the sampler is gone"):
        sampler.stop()


def test_a_sampler_dies_with_its_engine(tmp_path: Path) -> None:
    """Its lifeline is all that keeps it."""
    code = """
import sys
from pathlib import Path
from perfkit.measure.sampling import Sampler
print(Sampler(1, Path(sys.argv[1])).pid, flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert engine.stdout is not None
    watched = os.pidfd_open(int(engine.stdout.readline()))
    engine.kill()
    engine.communicate()
    ended = select.select([watched], [], [], DEADLINE)[0]
    os.close(watched)
    assert ended


TREE = """
import subprocess, sys, time
end = time.process_time() + float(sys.argv[1])
while time.process_time() < end: pass
child = subprocess.Popen([sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("ready", flush=True)
sys.stdin.readline()
end = time.process_time() + float(sys.argv[2])
while time.process_time() < end: pass
print("done", flush=True)
sys.stdin.read()
"""


def test_a_process_that_ran_before_is_seen_with_its_children_and_what_it_uses_from_then_on(tmp_path: Path) -> None:
    """0.4 s before, 0.2 s under watch: it counts 0.2 s, of two processes; it is seen to end."""
    command = [sys.executable, "-c", TREE, "0.4", "0.2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        sampler = Sampler(program.pid, tmp_path, itself=True)
        try:
            began = time.monotonic_ns()
            sampler.start(tmp_path / "samples.csv", None)
            program.stdin.write("go\n")
            program.stdin.flush()
            assert program.stdout.readline() == "done\n"
            sampler.mark()
            ended = time.monotonic_ns()
            values = Samples.read(tmp_path / "samples.csv", began).values(began, ended)
            assert values["cpu.mean"] * (ended - began) / 1e9 == pytest.approx(0.2, abs=0.06)
            assert values["process.count.peak"] == 2
            assert values["memory.pss.peak"] > 0
            program.communicate()
            looks, tail = Looks(began), Tail(tmp_path / "samples.csv")
            while not looks.gone:
                looks.take(tail.read())
            tail.close()
            sampler.stop()
        finally:
            sampler.close()


def test_pythons_collections_and_imports_are_counted(tmp_path: Path) -> None:
    """A program that collects 7 times by hand has at least those, also when it is killed."""
    code = "import gc, os, json; gc.disable(); [gc.collect() for _ in range(7)]; os.kill(os.getpid(), 9)"
    environment = asking({"PATH": os.environ["PATH"]}, tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    values = told(tmp_path, done.stderr)
    assert done.returncode == -9
    assert values["python.gc.runs"] >= 7
    assert 0 < values["python.gc.pause.peak"] <= values["python.gc.seconds"]
    assert values["python.import.seconds"] > 0


def test_a_hidden_sitecustomize_has_its_turn(tmp_path: Path) -> None:
    """The hook takes the name that a user's own file has; that one runs all the same."""
    (tmp_path / "sitecustomize.py").write_text("print('mine')\n")
    environment = asking({"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}, tmp_path)
    done = subprocess.run([sys.executable, "-c", "1"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "mine\n"
    assert list(tmp_path.glob("gc-*.bin"))
