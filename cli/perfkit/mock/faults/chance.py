"""Chance that depends on the seed, the fault and the request's ordinal alone: same requests, same faults."""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfkit.model.faults import ApiFault

_LONGEST: Final = 3600.0  # seconds; the tail of a distribution has no end, a trial has
_P95, _P99 = (NormalDist().inv_cdf(share) for share in (0.95, 0.99))


def chance(seed: int, number: int, ordinal: int) -> Random:
    """What is drawn for the ``ordinal``-th request that fault ``number`` may strike."""
    return Random(f"{seed}/{number}/{ordinal}")


def latency(fault: ApiFault, random: Random) -> float:
    """Seconds to wait, drawn from the fault's distribution."""
    match fault.distribution:
        case "uniform":
            drawn = random.uniform(fault.delay - fault.spread, fault.delay + fault.spread)
        case "normal":
            drawn = random.gauss(fault.delay, fault.spread)
        case "exponential":
            drawn = random.expovariate(1 / fault.delay) if fault.delay else 0.0
        case "lognormal":
            drawn = fault.delay * math.exp(_sigma(fault) * random.gauss(0.0, 1.0))
        case _:
            drawn = fault.delay
    return min(max(drawn, 0.0), _LONGEST)


def _sigma(fault: ApiFault) -> float:
    """The SD of the logarithm, so that the share below ``p95`` or ``p99`` is as it says."""
    tail, quantile = (fault.p95, _P95) if fault.p95 is not None else (fault.p99, _P99)
    assert tail is not None
    return math.log(tail / fault.delay) / quantile if fault.delay else 0.0
