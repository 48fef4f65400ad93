"""When a run is looked at, and the error that each look may make.

Looks are taken at model.scenario.DEFAULT_LOOKS pairs (15, 20, 30, 40, 60). Each may wrongly see a change with
probability ALPHA, shared evenly (Bonferroni) among the gated metrics that are decided by statistics. Half of that is
the wrong direction for "regressed": five looks and a last one when the time is spent make at most 6 · 0.0025 / 2 =
0.75 % of checks with equal targets, all metrics together. The first look needs 15 pairs since 10 pairs never give a
p-value below 2 / 2¹⁰ = 0.00195, which is more than a third of ALPHA.
"""

from __future__ import annotations

import math
from typing import Final

ALPHA: Final = 0.0025  # two-sided, of one look, all gated metrics together
OK_ALPHA: Final = 0.01  # one-sided: "ok" wants a 99 % upper bound of the change within the limit
FEWEST_CONSTANT: Final = 5
"""So many trials a side with one and the same outcome, another on each side, are no chance: whatever the probabilities,
it happens to equal targets at most 2 · max(p⁵(1 − p)⁵) = 2 / 4⁵ = 0.2 % of the time, half of it in either direction."""


def share(gates: int) -> float:
    """The two-sided α of one metric among ``gates`` that are decided by statistics at one look."""
    return ALPHA / max(gates, 1)


def fewest_pairs(alpha: float) -> int:
    """From how many pairs on a two-sided signed-rank test can reach ``alpha`` at all: 2 / 2ⁿ ≤ α."""
    return math.ceil(1 - math.log2(alpha))
