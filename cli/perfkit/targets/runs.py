"""Runs and what a killed one leaves. Each run holds a lock file; a run whose lock nobody holds is dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from perfkit.targets.home import PREFIX, remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

RUN_VARIABLE: Final = "PERFKIT_RUN"
PATIENCE: Final = 5.0  # seconds to wait for killed processes to vanish


def runs_folder() -> Path:
    """Where this user's lock files are."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"perfkit-runs-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class RunLock:
    """Held for as long as a run lives; the kernel lets go of it however the engine ends."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(6)
        self._path = runs_folder() / self.id
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def sweep_leftovers() -> list[str]:
    """End what dead runs left: processes, homes, cgroups. The ids of the runs swept."""
    swept = []
    for path in sorted(runs_folder().iterdir()):
        with _lock_of_dead(path) as dead:
            if dead:
                for home in kill_carriers(path.name):
                    remove_tree(home)
                _remove_cgroups(path.name)
                path.unlink(missing_ok=True)
                swept.append(path.name)
    return swept


def kill_carriers(run: str) -> set[Path]:
    """Kill every process that carries the run's id, until there is none; the homes that they used."""
    homes: set[Path] = set()
    deadline = time.monotonic() + PATIENCE
    while (found := carriers(run)) and time.monotonic() < deadline:
        for pid, home in found.items():
            homes |= {home} if home.name.startswith(PREFIX) else set()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        time.sleep(0.005)
    return homes


def carriers(run: str) -> dict[int, Path]:
    """Living processes of this user whose environment names the run: pid → its HOME."""
    mark = f"{RUN_VARIABLE}={run}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            words = (folder / "environ").read_bytes().split(b"\0")
            if mark in words and int(folder.name) != os.getpid():
                home = next((word[5:] for word in words if word.startswith(b"HOME=")), b"")
                found[int(folder.name)] = Path(os.fsdecode(home))
    return found


def _reap() -> None:
    """Orphans that came to us as their subreaper would stay zombies."""
    with contextlib.suppress(ChildProcessError):
        while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            pid = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
            if pid is None:
                break


@contextlib.contextmanager
def _lock_of_dead(path: Path) -> Iterator[bool]:
    """Hold the lock of a dead run while it is swept; False for one that lives, or that another sweeper has."""
    try:
        with path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
    except OSError:
        yield False


def _remove_cgroups(run: str) -> None:
    for mount in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
        for folder in mount.glob(f"**/perfkit-{run}-*"):
            with contextlib.suppress(OSError):
                folder.rmdir()
