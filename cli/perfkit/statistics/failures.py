"""Failure is a result: does the head fail where the base works?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.statistics.looks import ALPHA, FEWEST_CONSTANT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FailureVerdict = Literal["ok", "regressed", "improved", "base_failed"]

ENOUGH: Final = FEWEST_CONSTANT


class FailureJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the outcomes of base and head say.

    ``base_failed``: the base never worked, so there is nothing to compare with, whatever the head does. ``ok``: no
    difference is shown, which is not to say that nothing failed.
    """

    verdict: FailureVerdict
    base_failed: int
    head_failed: int
    n: int  # blocks; unpaired: the smaller number of trials
    p: float  # two-sided, of equal failure rates
    reason: str


def judge_failures(base_ok: Sequence[bool], head_ok: Sequence[bool], alpha: float = ALPHA) -> FailureJudgement:
    """Judge the outcomes of complete blocks in order, ``base_ok[i]`` and ``head_ok[i]`` of one block.

    A head that failed in every block, of five at least, while the base failed in none, has regressed: with equal
    failure rates that happens, at any block at all, with a probability of at most max(p⁵(1 − p)⁵) = 4⁻⁵ < 0.001.
    Other outcomes are put to McNemar's exact test at ``alpha``. The better side mirrors the worse, but for a
    base that never worked. Raises ValueError for sequences of different lengths.
    """
    blocks = list(zip(base_ok, head_ok, strict=True))
    only_head = sum(base and not head for base, head in blocks)
    only_base = sum(head and not base for base, head in blocks)
    return _judge(base_ok, head_ok, alpha, lambda: mcnemar(only_head, only_base))


def judge_failures_unpaired(base_ok: Sequence[bool], head_ok: Sequence[bool]) -> FailureJudgement:
    """Judge the outcomes of independent trials: as ``judge_failures``, by Fisher's exact test."""
    failed = base_ok.count(False), head_ok.count(False)
    return _judge(base_ok, head_ok, ALPHA, lambda: fisher((failed[0], len(base_ok)), (failed[1], len(head_ok))))


def mcnemar(only_head: int, only_base: int) -> float:
    """The two-sided p-value of as uneven a split of the discordant blocks: each was decided by the toss of a coin."""
    discordant = only_head + only_base
    tail = sum(math.comb(discordant, k) for k in range(min(only_head, only_base) + 1))
    return min(1.0, 2 * tail / (1 << discordant))


def fisher(base: tuple[int, int], head: tuple[int, int]) -> float:
    """The two-sided p-value of equal failure rates, from (failed, trials) of either side: twice the smaller tail."""
    (base_failed, base_trials), (head_failed, head_trials) = base, head
    failed = base_failed + head_failed
    ways = [math.comb(head_trials, k) * math.comb(base_trials, failed - k) for k in range(failed + 1)]
    lower, upper = sum(ways[: head_failed + 1]), sum(ways[head_failed:])
    return min(1.0, 2 * min(lower, upper) / sum(ways)) if failed else 1.0


def _judge(
    base_ok: Sequence[bool], head_ok: Sequence[bool], alpha: float, test: Callable[[], float]
) -> FailureJudgement:
    base_failed, head_failed = base_ok.count(False), head_ok.count(False)
    p = test()
    verdict: FailureVerdict = "ok"
    if base_failed and base_failed == len(base_ok):
        verdict = "base_failed"
    elif head_failed == len(head_ok) >= ENOUGH <= len(base_ok) and not base_failed:
        verdict = "regressed"
    elif p <= alpha:
        worse = head_failed * len(base_ok) > base_failed * len(head_ok)
        verdict = "regressed" if worse else "improved"
    return FailureJudgement(
        verdict=verdict,
        base_failed=base_failed,
        head_failed=head_failed,
        n=min(len(base_ok), len(head_ok)),
        p=p,
        reason=f"base failed in {base_failed} of {len(base_ok)} trials, head in {head_failed} of {len(head_ok)}",
    )
