"""What a trial's samples tell of any stretch of it: CPU, memory, threads, descriptors, faults, growth."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from perfkit.measure.sampler.log import COLUMNS
from perfkit.statistics.trend import trend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PEAK = 1_000_000_000  # ns: the window over which the peak of CPU is taken
LEAST = 50_000_000  # ns: over less than that, CPU time counted in ticks of 10 ms looks like noise
HOUR = 3600.0


class Looks(NamedTuple):
    """Columns of samples at ``ns``, ascending; CPU in ns since the start, memory in bytes."""

    ns: Sequence[int]
    processes: Sequence[int]
    cpu: Sequence[int]
    system: Sequence[int]
    rss: Sequence[int]
    threads: Sequence[int]
    faults: Sequence[int]


class Details(NamedTuple):
    """Columns of what is read once a second."""

    ns: Sequence[int]
    pss: Sequence[int]
    fds: Sequence[int]
    switches: Sequence[int]


class Peak(NamedTuple):
    """The most bytes that one process held at once between the row before and ``ns``."""

    ns: int
    bytes: int


class Stretch(NamedTuple):
    """A stretch of a trial: its end (seconds since exec), mean CPU as a share of a core, highest RSS."""

    end: float
    cpu: float
    rss: int


class Samples:
    """One trial's samples from ``since`` (ns) on: what was there before is not the target yet."""

    def __init__(self, looks: Looks, details: Details, peaks: Sequence[Peak], since: int) -> None:
        self._looks = looks
        self._since = since
        self._details = details
        self._peaks = peaks

    @classmethod
    def read(cls, path: Path, since: int) -> Samples:
        """Read a log of the sampler. Raises OSError."""
        with path.open(newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == len(COLUMNS) and row[0].isdigit()]
        kept = [row for row in rows if int(row[0]) >= since]
        looks = [[int(row[at]) for row in kept] for at in range(len(Looks._fields))]
        # A child's time is in ns while it lives and in whole ticks once it is waited for: sums may fall by a tick.
        for at in (Looks._fields.index("cpu"), Looks._fields.index("system"), Looks._fields.index("faults")):
            looks[at] = list(accumulate(looks[at], max))
        full = [row for row in kept if row[-1]]
        details = [[int(row[at]) for row in full if row[-4] != "0"] for at in (0, -4, -3, -2)]
        peaks = [Peak(int(row[0]), int(row[-1])) for row in full]
        return cls(Looks(*looks), Details(*details), peaks, since)

    def values(self, start: int, end: int) -> dict[str, float]:
        """Metrics of the stretch from ``start`` to ``end`` (ns); those of which nothing was seen are missing."""
        low, high = bisect_left(self._looks.ns, start), bisect_right(self._looks.ns, end)
        if low == high or end <= start:
            return {}
        looks = Looks(*(column[low:high] for column in self._looks))
        found = {
            "cpu.seconds": (self._cpu(end) - self._cpu(start)) / 1e9,
            "cpu.mean": (self._cpu(end) - self._cpu(start)) / (end - start),
            "cpu.peak": self._peak(start, end),
            "cpu.system": (looks.system[-1] - looks.system[0]) / 1e9,
            "cpu.system.mean": (looks.system[-1] - looks.system[0]) / max(1, looks.ns[-1] - looks.ns[0]),
            "process.count.peak": float(max(looks.processes)),
            "process.threads.peak": float(max(looks.threads)),
            "process.page_faults": float(looks.faults[-1] - looks.faults[0]),
        }
        return found | self._memory(looks) | self._dear(start, end) | self._peak_memory(start, end)

    def course(self, most: int) -> list[Stretch]:
        """CPU and memory over time, from exec on, in at most ``most`` stretches of one length."""
        if not self._looks.ns:
            return []
        lasted = self._looks.ns[-1] - self._since
        number = max(1, min(most, lasted // LEAST))
        ends = [self._since + lasted * place // number for place in range(number + 1)]
        return [self._stretch(start, end) for start, end in pairwise(ends) if self._seen(start, end)]

    def _seen(self, start: int, end: int) -> bool:
        return bisect_right(self._looks.ns, start) < bisect_right(self._looks.ns, end)

    def _stretch(self, start: int, end: int) -> Stretch:
        held = self._looks.rss[bisect_right(self._looks.ns, start) : bisect_right(self._looks.ns, end)]
        return Stretch((end - self._since) / 1e9, (self._cpu(end) - self._cpu(start)) / (end - start), max(held))

    @staticmethod
    def _memory(looks: Looks) -> dict[str, float]:
        """Of the looks at which something lived: what has ended holds nothing."""
        held = [(ns / 1e9, rss) for ns, rss in zip(looks.ns, looks.rss, strict=True) if rss]
        if not held:
            return {}
        sizes = [rss for _, rss in held]
        found = {
            "memory.rss.peak": float(max(sizes)),
            "memory.rss.mean": sum(sizes) / len(sizes),
            "memory.rss.end": float(sizes[-1]),
        }
        slope = trend([second for second, _ in held], sizes)
        if slope is None:
            return found
        per_hour = {"": slope.slope, ".low": slope.low, ".high": slope.high}
        return found | {f"memory.growth{end}": rate * HOUR for end, rate in per_hour.items()}

    def _dear(self, start: int, end: int) -> dict[str, float]:
        low, high = bisect_left(self._details.ns, start), bisect_right(self._details.ns, end)
        if low == high:
            return {}
        details = Details(*(column[low:high] for column in self._details))
        return {
            "memory.pss.peak": float(max(details.pss)),
            "memory.pss.mean": sum(details.pss) / len(details.pss),
            "memory.pss.end": float(details.pss[-1]),
            "process.fds.peak": float(max(details.fds)),
            "process.context_switches": self._switches(end) - self._switches(start),
        }

    def _peak_memory(self, start: int, end: int) -> dict[str, float]:
        """Of the largest process."""
        peak = max((peak.bytes for peak in self._peaks if start <= peak.ns <= end), default=0)
        return {"memory.peak": float(peak)} if peak else {}

    def _switches(self, ns: int) -> float:
        """Context switches seen by then: at the last look at them; before the first, none since exec."""
        at = bisect_right(self._details.ns, ns)
        return float(self._details.switches[at - 1]) if at else 0.0

    def _cpu(self, ns: int) -> float:
        """CPU ns of the whole tree by then, on the line that joins two samples; before the first, nothing at exec."""
        times, cpu = self._looks.ns, self._looks.cpu
        at = bisect_left(times, ns)
        if at == len(times):
            return float(cpu[-1])
        before, used = (times[at - 1], cpu[at - 1]) if at else (self._since, 0)
        return used + (cpu[at] - used) * max(0, ns - before) / max(1, times[at] - before)

    def _peak(self, start: int, end: int) -> float:
        """The highest share of one core over any second, or over all of a shorter stretch."""
        width = min(PEAK, end - start)
        begins = [start, end - width, *(ns for ns in self._looks.ns if start <= ns <= end - width)]
        return max((self._cpu(begin + width) - self._cpu(begin)) / width for begin in begins)
