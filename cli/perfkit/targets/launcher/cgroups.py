"""Cgroups of our own making, one a target: the kernel's exact account of a whole process tree."""

# ruff: noqa: PTH102, PTH106, PTH110, PTH123 - pathlib, like typing, would cost memory that targets inherit

from __future__ import annotations

import contextlib
import os


class Cgroups:
    """Makes cgroups below the one this process is in, where the system has cgroup v2 and allows that."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._count = 0
        self._parent = own_cgroup()
        self.usable = False
        self.memory = False  # whether peak memory can be read and capped
        with contextlib.suppress(OSError):
            self._probe()

    def make(self) -> Cgroup | None:
        """A fresh cgroup, or None where there can be none. Raises OSError when it should work and does not."""
        return self._new() if self.usable else None

    def _new(self) -> Cgroup:
        self._count += 1
        return Cgroup(f"{self._parent}/perfkit-{self._run}-{self._count}")

    def _probe(self) -> None:
        """Put a short-lived child into a cgroup: permissions and mount options are too many to reason about."""
        if self._parent is None:
            return
        cgroup = self._new()
        try:
            self.usable = cgroup.cpu_seconds() is not None and _can_join(cgroup)
            self.memory = self.usable and os.path.exists(f"{cgroup.path}/memory.peak")
        finally:
            cgroup.remove()


def _can_join(cgroup: Cgroup) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            cgroup.join()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def own_cgroup() -> str | None:
    """The folder of this process's cgroup in the v2 hierarchy, or None where that is not mounted."""
    try:
        with open("/proc/self/cgroup") as memberships, open("/proc/self/mountinfo") as mounts:
            return cgroup_folder(memberships.read(), mounts.read())
    except OSError:
        return None


def cgroup_folder(memberships: str, mounts: str) -> str | None:
    """The same from the text of /proc/self/cgroup and /proc/self/mountinfo (formats: cgroups(7), proc(5))."""
    own = next((line[3:] for line in memberships.splitlines() if line.startswith("0::")), None)
    root, point = cgroup_mount(mounts) or (None, "")
    if own is None or root is None or not (own + "/").startswith(root.rstrip("/") + "/"):
        return None
    return (point + own[len(root.rstrip("/")) :]).rstrip("/")


def cgroup_mount(mounts: str) -> tuple[str, str] | None:
    """Which part of the v2 hierarchy is mounted, and where; None when none is."""
    for line in mounts.splitlines():
        mount, _, source = line.partition(" - ")
        if source.startswith("cgroup2 "):
            root, point = mount.split()[3:5]
            return root, point
    return None


class Cgroup:
    """One cgroup of our own making. Its folder exists from construction until ``remove``."""

    def __init__(self, path: str) -> None:
        self.path = path
        os.mkdir(path)

    def join(self) -> None:
        """Move the calling process into it."""
        self._write("cgroup.procs", "0")

    def cap(self, memory_max: int) -> bool:
        """Let the kernel kill what is in it when its memory would exceed so many bytes; whether it does."""
        try:
            self._write("memory.max", str(memory_max))
        except FileNotFoundError:
            return False
        with contextlib.suppress(FileNotFoundError):
            self._write("memory.swap.max", "0")
        return True

    def kill(self) -> None:
        """SIGKILL to all members at once; nothing where the kernel is older than 5.14."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", "1")

    def remove(self) -> None:
        """Remove it; it stays where a member can't be killed."""
        with contextlib.suppress(OSError):
            os.rmdir(self.path)

    def cpu_seconds(self) -> float | None:
        """User and system time of all that ever were members, ended ones included."""
        usec = self._read_key("cpu.stat", "usage_usec")
        return None if usec is None else usec / 1e6

    def memory_peak(self) -> int | None:
        """Bytes at most charged to it at one time, page cache included; None without the memory controller."""
        try:
            with open(f"{self.path}/memory.peak") as file:
                return int(file.read())
        except OSError:
            return None

    def oom_kills(self) -> int:
        """How many members were killed because a cap was hit."""
        return self._read_key("memory.events", "oom_kill") or 0

    def _read_key(self, name: str, key: str) -> int | None:
        try:
            with open(f"{self.path}/{name}") as file:
                pairs = [line.split() for line in file]
        except OSError:
            return None
        return next((int(pair[1]) for pair in pairs if pair[0] == key), None)

    def _write(self, name: str, text: str) -> None:
        descriptor = os.open(f"{self.path}/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
