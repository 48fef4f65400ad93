"""Our descendants, wherever in the process tree they are."""

# ruff: noqa: PTH112, PTH123, PTH208 - pathlib, like typing, would cost memory that targets inherit

from __future__ import annotations

import contextlib
import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PR_SET_CHILD_SUBREAPER: Final = 36


def become_subreaper() -> bool:
    """Let orphaned descendants become children of this process; whether the system can do that (Linux 3.4)."""
    try:
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except AttributeError:  # no prctl
        return False


def be_on_time() -> None:
    """Run before all that is ordinary as soon as there is something to do, where this user may do that."""
    with contextlib.suppress(OSError, AttributeError):  # not allowed; not Linux
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def be_ordinary() -> None:
    """Wait for one's turn again."""
    with contextlib.suppress(OSError, AttributeError):
        if os.sched_getscheduler(0) == os.SCHED_FIFO:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def descendants(root: int) -> list[tuple[int, bool]]:
    """All processes below ``root``, nearest first, each with whether it still runs (a zombie does not)."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # "pid (name) state ppid …"; the name may hold spaces and parentheses
                state, parent = file.read().rpartition(b")")[2].split()[:2]
                children.setdefault(int(parent), []).append((int(name), state not in b"ZX"))
    found = list(children.get(root, ()))
    for pid, _ in found:  # grows as it is walked
        found.extend(children.get(pid, ()))
    return found
