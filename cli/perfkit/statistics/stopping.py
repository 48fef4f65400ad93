"""Whether more pairs are needed, and what a number of pairs can show before the first is run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from perfkit.statistics.looks import fewest_pairs, share
from perfkit.statistics.power import pairs_for_shift, standard_error, visible_shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.units import Dimension
    from perfkit.statistics.failures import FailureJudgement
    from perfkit.statistics.verdict import Judgement

GATES: Final = 3  # startup.ready, cpu.seconds and memory.peak; requests are most often constant, and then exact

TYPICAL_SPREAD: Final[dict[Dimension, float]] = {"time": 0.17, "rate": 0.17, "bytes": 0.02, "ratio": 0.05, "count": 0.0}
"""SD of ln(head / base) of trials run one after the other. Times: 0.17, measured with launches of a 95 ms process on a
2-core virtual machine that others used too; quiet machines have a third of that. Bytes: peaks of memory repeat within
1 or 2 %. Counts: constant."""


def undecided(judgements: Iterable[Judgement], failures: FailureJudgement | None = None) -> tuple[str, ...]:
    """The gated metrics for which another look may help; empty: stop.

    A head or base that fails has been judged by that: more pairs would only fail again.
    """
    if failures is not None and failures.verdict in {"regressed", "base_failed"}:
        return ()
    return tuple(judgement.metric for judgement in judgements if not judgement.decided)


def visible_in_advance(pairs: int, kind: Dimension, gates: int = GATES, spread: float | None = None) -> float | None:
    """The relative change that so many pairs show 4 times in 5; None where they are too few to show any.

    ``spread`` is the SD of ln(head / base), by default what is typical of the kind of metric.
    """
    alpha = share(gates)
    if kind != "count" and pairs < fewest_pairs(alpha):
        return None
    error = standard_error(TYPICAL_SPREAD[kind] if spread is None else spread, max(pairs, 1))
    return math.expm1(visible_shift(error, alpha))


def pairs_to_show(change: float, kind: Dimension, gates: int = GATES, spread: float | None = None) -> int:
    """How many pairs show a relative growth of ``change`` (> 0) 4 times in 5; the inverse of ``visible_in_advance``."""
    alpha = share(gates)
    deviation = TYPICAL_SPREAD[kind] if spread is None else spread
    return max(fewest_pairs(alpha), pairs_for_shift(math.log1p(change), deviation, alpha))
