"""One process under observation: its files are kept open, and read again when it has run since they were read.

A process whose CPU clock stands still has not run: its accounts are what they were, its context switches too, and its
memory but for what others do to it. The clock costs a third of ``statm``, which costs a third of ``stat``; ``stat``
is read only by ``refresh``, five times a second.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path
from typing import Final, NamedTuple

from perfkit.measure.cpu import CPUCLOCK_SCHED

TICK: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")  # ns
PAGE: Final = os.sysconf("SC_PAGE_SIZE")  # bytes
_STAT_SIZE: Final = 1024  # bytes; the line is shorter
_STATM_SIZE: Final = 128
_UNKNOWN: Final = -1  # on a CPU clock: a zombie has none
_SWITCHES: Final = re.compile(rb"voluntary_ctxt_switches:\s*(\d+)")  # and "nonvoluntary"
_HIGHEST: Final = re.compile(rb"VmHWM:\s*(\d+)")  # KiB


class Look(NamedTuple):
    """What one look at a process, or the sum over a tree, tells. CPU in ns, memory in bytes.

    ``cpu`` and ``system`` include the children that the process has waited for. Sums of whole ticks, hence below what
    is true, are ``system`` and what comes of those children.
    """

    cpu: int = 0
    system: int = 0
    rss: int = 0
    threads: int = 0
    faults: int = 0  # minor and major


class Detail(NamedTuple):
    """What is dear to know. Memory in bytes."""

    pss: int = 0
    fds: int = 0
    switches: int = 0  # of context, of all threads that a look at them has met
    peak: int = 0  # the most that one process has held at once since the last time


class Process:
    """A process by its pid. Raises OSError where it is gone; a pid used again is another file, so never confused."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._folder = f"/proc/{pid}"
        self._clock = (~pid << 3) | CPUCLOCK_SCHED
        self._looked = self._refreshed = self._counted = _UNKNOWN  # its CPU ns when memory, stat, switches were read
        self._switched: dict[str, int] = {}  # context switches by thread, those that have ended included
        self._resident = self._most = 0  # bytes: at the last look; the most at all looks since the last full one
        self._highest = self._known = 0  # bytes that the kernel tells as its peak: now, and at the full look before
        with contextlib.ExitStack() as opened:
            self._stat = self._open("stat", opened)
            self._statm = self._open("statm", opened)
            self._read_stat()
            self._files = opened.pop_all()

    def close(self) -> None:
        """Let go of its files."""
        self._files.close()

    def refresh(self) -> bool:
        """Read what changes slowly, or comes in ticks of 10 ms anyway; False where it has not run in between."""
        cpu = self._cpu()
        ran = cpu == _UNKNOWN or cpu != self._refreshed
        if ran:
            self._refreshed = cpu
            self._read_stat()
        return ran

    def _read_stat(self) -> None:
        fields = self._fields()
        self.parent = int(fields[1])  # of a process whose parent is gone, the nearest subreaper
        self._own = (int(fields[11]) + int(fields[12])) * TICK
        self.inherited = Look(  # from children that it waited for
            cpu=(int(fields[13]) + int(fields[14])) * TICK,
            system=int(fields[14]) * TICK,
            faults=int(fields[8]) + int(fields[10]),
        )
        self.slow = Look(
            cpu=self.inherited.cpu,
            system=self.inherited.system + int(fields[12]) * TICK,
            threads=int(fields[17]),
            faults=self.inherited.faults + int(fields[7]) + int(fields[9]),
        )

    def use(self) -> tuple[int, int]:
        """Its own CPU ns and its resident bytes, which ``slow`` does not hold; a zombie still has its CPU time."""
        cpu = self._cpu()
        if cpu == _UNKNOWN or cpu != self._looked:
            self._looked = cpu
            self._resident = self._read_resident()
            self._most = max(self._most, self._resident)
        return (self._own if cpu == _UNKNOWN else cpu), self._resident

    def detail(self) -> Detail:
        """What is dear to know: milliseconds for a large process, since the kernel walks its page tables."""
        self._looked = _UNKNOWN  # what others did to its memory is seen now
        return Detail(pss=self._pss(), fds=self._fds(), switches=self._switches(), peak=self.take_peak())

    def take_peak(self) -> int:
        """The most bytes that it has held since the last time: by the kernel, where that is more than ever before.

        The kernel keeps one peak for a process's life; where that has not changed, looks have seen what they have seen.
        """
        peak = max(self._most, self._highest if self._highest != self._known else 0)
        self._known, self._most = self._highest, 0
        return peak

    @property
    def switches(self) -> int:
        """Its context switches at the last look at what is dear."""
        return sum(self._switched.values())

    def threads(self) -> list[tuple[str, int]]:
        """Name and CPU ns (whole ticks) of each thread."""
        found = []
        for task in os.listdir(f"{self._folder}/task"):  # noqa: PTH208
            with contextlib.suppress(OSError):  # a thread that ends meanwhile
                found.append(_named(Path(f"{self._folder}/task/{task}/stat").read_text(errors="replace")))
        return found

    def _open(self, name: str, opened: contextlib.ExitStack) -> int:
        descriptor = os.open(f"{self._folder}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        opened.callback(os.close, descriptor)
        return descriptor

    def _fields(self) -> list[bytes]:
        """The fields of proc(5)'s stat after the name, the state first: field N of the manual is at N - 3."""
        line = os.pread(self._stat, _STAT_SIZE, 0)
        if not line:
            raise ProcessLookupError(self.pid)
        return line.rpartition(b")")[2].split()

    def _read_resident(self) -> int:
        pages = os.pread(self._statm, _STATM_SIZE, 0).split(None, 2)
        if not pages:
            raise ProcessLookupError(self.pid)
        return int(pages[1]) * PAGE

    def _cpu(self) -> int:
        """Nanoseconds by the process's CPU clock, which counts no ticks."""
        try:
            return time.clock_gettime_ns(self._clock)
        except OSError:
            return _UNKNOWN

    def _pss(self) -> int:
        with open(f"{self._folder}/smaps_rollup", "rb") as file:  # noqa: PTH123 - half the price of pathlib's
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
        return 0  # a zombie or kernel thread has no memory

    def _fds(self) -> int:
        size = os.stat(f"{self._folder}/fd").st_size  # noqa: PTH116 - Linux 6.2 and later tell the number
        return size or len(os.listdir(f"{self._folder}/fd"))  # noqa: PTH208

    def _switches(self) -> int:
        """Each thread's own: what the kernel tells of a process is that of its first thread alone."""
        cpu = self._cpu()
        if cpu == _UNKNOWN or cpu != self._counted:
            self._counted = cpu
            self._ask_threads()
        return self.switches

    def _ask_threads(self) -> None:
        """Context switches of each, and what all of them tell of the process: its peak memory."""
        for task in os.listdir(f"{self._folder}/task"):  # noqa: PTH208
            with contextlib.suppress(OSError), open(f"{self._folder}/task/{task}/status", "rb") as file:  # noqa: PTH123
                status = file.read()
                self._switched[task] = sum(map(int, _SWITCHES.findall(status)))
                if highest := _HIGHEST.search(status):  # a zombie has none
                    self._highest = int(highest[1]) * 1024


def _named(stat: str) -> tuple[str, int]:
    head, _, rest = stat.rpartition(")")
    fields = rest.split()
    return head.partition("(")[2], (int(fields[11]) + int(fields[12])) * TICK
