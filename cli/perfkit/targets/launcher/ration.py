"""A cap on the memory of a tree where the kernel sets none: looked at from time to time."""

# ruff: noqa: PTH123, PTH208 - pathlib, like typing, would cost memory that targets inherit

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

LOOK: Final = 0.5  # seconds between two looks
PAGE: Final = os.sysconf("SC_PAGE_SIZE")  # bytes
PSS: Final = b"Pss:"


class Ration:
    """So much may the descendants hold together that we have from now on.

    Of other processes only those that are new are looked at, which makes a look cheap: since we are a subreaper, a
    descendant stays one, and another process never becomes one.
    """

    def __init__(self, memory_max: int) -> None:
        self.due = time.monotonic() + LOOK
        self._memory_max = memory_max
        self._ours: set[int] = set()
        self._others = _processes()

    def exceeding(self) -> list[int]:
        """Which processes hold more than that together; none where they do not."""
        self.due = time.monotonic() + LOOK
        self._look()
        # What is resident counts shared pages for each that shares them: an upper bound, and cheap to read.
        if self._held(_resident) > self._memory_max and self._held(_proportional) > self._memory_max:
            return sorted(self._ours)
        return []

    def _held(self, share: Callable[[int], int]) -> int:
        return sum(share(pid) for pid in self._ours)

    def _look(self) -> None:
        """Tell those that are new apart."""
        there = _processes()
        self._ours &= there
        self._others &= there
        new = {pid: _parent(pid) for pid in there - self._ours - self._others}
        family = {os.getpid()}
        while family:  # by generations: a child's number may be below its parent's
            family = {pid for pid, parent in new.items() if parent in family | self._ours} - self._ours
            self._ours |= family
        self._others |= new.keys() - self._ours


def _processes() -> set[int]:
    """All there are; none where there is no /proc."""
    try:
        return {int(name) for name in os.listdir("/proc") if name.isdigit()}
    except OSError:
        return set()


def _parent(pid: int) -> int:
    """Zero where it has gone."""
    stat = _read(f"/proc/{pid}/stat")  # "pid (name) state ppid …"; the name may hold spaces and parentheses
    return int(stat.rpartition(b")")[2].split()[1]) if stat else 0


def _resident(pid: int) -> int:
    statm = _read(f"/proc/{pid}/statm")
    return int(statm.split()[1]) * PAGE if statm else 0


def _proportional(pid: int) -> int:
    """Bytes, each shared page by how many share it; before Linux 4.14 what is resident."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(PSS):
            return int(line.split()[1]) << 10
    return _resident(pid)


def _read(path: str) -> bytes:
    """Nothing where it has gone, or is not ours to read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
