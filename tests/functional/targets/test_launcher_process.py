"""The launcher against targets whose truth is known: what they use, what they print, and that all of them ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from perfkit.errors import PerfkitError, StorageError, TargetError
from perfkit.measure.cpu import process_cpu
from perfkit.model.scenario import TargetSpec
from perfkit.targets import process
from perfkit.targets.launcher.output import HEAD, TAIL
from perfkit.targets.launcher.processes import descendants
from perfkit.targets.process import ProcessLauncher
from perfkit.targets.runs import carriers, sweep_leftovers
from support.targets import DEADLINE, PROGRAMS, Stage, behave, left_over, program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

RUN = f"test{os.getpid()}"
WITHOUT_CGROUPS = process.BOOT.replace(
    "launcher.main.main()", "launcher.cgroups.own_cgroup = lambda: None; launcher.main.main()"
)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    launcher = ProcessLauncher(RUN)
    try:
        yield Stage(launcher, tmp_path)
    finally:
        launcher.close()
    assert carriers(RUN) == [], "a closed launcher leaves nothing"


@pytest.fixture(params=["as this machine allows", "without cgroups"])
def either_stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stage:
    if request.param == "without cgroups":
        monkeypatch.setattr(process, "BOOT", WITHOUT_CGROUPS)
    stage: Stage = request.getfixturevalue("stage")
    return stage


# ---- what a tree used


def test_cpu_of_the_whole_tree_is_counted(either_stage: Stage, tmp_path: Path) -> None:
    """Short children and a daemon without parents count like the root: within 2 % and 10 ms of their own truth."""
    truth = tmp_path / "truth"
    running = either_stage.start(program("tree", str(truth)), pattern="done")
    assert running.wait_exit(DEADLINE) is not None
    usage = running.stop(5)
    told = [int(line) / 1e9 for line in truth.read_text().split()]
    assert len(told) == 53
    assert usage.cpu_seconds == pytest.approx(sum(told), rel=0.02, abs=0.010)
    assert usage.killed == 0


def test_memory_is_what_the_kernel_counts_for_the_target(either_stage: Stage) -> None:
    """A program that holds 400 MB has its peak measured within 2 %."""
    running = either_stage.start(program("memory", "400"))
    running.wait_exit(DEADLINE)
    usage = running.stop(5)
    told = int(running.output_tail()) * 1024
    assert told > 400_000_000
    assert usage.memory_peak == pytest.approx(told, rel=0.02)


def test_a_target_is_killed_at_its_memory_cap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a child holds counts too; and where no cgroup caps it, the launcher does."""
    monkeypatch.setattr(process, "BOOT", WITHOUT_CGROUPS)
    monkeypatch.setattr(process, "_memory_max", lambda: 200 << 20)
    launcher = ProcessLauncher(RUN)
    stage = Stage(launcher, tmp_path)
    running = stage.start(program("memory", "100"))
    running.wait_exit(DEADLINE)
    assert running.memory_cap_hit is None
    assert running.stop(1).warnings == ()
    holding = f"{sys.executable} -c 'import time; held = bytearray(b\"1\") * 400_000_000; time.sleep(600)'"
    running = stage.start(TargetSpec(name="shell", program="shell", command=("sh", "-c", f"{holding}; sleep 600")))
    running.wait_exit(DEADLINE)
    assert running.exit_status == -signal.SIGKILL
    assert running.memory_cap_hit == 200 << 20
    assert "hit the memory cap of 200 MiB" in running.stop(1).warnings[0]
    launcher.close()


def test_a_fat_engine_does_not_count(tmp_path: Path) -> None:
    """A small program started by an engine of 300 MiB reads less than 12 MiB."""
    code = f"""
import sys
from pathlib import Path
from perfkit.targets.process import ProcessLauncher
from perfkit.model.scenario import TargetSpec
fat = bytearray(b"1") * (300 << 20)
launcher = ProcessLauncher({RUN!r})
target = TargetSpec(name="sleep", program="sleep", command=("sleep", "0"))
folder = Path({str(tmp_path)!r})
running = launcher.start(target, home=folder / "home", kubeconfig="", output=folder / "output", pattern="")
running.wait_exit(20)
print(running.stop(1).memory_peak)
launcher.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 12 << 20


def test_memory_below_the_launchers_own_is_called_an_upper_bound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the kernel's own count, a target smaller than the launcher cannot be told from it: that is said."""
    monkeypatch.setattr(process, "BOOT", WITHOUT_CGROUPS)
    launcher = ProcessLauncher(RUN)
    stage = Stage(launcher, tmp_path)
    running = stage.start(TargetSpec(name="true", program="true", command=("true",)))
    running.wait_exit(DEADLINE)
    assert "upper bound" in running.stop(1).warnings[0]
    running = stage.start(program("memory", "40"))
    running.wait_exit(DEADLINE)
    assert running.stop(1).warnings == ()
    launcher.close()


def test_sources_name_where_numbers_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BOOT", WITHOUT_CGROUPS)
    launcher = ProcessLauncher(RUN)
    assert launcher.sources() == {
        "cpu.seconds": "wait4 under a subreaper",
        "memory.peak": "wait4 ru_maxrss of the largest process",
    }
    launcher.close()


def test_orphans_are_reaped_while_the_target_runs(stage: Stage) -> None:
    """A program that waits for an orphan to vanish from the process table is not kept waiting by a zombie."""
    running = stage.start(behave("wait_for_orphan"))
    assert running.wait_exit(DEADLINE) is not None
    assert running.stop(1).processes == 2


# ---- how it starts


def test_started_when_exec_was_called(stage: Stage) -> None:
    """Start lies between the call and the answer; exit lies behind start."""
    before = time.monotonic_ns()
    running = stage.start(behave("unterminated"))
    assert before < running.started_ns < time.monotonic_ns()
    ended = running.wait_exit(DEADLINE)
    assert ended is not None
    assert running.started_ns < ended < time.monotonic_ns()


def test_a_short_target_ends_after_it_started(stage: Stage) -> None:
    """However fast: the two times come from two processes but one clock."""
    for _ in range(10):
        running = stage.start(TargetSpec(name="true", program="true", command=("true",)))
        ended = running.wait_exit(DEADLINE)
        assert ended is not None
        assert ended > running.started_ns
        running.stop(1)


def test_one_target_at_a_time(stage: Stage) -> None:
    """Two could not be told apart: a mistake of ours, told in a line."""
    stage.start(behave("stubborn"))
    with pytest.raises(PerfkitError, match="a target runs already"):
        stage.start(behave("stubborn"))


def test_a_word_that_no_system_takes(stage: Stage) -> None:
    with pytest.raises(TargetError, match="Invalid argument"):
        stage.start(TargetSpec(name="true", program="true", command=("true", "nul\0")))


def test_the_launcher_loads_little() -> None:
    """What it loads, targets seem to use: little of the standard library, and nothing else."""
    code = "import sys; sys.path.append(sys.argv[1]); import launcher.main; print(*sys.modules)"
    here = str(Path(process.__file__).parent)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, here], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded <= sys.stdlib_module_names | {"__main__", "launcher"}
    assert not loaded & {"typing", "pathlib", "subprocess", "socket", "logging", "asyncio", "inspect"}


def test_a_target_sees_a_fresh_home_and_nothing_of_the_user(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the user's do not pass, files are sought in the home, and its own environment is on top."""
    monkeypatch.setenv("GOMAXPROCS", "1")
    monkeypatch.setenv("KUBECONFIG", "/the/users/own")
    running = stage.start(behave("environment", environment={"COLOUR": "blue", "TERM": "vt100"}))
    running.wait_exit(DEADLINE)
    running.stop(1)
    seen = dict(line.split("=", 1) for line in running.output_tail().splitlines())
    assert "GOMAXPROCS" not in seen
    assert seen["HOME"] == str(stage.home)
    assert seen["KUBECONFIG"] == f"{stage.home}/.kube/config"
    assert all(Path(seen[name]).is_relative_to(stage.home) for name in seen if name.startswith("XDG_"))
    assert seen["TMPDIR"].startswith(str(stage.home))
    assert (seen["COLOUR"], seen["TERM"], seen["PERFKIT_RUN"]) == ("blue", "vt100", RUN)
    assert seen["cwd"] == str(Path.cwd())
    assert seen["stdin"] == "b''"
    assert seen["session"] == "True"


def test_signals_that_python_ignores_are_not_ignored_by_the_target(stage: Stage) -> None:
    shell = TargetSpec(name="grep", program="grep", command=("grep", "SigIgn", "/proc/self/status"))
    running = stage.start(shell)
    running.wait_exit(DEADLINE)
    running.stop(1)
    assert int(running.output_tail().split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_the_kubeconfig_is_secret(stage: Stage) -> None:
    stage.start(behave("unterminated")).stop(1)
    assert (stage.home / ".kube/config").stat().st_mode & 0o777 == 0o600


def test_a_missing_command_is_an_error_not_an_exit(stage: Stage) -> None:
    with pytest.raises(TargetError, match="no-such-program: no such program on PATH"):
        stage.start(TargetSpec(name="x", program="x", command=("no-such-program",)))


def test_a_file_that_is_not_executable(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    with pytest.raises(TargetError, match="not executable"):
        stage.start(TargetSpec(name="x", program="x", command=(f"{tmp_path}/script",)))


@pytest.mark.parametrize(
    ("text", "why"), [("no program", "neither a program"), ("#!/no/such/interpreter\n", "interpreter")]
)
def test_what_cannot_be_executed_says_why(either_stage: Stage, tmp_path: Path, text: str, why: str) -> None:
    """And the launcher goes on: the next target starts."""
    script = tmp_path / "script"
    script.write_text(text)
    script.chmod(0o755)
    with pytest.raises(TargetError, match=why):
        either_stage.start(TargetSpec(name="x", program="x", command=(str(script),)))
    running = either_stage.start(behave("fail", "0"))
    assert running.wait_exit(DEADLINE) is not None
    running.stop(1)


def test_an_output_that_cannot_be_written_is_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stage.output = tmp_path / "file" / "output"
    with pytest.raises(StorageError, match="cannot be written"):
        stage.start(behave("fail", "0"))


def test_a_full_disk_costs_the_output_but_not_the_trial(stage: Stage) -> None:
    stage.output = Path("/dev/full")
    running = stage.start(behave("fail", "3"))
    assert running.wait_exit(DEADLINE) is not None
    usage = running.stop(1)
    assert (running.exit_status, running.output_tail()) == (3, "it went wrong\n")
    assert "could not be kept: No space left on device" in usage.warnings[0]


# ---- what it prints


@pytest.mark.parametrize("status", [0, 3, 127])
def test_exit_status_and_last_words(stage: Stage, status: int) -> None:
    running = stage.start(behave("fail", str(status)))
    assert running.wait_exit(DEADLINE) == running.exited_ns
    assert running.exit_status == status
    assert running.output_tail() == "it went wrong\n"
    running.stop(1)
    assert running.output_tail() == stage.output.read_text() == "it went wrong\n"


def test_a_line_that_matches_is_noticed_when_it_is_read(stage: Stage) -> None:
    running = stage.start(behave("lines", "0.01"), pattern="^sync")
    matched = running.wait_log(DEADLINE)
    assert matched is not None
    assert running.started_ns < matched < time.monotonic_ns()
    assert running.exit_status is None
    assert running.stop(5).killed == 0
    assert running.exit_status == -signal.SIGTERM


def test_no_match_before_the_exit_ends_the_waiting(stage: Stage) -> None:
    running = stage.start(behave("fail", "1"), pattern="synced")
    assert running.wait_log(DEADLINE) is None
    assert running.exit_status == 1
    running.stop(1)


def test_a_last_line_without_an_end_matches(stage: Stage) -> None:
    running = stage.start(behave("unterminated"), pattern="^synced$")
    assert running.wait_log(DEADLINE) is not None
    running.stop(1)


def test_a_flood_costs_bounded_disk(stage: Stage) -> None:
    """Of a gigabyte the first MiB and the last 64 KiB are kept, with a line that tells how much is not."""
    running = stage.start(behave("flood", "1000000000"))
    assert running.wait_exit(DEADLINE) is not None
    assert running.output_tail().endswith("the last line\n")
    usage = running.stop(1)
    kept = stage.output.read_bytes()
    assert usage.output_bytes == 1_000_000_014
    assert f"[perfkit: {1_000_000_014 - HEAD - TAIL} bytes left out]".encode() in kept
    assert kept.endswith(b"the last line\n")
    assert HEAD + TAIL < len(kept) < HEAD + TAIL + 100
    assert "MiB of its output were not kept" in usage.warnings[0]


def test_an_endless_line_costs_bounded_memory(stage: Stage) -> None:
    """A target that writes for ever without an end of line does not grow the launcher, and is ended."""
    running = stage.start(behave("endless_line"), pattern="never")
    small = _peak_memory(stage.launcher.pid)
    while stage.output.stat().st_size < HEAD:
        assert running.wait_log(0.05) is None
    assert running.wait_log(0.2) is None
    assert _peak_memory(stage.launcher.pid) < small + (4 << 20)
    assert running.stop(5).output_bytes > HEAD
    assert running.exit_status == -signal.SIGTERM


def test_a_target_that_closes_its_output_runs_on(stage: Stage) -> None:
    running = stage.start(behave("close_output"), pattern="after")
    assert running.wait_log(0.2) is None
    assert running.exit_status is None
    cpu = stage.launcher.cpu()
    assert running.wait_exit(0.2) is None
    assert stage.launcher.cpu() - cpu < 0.02, "an output that has ended must not be read again and again"
    running.stop(5)
    assert running.exit_status == -signal.SIGTERM


def _peak_memory(pid: int) -> int:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) * 1024


# ---- how it ends


def test_sigterm_is_sent_once(stage: Stage, tmp_path: Path) -> None:
    """A second SIGTERM means impatience to many programs."""
    said = tmp_path / "said"
    running = stage.start(behave("polite", str(said)), pattern="ready")
    running.wait_log(DEADLINE)
    assert running.stop(DEADLINE).killed == 0
    assert running.exit_status == 0
    assert said.read_text() == "SIGTERM\n"


def test_one_that_ignores_sigterm_is_killed_after_its_grace(either_stage: Stage) -> None:
    running = either_stage.start(behave("stubborn"), pattern="ready")
    running.wait_log(DEADLINE)
    asked = time.monotonic()
    usage = running.stop(0.3)
    assert time.monotonic() - asked >= 0.3
    assert (running.exit_status, usage.killed) == (-signal.SIGKILL, 1)
    assert usage.warnings == ("1 process did not end within 0.3 s of SIGTERM: killed",)


def test_daemons_that_ignore_sigterm_are_killed(either_stage: Stage) -> None:
    """Sessions of their own and parents long gone do not save them."""
    running = either_stage.start(behave("daemons", "3"), pattern="ready")
    running.wait_log(DEADLINE)
    assert len(carriers(RUN)) == 5  # with the launcher
    usage = running.stop(0.2)
    assert (usage.killed, running.exit_status) == (3, -signal.SIGTERM)
    assert carriers(RUN) == [either_stage.launcher.pid]
    assert descendants(either_stage.launcher.pid) == []


def test_daemons_of_a_target_that_has_ended_are_killed(either_stage: Stage) -> None:
    running = either_stage.start(behave("daemons_left", "2"))
    assert running.wait_exit(DEADLINE) is not None
    assert running.exit_status == 0
    assert running.stop(0.2).killed == 2
    assert carriers(RUN) == [either_stage.launcher.pid]


def test_closing_ends_a_target_that_runs(tmp_path: Path) -> None:
    launcher = ProcessLauncher(RUN)
    running = Stage(launcher, tmp_path).start(behave("daemons", "3"), pattern="ready")
    running.wait_log(DEADLINE)
    launcher.close()
    launcher.close()
    assert carriers(RUN) == []
    with pytest.raises(PerfkitError, match="closed"):
        running.stop(1)


def test_no_cgroup_is_left(stage: Stage) -> None:
    running = stage.start(behave("daemons", "1"), pattern="ready")
    running.wait_log(DEADLINE)
    running.stop(0.1)
    assert list(Path("/sys/fs/cgroup").rglob(f"perfkit-{RUN}-*")) == []


def test_the_launcher_survives_the_signals_of_others(stage: Stage) -> None:
    """Only its lifeline ends it: a SIGTERM to all of a service must not cost what the trial used."""
    stage.launcher.sources()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(stage.launcher.pid, number)
    running = stage.start(behave("fail", "0"))
    assert running.wait_exit(DEADLINE) is not None
    running.stop(1)


def test_targets_follow_each_other(either_stage: Stage) -> None:
    """Nothing of one target is counted for the next."""
    first = either_stage.start(program("memory", "100"))
    first.wait_exit(DEADLINE)
    first.stop(1)
    second = either_stage.start(behave("fail", "0"))
    second.wait_exit(DEADLINE)
    usage = second.stop(1)
    assert usage.memory_peak < 50_000_000
    assert usage.processes == 1
    assert usage.output_bytes == len("it went wrong\n")


def test_idle_launcher_uses_no_cpu(stage: Stage) -> None:
    running = stage.start(behave("stubborn"), pattern="ready")
    running.wait_log(DEADLINE)
    before = process_cpu(stage.launcher.pid)
    assert running.wait_exit(0.5) is None
    after = process_cpu(stage.launcher.pid)
    assert before is not None
    assert after is not None
    assert after - before < 0.002
    running.stop(0)


# ---- how others end


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of our own: nothing of a live run on this machine is swept."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


class Engine:
    """The stand-in engine in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, str(PROGRAMS / "engine.py"), str(folder), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROGRAMS.parent.parent)},
        )
        self.run = self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, "the engine ended"
        return line

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def launcher(self) -> int:
        """The process id of its launcher, the first of its children."""
        return descendants(self.process.pid)[0][0]

    def finish(self) -> int:
        """Let it end by itself; its status."""
        self.go_on()
        return self.process.wait(DEADLINE)

    def until(self, stage: str) -> list[str]:
        """Let it go on until it has reached the stage; what it said on the way."""
        said = []
        while (line := self.line()) != stage:
            said.append(line)
            if line in {"claimed", "launched", "started", "ready"}:
                self.go_on()
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.wait()


@pytest.mark.parametrize("stage", ["claimed", "launched", "started", "ready", "stopped"])
def test_a_killed_engine_leaves_no_process(temporary: Path, tmp_path: Path, stage: str) -> None:
    """Whenever: its launcher ends all, and the next start sweeps what is left in files."""
    with Engine(tmp_path) as engine:
        engine.until(stage)
        os.kill(engine.process.pid, signal.SIGKILL)
    assert left_over(engine.run) == []
    assert len(list(temporary.iterdir())) == 2
    assert sweep_leftovers() == [engine.run]
    assert sweep_leftovers() == []
    assert list(temporary.iterdir()) == []


def test_engine_and_launcher_killed_at_once_are_swept(temporary: Path, tmp_path: Path) -> None:
    """What nobody was left to end, the next start ends: daemons too."""
    with Engine(tmp_path) as engine:
        engine.until("ready")
        os.kill(engine.process.pid, signal.SIGSTOP)
        os.kill(engine.launcher(), signal.SIGKILL)
        os.kill(engine.process.pid, signal.SIGKILL)
    assert len(carriers(engine.run)) >= 4  # the launcher itself may still be on its way out
    assert sweep_leftovers() == [engine.run]
    assert carriers(engine.run) == []
    assert list(temporary.iterdir()) == []
    assert list(Path("/sys/fs/cgroup").rglob(f"perfkit-{engine.run}-*")) == []


def test_a_killed_launcher_is_one_clear_error_and_leaves_nothing(temporary: Path, tmp_path: Path) -> None:
    """The engine, as the next subreaper up, ends the daemons that the launcher left."""
    with Engine(tmp_path, "lose") as engine:
        assert engine.until("stopped")[-1] == "the launcher was killed by SIGKILL"
        assert carriers(engine.run) == []
        assert not any(runs for _, runs in descendants(engine.process.pid))
        assert engine.finish() == 0
    assert list(temporary.iterdir()) == []


def test_a_live_run_is_not_swept(temporary: Path, tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        engine.until("ready")
        before = carriers(engine.run)
        assert sweep_leftovers() == []
        assert carriers(engine.run) == before
        assert len(before) == 5
        engine.go_on()
        assert engine.until("stopped") == ["killed 3"]
        assert engine.finish() == 0
    assert list(temporary.iterdir()) == []


def test_a_standing_cluster_is_not_swept(temporary: Path) -> None:
    """What carries another mark, or the mark of a run that nobody claimed here, is not ours to end."""
    marks = {"PERFKIT_CLUSTER": "mock", "PERFKIT_RUN": "claimedelsewhere"}
    bystander = subprocess.Popen(["sleep", "60"], env={**os.environ, **marks})
    assert sweep_leftovers() == []
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
