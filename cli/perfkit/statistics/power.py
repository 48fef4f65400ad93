"""What n pairs can show: the smallest visible change, and the pairs that a change needs.

Normal approximation of the signed-rank test (Hollander, Wolfe & Chicken, section 3.1, comment on sample size): an
estimate with standard error e is called different at two-sided α with probability POWER when the true shift is
(z₁₋α⁄₂ + z_POWER) · e.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from perfkit.statistics.interval import EFFICIENCY

POWER: Final = 0.8  # the field's usual one


def standard_error(spread: float, pairs: int) -> float:
    """Of the Hodges–Lehmann estimate of ``pairs`` differences whose SD is ``spread``."""
    return spread / math.sqrt(EFFICIENCY * pairs)


def visible_shift(error: float, alpha: float) -> float:
    """The smallest shift that an estimate with this standard error shows at two-sided α, with probability POWER."""
    normal = NormalDist()
    return (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER)) * error


def pairs_for_shift(shift: float, spread: float, alpha: float) -> int:
    """How many pairs with differences of SD ``spread`` show ``shift`` (> 0) at two-sided α, with probability POWER."""
    return math.ceil((visible_shift(spread, alpha) / shift) ** 2 / EFFICIENCY)


def growth_to_reach(distance: float, error: float, tail: float) -> float:
    """By what factor n must grow until ``distance`` is the one-sided 1 − ``tail`` margin of an estimate's error."""
    if distance <= 0:
        return math.inf
    return (NormalDist().inv_cdf(1 - tail) * error / distance) ** 2
