"""CPU time of a running process, in nanosecond steps where Linux offers its clock."""

from __future__ import annotations

import os
import time

CPUCLOCK_SCHED = 2  # linux/include/uapi: the per-process clock that counts run time, not ticks


def process_cpu(pid: int) -> float | None:
    """CPU seconds (user and system) that a process has used; None when it is gone or cannot be asked.

    ``/proc/PID/stat`` counts in ticks of 10 ms; the process CPU clock, whose id is derived from the pid, does not.
    """
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except (OSError, OverflowError):
        return _from_stat(pid)


def _from_stat(pid: int) -> float | None:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - read in every trial: no Path is made
            return parse_stat(file.read(), os.sysconf("SC_CLK_TCK"))
    except OSError:
        return None


def parse_stat(text: str, ticks: int) -> float:
    """CPU seconds from the text of ``/proc/PID/stat``; the name in it may hold blanks and brackets."""
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / ticks
