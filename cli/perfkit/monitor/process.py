"""What the kernel says of this process: memory, CPU, threads. Linux; elsewhere memory is not measurable from inside."""

from __future__ import annotations

import os
import resource
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_STATM: Final = "/proc/self/statm"
_STATUS: Final = "/proc/self/status"


class Usage(msgspec.Struct, frozen=True):
    """One look. ``ns`` is CLOCK_MONOTONIC, ``rss`` bytes (None: not measurable here), ``cpu`` seconds."""

    ns: int
    cpu: float
    rss: int | None
    threads: int


def look() -> Usage:
    """This process as it is now: about 5 µs."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(time.monotonic_ns(), used.ru_utime + used.ru_stime, _resident(), threading.active_count())


def _resident() -> int | None:
    with suppress(OSError):
        return int(_read(_STATM).split()[1]) * _PAGE
    return None


def peak() -> int | None:
    """The greatest memory so far, bytes (None: not measurable here).

    VmHWM: ``ru_maxrss`` would begin at the peak of the parent that forked this process.
    """
    with suppress(OSError, IndexError):
        status = _read(_STATUS)
        return int(status.partition(b"VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    return None


def _read(path: str) -> bytes:
    """Opened each time: a kept descriptor would tell a forked child about its parent."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def age_ns() -> int:
    """How long ago this process was started, to 10 ms; 0 where that is not known."""
    with suppress(OSError, IndexError, AttributeError):
        after_name = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        started = int(after_name[19]) * 1_000_000_000 // _TICKS
        return max(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) - started)
    return 0


class CpuShare:
    """The share of one core used between looks, and the greatest of these."""

    def __init__(self) -> None:
        self._last: Usage | None = None
        self.share = self.peak = 0.0

    def see(self, usage: Usage) -> None:
        """Take the next look."""
        if self._last is not None and usage.ns > self._last.ns:
            self.share = (usage.cpu - self._last.cpu) * 1e9 / (usage.ns - self._last.ns)
            self.peak = max(self.peak, self.share)
        self._last = usage
