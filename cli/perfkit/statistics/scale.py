"""On which scale samples are compared: as *harm*, where more is worse and a failed trial is the worst of all.

Logarithms turn a constant factor into a constant shift, and are used for what is never zero: times, bytes and rates.
Counts and ratios, and whatever holds a value ≤ 0, are compared by plain differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfkit.statistics.estimate import median

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.metrics import Metric

LARGEST_LOG = math.log(1.7e308)


@dataclass(frozen=True, slots=True)
class Scale:
    """How values become harm. ``sign`` is −1 where higher is better."""

    sign: int
    logarithmic: bool

    def harm(self, samples: Sequence[float | None]) -> list[float]:
        """Values as harm; a failed or missing one is +inf."""
        if self.logarithmic:
            return [math.inf if value is None else self.sign * math.log(value) for value in samples]
        return [math.inf if value is None else self.sign * value for value in samples]

    def change(self, shift: float, reference: float) -> float:
        """A shift in harm as the relative change of the value itself; ``reference`` is the base's median value.

        An infinite shift (failed trials, or no bound) is an infinite change; so is any shift from a reference of 0.
        """
        signed = self.sign * shift
        if signed == 0 or math.isinf(signed):
            return signed
        if self.logarithmic:
            return math.expm1(signed) if signed < LARGEST_LOG else math.inf
        return signed / abs(reference) if reference else math.copysign(math.inf, signed)


def natural_scale(metric: Metric, *samples: Iterable[float | None]) -> Scale:
    """Logarithms where the metric allows them and all values are positive, else plain differences."""
    return Scale(_sign(metric), logarithmic=_positive(samples) and metric.kind in {"time", "bytes", "rate"})


def ratio_scale(metric: Metric, *samples: Iterable[float | None]) -> Scale:
    """Logarithms wherever all values are positive: "1.8 × as many" is said of counts too."""
    return Scale(_sign(metric), logarithmic=_positive(samples))


def plain_scale(metric: Metric) -> Scale:
    """Differences in the metric's own unit."""
    return Scale(_sign(metric), logarithmic=False)


def known(samples: Iterable[float | None]) -> list[float]:
    """The values that are there."""
    return [value for value in samples if value is not None]


def clean(samples: Iterable[float | None]) -> list[float | None]:
    """Samples in which what is no finite number is missing, None."""
    return [value if value is not None and math.isfinite(value) else None for value in samples]


def median_or_zero(samples: Iterable[float | None]) -> float:
    """The median of the values that are there; 0 where there is none."""
    values = known(samples)
    return median(values) if values else 0.0


def _positive(samples: Iterable[Iterable[float | None]]) -> bool:
    return all(value is None or value > 0 for side in samples for value in side)


def _sign(metric: Metric) -> int:
    return 1 if metric.direction == "lower" else -1
