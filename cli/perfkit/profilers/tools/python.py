"""Profilers within a Python target: memray, and the interpreter's own import times."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ResultError
from perfkit.monitor.growth import OBJECTS
from perfkit.profilers import importtime, objects
from perfkit.profilers.files import write_profile
from perfkit.profilers.tools.tool import QuietCapture, Window, python_command
from perfkit.storage.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from perfkit.model.profile import Profile
    from perfkit.model.scenario import TargetSpec

WHOLE: Final = "it sees a whole life, not one step: leave --step away"
WITH_VALUE: Final = frozenset({"-X", "-W", "--check-hash-based-pycs"})  # options of the interpreter with a value
REPORT_TIMEOUT: Final = 60.0  # seconds


class Memray:
    """memray: every allocation of a Python program. It must be installed where the target is."""

    name = "memray"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Not a Python program, or its interpreter has no memray."""
        command = python_command(target)
        if not command:
            return "not a Python program"
        if window.step:
            return WHOLE
        if not _has(command[0], "memray"):
            return f"the target's interpreter has none: {command[0]} -m pip install memray"
        return ""

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Run the target within memray."""
        del window
        return _MemrayCapture(stem.with_name(f"{stem.name}.bin"), python_command(target)[0])


class ImportTime:
    """``-X importtime``: what each import of a Python program takes."""

    name = "importtime"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Not a Python program, or one whose words are lost on a screen."""
        if not python_command(target):
            return "not a Python program"
        if target.terminal is not None:
            return "the target runs in a terminal, where what the interpreter prints is lost"
        return WHOLE if window.step else ""

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Have the interpreter tell."""
        del target, window
        return _ImportTimeCapture(stem)


class Objects:
    """The types of objects that become more, as a target tells that uses ``perfkit.monitor``."""

    name = "objects"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Not a Python program, or one that cannot have a monitor."""
        del window
        command = python_command(target)
        if not command:
            return "not a Python program"
        return "" if _has(command[0], "perfkit.monitor") else "the target's interpreter has no perfkit.monitor"

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Have the monitor log."""
        del target
        return _ObjectsCapture(stem.with_name(f"{stem.name}.jsonl"), window)


class _ObjectsCapture(QuietCapture):
    def __init__(self, path: Path, window: Window) -> None:
        super().__init__(path)
        self._step, self._inside = window.step, False
        self._begin, self._end = sys.maxsize if window.step else 0, sys.maxsize
        path.unlink(missing_ok=True)

    def wrap(self, target: TargetSpec) -> TargetSpec:
        """Asked by the environment."""
        return msgspec.structs.replace(target, environment={**target.environment, OBJECTS: str(self.path)})

    def enter(self, step: str) -> None:
        """The window opens."""
        self._inside = step == self._step
        if self._inside:
            self._begin = time.monotonic_ns()

    def leave(self) -> None:
        """It closes."""
        if self._inside:
            self._end = time.monotonic_ns()
        self._inside = False

    def read(self, output: Path) -> Profile:
        """What was logged in the window."""
        del output
        if not self.path.exists():
            raise ResultError("the target started no perfkit.monitor.Monitor")
        try:
            profile = objects.read(self.path.read_bytes(), self._begin, self._end)
        except ValueError as error:
            raise ResultError(str(error)) from None
        self.path = self.path.with_suffix(".pb.gz")
        write_profile(profile, self.path)
        return profile


class _MemrayCapture(QuietCapture):
    def __init__(self, path: Path, python: str) -> None:
        super().__init__(path)
        self._python = python

    def wrap(self, target: TargetSpec) -> TargetSpec:
        """Within memray, with the allocator that the target has: PYTHONMALLOC=malloc would record every integer."""
        return msgspec.structs.replace(target, command=within_memray(python_command(target), str(self.path)))

    def read(self, output: Path) -> Profile:
        """The capture, with memray's own reports beside it, and what is read of it, to be read again without memray."""
        with self._reporting():
            profile = super().read(output)
        self.path = self.path.with_suffix(".pb.gz")
        write_profile(profile, self.path)
        return profile

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Meanwhile memray makes its reports; one that it cannot make is no reason to lose the profile."""
        quiet = subprocess.DEVNULL
        reports = [subprocess.Popen(each, stdin=quiet, stdout=quiet, stderr=quiet) for each in self._reports()]
        try:
            yield
        finally:
            for report in reports:
                with suppress(subprocess.TimeoutExpired):
                    report.wait(REPORT_TIMEOUT)
                report.kill()

    def _reports(self) -> Iterator[tuple[str, ...]]:
        """The commands that write them."""
        for report, ending in (("flamegraph", "flamegraph.html"), ("table", "table.html"), ("stats", "stats.json")):
            there = self.path.with_name(f"{self.path.name}.{ending}")
            words = ("--json", "--force") if report == "stats" else ("--force",)
            yield (self._python, "-m", "memray", report, *words, "-o", str(there), str(self.path))


class _ImportTimeCapture(QuietCapture):
    def wrap(self, target: TargetSpec) -> TargetSpec:
        """Asked by the environment, as children are too."""
        return msgspec.structs.replace(target, environment={**target.environment, "PYTHONPROFILEIMPORTTIME": "1"})

    def read(self, output: Path) -> Profile:
        """The lines among what the target printed."""
        text = output.read_text(errors="replace") if output.exists() else ""
        lines = [line for line in text.splitlines() if line.encode(errors="replace").startswith(importtime.MARK)]
        if not lines:
            raise ResultError(self.why_nothing())
        write_whole(self.path, "\n".join(lines).encode(errors="replace") + b"\n")
        return importtime.read("\n".join(lines))


def within_memray(command: Sequence[str], path: str) -> tuple[str, ...]:
    """``python -X dev app.py 1`` → ``python -X dev -m memray run … app.py 1``; also of ``-m`` and ``-c``."""
    at = 1
    while at < len(command) and command[at].startswith("-") and command[at][:2] not in {"-m", "-c"}:
        at += 2 if command[at] in WITH_VALUE else 1
    run = ("-m", "memray", "run", "--quiet", "--force", "--output", path)
    return (*command[:at], *run, *command[at:])


@cache
def _has(python: str, module: str) -> bool:
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    try:
        return subprocess.run((python, "-c", look), capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
