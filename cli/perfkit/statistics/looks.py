"""When a run is looked at, and the error that each look may make.

Looks are taken at model.scenario.DEFAULT_LOOKS pairs (15, 20, 30, 40, 60, 80) and once more when the time is spent.

*A change where there is none.* Each look may see one with probability ALPHA, shared evenly (Bonferroni) among the gated
metrics that are decided by statistics, and among the heads of a run. Half of it is the wrong direction for "regressed":
seven looks make at most 7 · 0.0025 / 2 = 0.875 % of checks with equal targets. Where more looks are planned, each gets
less. The first one needs 15 pairs since 10 never give a p-value below 2 / 2¹⁰ = 0.00195, more than a third of ALPHA.

*"ok" of a head that is worse by the whole limit.* All looks together may say it with probability OK_ALPHA, for each
metric. The look after n of N pairs leaves (n/N)² of it spent, and the one that ends a run takes what is left (a power
family of spending functions: Kim & DeMets 1987): an early look must be surer, and the last one still has most of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHA: Final = 0.0025  # two-sided, of one look, all gated metrics and heads together
MOST_LOOKS: Final = 7  # that ALPHA is meant for: those of DEFAULT_LOOKS, and the one when the time is spent
OK_ALPHA: Final = 0.01  # one-sided, of all looks: "ok" wants an upper bound of the change within the limit
SPENDING: Final = 2  # the power of the spending function
FEWEST_CONSTANT: Final = 5
"""So many trials a side with one and the same outcome, another on each side, are no chance: whatever the probabilities,
it happens to equal targets at most 2 · max(p⁵(1 − p)⁵) = 2 / 4⁵ = 0.2 % of the time, half of it in either direction."""


@dataclass(frozen=True, slots=True)
class Risk:
    """The error that the verdict on one metric may make at one look; the default is that of one metric and one look."""

    alpha: float = ALPHA  # two-sided, of a change where there is none
    ok_alpha: float = OK_ALPHA  # one-sided, of "ok" where the head is worse by the limit


def risk(pairs: int, planned: Sequence[int], sharing: int = 1) -> Risk:
    """What one of ``sharing`` judgements (metrics times heads) may risk after so many pairs; ``planned``: all looks."""
    return Risk(share(sharing, len(planned)), _ok_share(pairs, planned))


def share(gates: int, planned: int = MOST_LOOKS - 1) -> float:
    """The two-sided α of one of ``gates`` judgements that are made by statistics at one of the planned looks."""
    return ALPHA * min(1.0, MOST_LOOKS / (planned + 1)) / max(gates, 1)


def fewest_pairs(alpha: float) -> int:
    """From how many pairs on a two-sided signed-rank test can reach ``alpha`` at all: 2 / 2ⁿ ≤ α."""
    return math.ceil(1 - math.log2(alpha))


def _ok_share(pairs: int, planned: Sequence[int]) -> float:
    """What no look before has spent, up to what this one may; one that was not planned is the last."""
    most = max(*planned, pairs)
    spent = max((look for look in planned if look < pairs), default=0)
    until = pairs if pairs in planned else most
    return OK_ALPHA * ((until / most) ** SPENDING - (spent / most) ** SPENDING)
