"""Runs, and what a dead one leaves: processes, cgroups, homes.

Targets carry the id of their run in PERFKIT_RUN. A run holds a locked folder; only what belongs to a run whose folder
is there and whose lock nobody holds is ever ended: not that of a live run, nor of one in another container, nor what
``cluster up`` left on purpose.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from perfkit.targets.claims import abandoned, claimed_folder, remove_tree
from perfkit.targets.launcher.cgroups import cgroup_mount

if TYPE_CHECKING:
    from types import TracebackType

RUN_VARIABLE: Final = "PERFKIT_RUN"
RUN: Final = "run"  # kinds of claimed folders
HOME: Final = "home"
SCRATCH: Final = "scratch"
PATIENCE: Final = 5.0  # seconds in which a killed process must be gone
RETRY: Final = 0.01  # seconds


class RunLock:
    """Claims ``id`` for as long as a run lives. Raises StorageError when entered, if that can't be."""

    def __init__(self) -> None:
        self._claim = claimed_folder(RUN)
        self.id = ""

    def __enter__(self) -> Self:
        self.id = _run_of(self._claim.__enter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._claim.__exit__(kind, error, trace)


def sweep_leftovers() -> list[str]:
    """End what dead runs left: processes, cgroups, homes. The ids of these runs."""
    swept = []
    for folder in abandoned(RUN):
        run = _run_of(folder)
        end_run(run)
        remove_tree(folder)
        swept.append(run)
    for kind in (HOME, SCRATCH):
        for folder in abandoned(kind):
            remove_tree(folder)
    return swept


def end_run(run: str) -> None:
    """Kill every process of a run and remove its cgroups. What became our child is reaped."""
    cgroups = _cgroups(run)
    for cgroup in cgroups:
        with contextlib.suppress(OSError):  # a kernel before 5.14, or not ours
            (cgroup / "cgroup.kill").write_text("1")
    deadline = time.monotonic() + PATIENCE
    while (pids := carriers(run)) and time.monotonic() < deadline:
        for pid in pids:
            _kill(pid, run)
    for cgroup in cgroups:
        _remove_cgroup(cgroup, deadline)


def carriers(run: str) -> list[int]:
    """Living processes that carry the run's id in their environment, as far as this user may see that."""
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if int(folder.name) != os.getpid() and _carries(int(folder.name), run)
    ]


def _carries(pid: int, run: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()  # empty for a zombie
    except OSError:
        return False
    return f"{RUN_VARIABLE}={run}".encode() in environment.split(b"\0")


def _kill(pid: int, run: str) -> None:
    """Kill a process and wait until it is gone; its id may have passed to another process meanwhile."""
    with contextlib.suppress(OSError):
        process = os.pidfd_open(pid)
        try:
            if _carries(pid, run):
                signal.pidfd_send_signal(process, signal.SIGKILL)
                select.select([process], [], [], PATIENCE)
                os.waitid(os.P_PIDFD, process, os.WEXITED | os.WNOHANG)  # it may be our child; an error if it is not
        finally:
            os.close(process)


def _cgroups(run: str) -> list[Path]:
    try:
        mount = cgroup_mount(Path("/proc/self/mountinfo").read_text())
    except OSError:
        return []
    return list(Path(mount[1]).rglob(f"perfkit-{run}-*/")) if mount else []


def _remove_cgroup(cgroup: Path, deadline: float) -> None:
    """Remove it as soon as it is empty; killing goes on in the background."""
    while cgroup.exists() and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            cgroup.rmdir()
            return
        time.sleep(RETRY)


def _run_of(folder: Path) -> str:
    return folder.name.rpartition("-")[2]
