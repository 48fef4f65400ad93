"""The sampler's log, read while it grows."""

from __future__ import annotations

from collections import deque
from typing import IO, TYPE_CHECKING

from perfkit.measure.sampler.log import COLUMNS
from perfkit.model.readings import Readings

if TYPE_CHECKING:
    from pathlib import Path

LEAST = 500_000_000  # ns over which a share of a core means something
_SECOND = 1_000_000_000  # ns: the window over which the peak of CPU is taken


class Tail:
    """Whole lines that are added to a file."""

    def __init__(self, path: Path) -> None:
        """Begin at its beginning. Raises OSError."""
        self._file: IO[bytes] = path.open("rb")
        self._rest = b""

    def read(self) -> list[bytes]:
        """Those that came since the last time."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return lines

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Looks:
    """What samples tell since ``since`` (ns): CPU counts from there, and the mean of it is over all since then."""

    def __init__(self, since: int) -> None:
        self._since = since
        self._ns, self._cpu = since, 0
        self._memory = self._peak = 0
        self._processes = self._threads = 0
        self._descriptors: int | None = None
        self._most = 0.0  # CPU over a second
        self._last = (since, 0)  # at the last reading that told a share of a core
        self._second: deque[tuple[int, int]] = deque([(since, 0)])  # looks of the last second, and one before
        self.seen = False

    @property
    def gone(self) -> bool:
        """Whether at the last look there was no process; before the first that is not known."""
        return self._ns > self._since and not self._processes

    def take(self, lines: list[bytes]) -> None:
        """Take in lines of the log; those of the time before, and broken ones, are left out."""
        for line in lines:
            cells = line.split(b",")
            if len(cells) == len(COLUMNS) and cells[0].isdigit() and int(cells[0]) >= self._since:
                self._add([int(cell or -1) for cell in cells])

    def readings(self) -> Readings:
        """What is known now."""
        return Readings(
            at=self._ns / 1e9,
            uptime=(self._ns - self._since) / 1e9,
            memory=self._memory if self.seen else None,
            memory_peak=self._peak if self.seen else None,
            cpu=self._share(),
            cpu_mean=self._cpu / (self._ns - self._since) if self._ns > self._since else None,
            cpu_peak=self._peak_share(),
            cpu_seconds=self._cpu / 1e9,
            processes=self._processes,
            threads=self._threads,
            descriptors=self._descriptors,
        )

    def _share(self) -> float | None:
        """CPU since the last reading; where that is but a moment ago it is not known, and counts in the next one."""
        before, used = self._last
        if self._ns - before < LEAST:
            return None
        self._last = (self._ns, self._cpu)
        return (self._cpu - used) / (self._ns - before)

    def _peak_share(self) -> float | None:
        """The highest share of a core over any second, or over all of a shorter time."""
        then, used = self._second[0]
        if self._most or self._ns <= then:
            return self._most or None
        return (self._cpu - used) / (self._ns - then)

    def _add(self, cells: list[int]) -> None:
        ns, processes, cpu, _, rss, threads, _, _, descriptors, *_ = cells
        self._ns, self._processes = ns, processes
        if not processes:
            return
        self.seen = True
        self._cpu = max(self._cpu, cpu)  # a child's time is in ns while it lives, in ticks once it is waited for
        self._memory, self._peak, self._threads = rss or self._memory, max(self._peak, rss), threads
        self._descriptors = self._descriptors if descriptors < 0 else descriptors
        self._second.append((ns, self._cpu))
        while self._second[1][0] <= ns - _SECOND:
            self._second.popleft()
        then, used = self._second[0]
        if ns - then >= _SECOND:
            self._most = max(self._most, (self._cpu - used) / (ns - then))
