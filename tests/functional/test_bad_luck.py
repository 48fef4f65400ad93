"""Whatever ends perfkit, or a part of it: no finished trial is lost, no process is left, one clear line is said."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.functional

DEADLINE = 60.0  # seconds to wait for what must come


class Run:
    """A long run in the background, watched through its journal."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.journal = folder / "results" / "local" / "lucky" / "journal.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "perfkit", "run", "--label", "lucky", "--shape", "tiny", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def lines(self) -> list[dict[str, object]]:
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def trials(self) -> list[dict[str, object]]:
        return [line for line in self.lines() if line["type"] == "trial"]

    def wait_for_trials(self, count: int) -> None:
        self.until(lambda: len(self.trials()) >= count)

    def child(self, mark: str) -> int:
        """The pid of the engine's child whose command line holds ``mark``."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [pid for pid in children_of(self.process.pid) if mark in command_line(pid)]
            return bool(found)

        self.until(look)
        return found[0]

    def run_id(self) -> str:
        return str(self.lines()[0]["run"])

    def end(self) -> tuple[int, str]:
        """Exit code and what was said on stderr."""
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < deadline, "it did not come"
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def assert_nothing_is_left(run: str, *pids: int) -> None:
    """No process of the run, and none of those pids, within the deadline."""
    mark = f"PERFKIT_RUN={run}".encode()

    def carriers() -> list[str]:
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in environ.read_bytes().split(b"\0"):
                    found.append(environ.parent.name)
            except OSError:
                continue
        return found

    deadline = time.monotonic() + DEADLINE
    while left := [*carriers(), *(pid for pid in pids if command_line(pid))]:
        assert time.monotonic() < deadline, f"left running: {left}"
        time.sleep(0.01)


def resume(folder: Path, count: int) -> dict[str, object]:
    """Go on to ``count`` trials of each target; the result."""
    done = subprocess.run(
        [sys.executable, "-m", "perfkit", "run", "--resume", "--label", "lucky", "-r", str(count), "-o", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads((folder / "results/local/lucky/startup.perfkit.json").read_text())
    return found


TWO = ("-t", "a=lean", "-t", "b=lean", "-r", "60")


@pytest.mark.parametrize("after", [0, 3])
def test_kill_9_of_the_engine_loses_no_trial_and_leaves_no_process(tmp_path: Path, after: int) -> None:
    run = Run(tmp_path, *TWO)
    mock, launcher = run.child("perfkit.mock"), run.child("launcher.main")
    run.until(lambda: bool(run.lines()))
    run.wait_for_trials(after)
    run.process.kill()
    code, _ = run.end()
    assert code == -signal.SIGKILL
    assert_nothing_is_left(run.run_id(), mock, launcher)
    before = run.trials()
    assert len(before) >= after
    result = resume(tmp_path, 6)
    kept = result["trials"][: len(before)]  # type: ignore[index]
    assert kept == [line["trial"] for line in before]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("after", [0, 3])
def test_an_interrupt_writes_the_result_so_far_and_exits_130(
    tmp_path: Path, after: int, number: signal.Signals
) -> None:
    run = Run(tmp_path, *TWO)
    run.until(lambda: bool(run.lines()))
    run.wait_for_trials(after)
    mock, launcher = run.child("perfkit.mock"), run.child("launcher.main")
    run.process.send_signal(number)
    code, said = run.end()
    assert code == 130
    assert "interrupted" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert_nothing_is_left(run.run_id(), mock, launcher)
    result = json.loads((run.journal.parent / "startup.perfkit.json").read_text())
    assert result["complete"] is False
    assert len(result["trials"]) == len(run.trials())


def test_an_interrupted_dry_run_promises_no_way_to_go_on(tmp_path: Path) -> None:
    run = Run(tmp_path, "--dry-run", "--ready", "log never", "--", "sleep", "600")
    launcher = run.child("launcher.main")
    run.until(lambda: any("sleep" in command_line(pid) for pid in children_of(launcher)))
    run.process.send_signal(signal.SIGINT)
    code, said = run.end()
    assert code == 130
    assert said.splitlines()[-1].strip() == "perfkit: interrupted"
    assert not (tmp_path / "results").exists()


def test_kill_9_of_the_mock_exits_4_and_keeps_what_had_finished(tmp_path: Path) -> None:
    run = Run(tmp_path, *TWO)
    run.wait_for_trials(3)
    os.kill(run.child("perfkit.mock"), signal.SIGKILL)
    code, said = run.end()
    assert code == 4
    assert "the mock cluster was killed by signal 9" in said
    assert_nothing_is_left(run.run_id())
    assert len(resume(tmp_path, 6)["trials"]) > 12  # type: ignore[arg-type]


def test_kill_9_of_the_launcher_is_one_clear_line_and_leaves_no_target(tmp_path: Path) -> None:
    run = Run(tmp_path, *TWO)
    run.wait_for_trials(3)
    os.kill(run.child("launcher.main"), signal.SIGKILL)
    code, said = run.end()
    assert code not in {0, 1}
    assert "launcher" in said
    assert "Traceback" not in said
    assert_nothing_is_left(run.run_id())
    assert len(resume(tmp_path, 6)["trials"]) > 12  # type: ignore[arg-type]


def test_a_full_disk_is_one_clear_line_and_keeps_what_fits(tmp_path: Path) -> None:
    """A limit on file sizes stands in for the disk: the journal cannot grow past it."""

    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))

    done = subprocess.run(
        [sys.executable, "-m", "perfkit", "run", "--label", "lucky", "--shape", "tiny", *TWO],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=no_large_files,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    journal = (tmp_path / "results/local/lucky/journal.jsonl").read_text()
    assert journal.endswith("\n")
    kept = [json.loads(line) for line in journal.splitlines()]
    assert len(kept) > 3
    assert len(resume(tmp_path, 6)["trials"]) >= 12  # type: ignore[arg-type]


def test_two_engines_do_not_write_one_label(tmp_path: Path) -> None:
    run = Run(tmp_path, *TWO)
    run.wait_for_trials(1)
    other = subprocess.run(
        [sys.executable, "-m", "perfkit", "run", "--resume", "--label", "lucky"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    run.process.send_signal(signal.SIGINT)
    run.end()
    assert other.returncode == 2
    assert "another perfkit is writing" in other.stderr
