"""Targets with known truth, and a launcher that starts them."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfkit.model.scenario import Ready, TargetSpec
from perfkit.targets.runs import carriers

if TYPE_CHECKING:
    from perfkit.targets.process import ProcessLauncher, RunningProcess

PROGRAMS = Path(__file__).parent / "programs"
DEADLINE = 30.0  # seconds after which a test gives up on what should have happened


def program(name: str, *arguments: str, **fields: Any) -> TargetSpec:
    """A target that runs one of our programs with this interpreter."""
    command = (sys.executable, "-I", "-S", str(PROGRAMS / f"{name}.py"), *arguments)
    return TargetSpec(name=name, program=name, command=command, ready=Ready(kind="exit"), **fields)


def behave(behaviour: str, *arguments: str, **fields: Any) -> TargetSpec:
    """A target that behaves as told."""
    return program("behave", behaviour, *arguments, **fields)


class Stage:
    """A folder to start targets in."""

    def __init__(self, launcher: ProcessLauncher, folder: Path) -> None:
        self.launcher = launcher
        self.home = folder / "home"
        self.home.mkdir()
        self.output = folder / "output"

    def start(self, target: TargetSpec, pattern: str = "") -> RunningProcess:
        return self.launcher.start(target, home=self.home, kubeconfig="{}", output=self.output, pattern=pattern)


def left_over(run: str) -> list[int]:
    """What still carries the run's id when all of it had time to go."""
    deadline = time.monotonic() + DEADLINE
    while (pids := carriers(run)) and time.monotonic() < deadline:
        _wait_gone(pids[0], deadline)
    return pids


def _wait_gone(pid: int, deadline: float) -> None:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([process], [], [], max(0.0, deadline - time.monotonic()))
    finally:
        os.close(process)
