"""Profilers that look at a running target from beside it: py-spy and perf."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ResultError
from perfkit.profilers import perf_script
from perfkit.profilers.files import write_profile
from perfkit.profilers.tools.tool import QuietCapture, Window, beside_us, python_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.model.profile import Profile
    from perfkit.model.scenario import TargetSpec

RATE: Final = 200  # samples a second; py-spy costs 4 % at 100 Hz, 28 % at 1 kHz
AGAIN: Final = 0.03  # seconds until the next attempt: an interpreter that is starting cannot be read yet
PATIENCE: Final = 15.0  # seconds for a profiler to write its file
ATTEMPTS: Final = 100
PTRACE: Final = Path("/proc/sys/kernel/yama/ptrace_scope")
_BEHIND: Final = re.compile(r"[\d.]+s behind in sampling")


class PySpy:
    """py-spy: samples the Python stacks of a process and its children, reading their memory."""

    name = "py-spy"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Not a Python program, not installed, or forbidden."""
        del window
        if not python_command(target):
            return "not a Python program"
        if beside_us("py-spy") is None:
            return "not installed: pip install 'perfkit[profile]'"
        return "" if os.geteuid() == 0 else _forbidden()

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Attach to the target."""
        del target
        path = stem.with_name(f"{stem.name}.speedscope.json")
        program = beside_us("py-spy") or "py-spy"
        usual = ("record", "--format", "speedscope", "--full-filenames", "--subprocesses", "--rate", str(RATE))
        return _PySpyCapture(path, window, lambda pid: (program, *usual, "--output", str(path), "--pid", str(pid)))


class Perf:
    """perf: samples by the kernel's CPU clock, of any program that has symbols; of Python 3.12 and later too."""

    name = "perf"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Not installed, or the kernel does not let us."""
        del target, window
        program = beside_us("perf")
        if program is None:
            return "not installed: it comes with the kernel's tools (linux-perf, linux-tools)"
        probe = (program, "record", "-q", "-e", "cpu-clock", "-o", "/dev/null", "--", "true")
        done = subprocess.run(probe, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            return ""
        said = next((line.strip() for line in done.stderr.splitlines() if line.strip()), f"status {done.returncode}")
        return f"it does not work here ({said}): see kernel.perf_event_paranoid"

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Attach to the target."""
        del target
        data = stem.with_name(f"{stem.name}.data")
        program = beside_us("perf") or "perf"
        usual = ("record", "-q", "-e", "cpu-clock", "-F", str(RATE), "-g")
        return _PerfCapture(data, window, lambda pid: (program, *usual, "-o", str(data), "-p", str(pid)))


class AttachedCapture(QuietCapture):
    """A profiler as a process beside the target, from its start or a step's to its end or the step's."""

    def __init__(self, path: Path, window: Window, command: Callable[[int], Sequence[str]]) -> None:
        super().__init__(path)
        self._window = window
        self._command = command
        self._pid = 0
        self._hidden = False  # whether the target could not be looked into when it was to be
        self._follower: _Follower | None = None

    def started(self, pid: int) -> None:
        """Attach now, or remember whom to attach to."""
        self._pid = pid
        if not self._window.step:
            self._attach()

    def enter(self, step: str) -> None:
        """Attach when the step is the one."""
        if step == self._window.step and self._pid:
            self._attach()

    def leave(self) -> None:
        """Let go when only a step is meant."""
        if self._window.step and self._follower:
            self._follower.stop()

    def end(self) -> None:
        """The target has ended, and with it what the profiler looked at: it writes its file."""
        if self._follower:
            self._follower.finish()

    def _attach(self) -> None:
        if self._follower:  # of an earlier start of the target
            self._follower.finish()
        self._hidden = _hidden(self._pid)
        self._follower = _Follower(self._command(self._pid), self.path)

    @property
    def said(self) -> str:
        """What the profiler printed."""
        return self._follower.said if self._follower else ""

    def why_nothing(self) -> str:
        """In the profiler's words, where it has some."""
        if self._follower is None:
            return f"the step {self._window.step} was not reached" if self._window.step else "the target did not start"
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        if self._hidden or any("ermission" in line or "not permitted" in line for line in lines):
            return "ptrace is forbidden here: run as root, or allow it with sysctl kernel.yama.ptrace_scope=0"
        errors = [line for line in lines if line.startswith("Error:")] or lines[-1:]  # a backtrace may follow
        return f"the target was too short to look at ({errors[0]})" if errors else super().why_nothing()


class _PySpyCapture(AttachedCapture):
    def read(self, output: Path) -> Profile:
        return with_doubts(super().read(output), self.said)


def with_doubts(profile: Profile, said: str) -> Profile:
    """The profile with what py-spy said of its own quality."""
    behind = _BEHIND.findall(said)
    if not behind:
        return profile
    doubts = (*profile.doubts, f"py-spy was {behind[-1]}: what it shows may be wrong")
    return msgspec.structs.replace(profile, doubts=doubts)


class _PerfCapture(AttachedCapture):
    def wrap(self, target: TargetSpec) -> TargetSpec:
        """Python 3.12 and later tell perf the names of their functions where they are asked to."""
        return msgspec.structs.replace(target, environment={"PYTHONPERFSUPPORT": "1", **target.environment})

    def read(self, output: Path) -> Profile:
        del output
        if not self.path.exists() or not self.path.stat().st_size:
            raise ResultError(self.why_nothing())
        command = (beside_us("perf") or "perf", "script", "-F", "comm,ip,sym,dso,period", "-i", str(self.path))
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        profile = perf_script.read(done.stdout)
        self.path = self.path.with_suffix(".speedscope.json")  # what is read again; the other is perf's alone
        write_profile(profile, self.path)
        return profile


class _Follower:
    """Starts a profiler, again while the target cannot be read yet, and sees it through."""

    def __init__(self, command: Sequence[str], path: Path) -> None:
        self.said = ""
        self._command, self._path = command, path
        self._process: subprocess.Popen[str] | None = None
        self._enough = threading.Event()
        path.unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Have it write its file now."""
        self._enough.set()
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
        self._thread.join(PATIENCE)

    def finish(self) -> None:
        """Wait for the file of a profiler whose target has ended; one that does not end by itself is told to."""
        self._enough.set()
        self._thread.join(1.0)
        if self._thread.is_alive():
            self.stop()
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        for _ in range(ATTEMPTS):
            # In a group of its own: Ctrl-C is for us, who then tell it.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            said, _ = self._process.communicate()
            self.said = said or self.said  # one that is told to stop while it attaches says nothing
            if self._path.exists() or self._enough.is_set() or "ermission" in self.said:
                return
            time.sleep(AGAIN)


def _hidden(pid: int) -> bool:
    """Whether this process may not look into another one, which py-spy tells as if it were no Python program."""
    try:
        Path(f"/proc/{pid}/mem").open("rb").close()
    except PermissionError:
        return True
    except OSError:  # it has ended
        return False
    return False


def _forbidden() -> str:
    """Why one who is not root may not read another process's memory; empty: one may."""
    try:
        scope = int(PTRACE.read_text())
    except (OSError, ValueError):
        return ""
    if scope == 0:
        return ""
    return f"ptrace is forbidden here (kernel.yama.ptrace_scope is {scope}): set it to 0, or run as root"
