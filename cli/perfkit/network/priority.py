"""Being on time: what a system allows a process that must not be late."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys

PR_SET_TIMERSLACK = 29  # sys/prctl.h
LOWEST_REAL_TIME = 1
HIGHEST_NICENESS = -20


def raise_priority() -> str:
    """Take the highest priority that is allowed, and timers that are not rounded; the name of what was got."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(LOWEST_REAL_TIME))
            return "SCHED_FIFO"
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, HIGHEST_NICENESS)
    return f"nice {os.getpriority(os.PRIO_PROCESS, 0)}"


def raise_descriptor_limit() -> None:
    """Allow as many open sockets as this user may have: two a connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
