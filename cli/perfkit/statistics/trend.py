"""Does it grow, and how fast: the slope of what a process holds over time, with its interval.

Neighbouring samples of one process are far from independent, so a series is cut into as many equal stretches as the
test of Mann and Kendall is exact for, and the median of each stretch stands for it: a saw-tooth of a garbage collector
shorter than a stretch does not look like growth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.statistics.drift import drift
from perfkit.statistics.estimate import median

if TYPE_CHECKING:
    from collections.abc import Sequence

STRETCHES = 30
FEWEST = 8  # stretches; with fewer, no slope is certain enough to call it growth
ALPHA = 0.01  # two-sided


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The slope per second and its 99 % interval."""

    slope: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether it grows for certain."""
        return self.low > 0


def trend(times: Sequence[float], values: Sequence[float]) -> Trend | None:
    """The trend of ``values`` at ``times`` (seconds, ascending); None where the series is too short to tell."""
    medians = _medians(times, values)
    if len(medians) < FEWEST:
        return None
    shift = drift(medians)
    interval = shift.interval(ALPHA)
    width = (times[-1] - times[0]) / len(medians)
    return Trend(slope=shift.estimate / width, low=interval.low / width, high=interval.high / width)


def _medians(times: Sequence[float], values: Sequence[float]) -> list[float]:
    """The median of each stretch of time, as many stretches as leave none empty; none where no time passes."""
    if len(times) < FEWEST or times[-1] <= times[0]:
        return []
    for count in range(min(STRETCHES, len(times)), FEWEST - 1, -1):
        width = (times[-1] - times[0]) / count
        stretches: list[list[float]] = [[] for _ in range(count)]
        for time, value in zip(times, values, strict=True):
            stretches[min(int((time - times[0]) / width), count - 1)].append(value)
        if all(stretches):
            return [median(stretch) for stretch in stretches]
    return []
