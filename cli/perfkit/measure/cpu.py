"""CPU time of a running process, in nanosecond steps where Linux offers its clock."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

CPUCLOCK_SCHED: Final = 2  # Linux, posix-timers.h: the clock of a process (not a thread) that counts time, not ticks


def process_cpu(pid: int) -> float | None:
    """CPU seconds (user and system) that a process has used; None when it is gone or can't be asked.

    ``/proc/PID/stat`` counts in ticks of 10 ms; the process's CPU clock, whose id is made from the pid, does not.
    """
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except (OSError, OverflowError):
        return _from_stat(pid)


def _from_stat(pid: int) -> float | None:
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text(), os.sysconf("SC_CLK_TCK"))
    except OSError:
        return None


def parse_stat(text: str, ticks: int) -> float:
    """CPU seconds from the text of ``/proc/PID/stat`` (proc(5)); the name in it may hold blanks and brackets."""
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / ticks
