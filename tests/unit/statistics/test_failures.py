"""Failures: what is regressed, what is chance, and how often chance is taken for more."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfkit.statistics.failures import FailureJudgement, fisher, judge_failures, judge_failures_unpaired, mcnemar

Judge = Callable[[list[bool], list[bool]], FailureJudgement]
BOTH = pytest.mark.parametrize("judge", [judge_failures, judge_failures_unpaired])
outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40)


def ok(number: int, failed: int = 0) -> list[bool]:
    return [False] * failed + [True] * (number - failed)


@BOTH
def test_a_head_that_failed_in_all_of_five_blocks_regressed(judge: Judge) -> None:
    judgement = judge(ok(5), ok(5, failed=5))
    assert (judgement.verdict, judgement.base_failed, judgement.head_failed, judgement.n) == ("regressed", 0, 5, 5)
    assert judgement.reason == "base failed in 0 of 5 trials, head in 5 of 5"


@BOTH
def test_four_blocks_are_too_few(judge: Judge) -> None:
    assert judge(ok(4), ok(4, failed=4)).verdict == "ok"


def test_one_failure_of_the_base_takes_the_certainty() -> None:
    assert judge_failures(ok(6, failed=1), ok(6, failed=6)).verdict == "ok"


@BOTH
@pytest.mark.parametrize("head", [ok(3), ok(3, failed=1), ok(3, failed=3)])
def test_a_base_that_never_worked_is_told_apart(judge: Judge, head: list[bool]) -> None:
    assert judge(ok(3, failed=3), head).verdict == "base_failed"


@BOTH
@pytest.mark.parametrize("number", [0, 1, 15])
def test_no_failure_is_ok(judge: Judge, number: int) -> None:
    judgement = judge(ok(number), ok(number))
    assert (judgement.verdict, judgement.p) == ("ok", 1.0)


@pytest.mark.parametrize(("failed", "verdict"), [(9, "ok"), (10, "regressed")])
def test_ten_discordant_blocks_of_twenty_regressed(failed: int, verdict: str) -> None:
    """2 / 2⁹ = 0.0039 and 2 / 2¹⁰ = 0.00195 lie on either side of 0.0025."""
    assert judge_failures(ok(20), ok(20, failed=failed)).verdict == verdict


def test_fewer_failures_are_an_improvement() -> None:
    assert judge_failures(ok(20, failed=10), ok(20)).verdict == "improved"
    assert judge_failures_unpaired(ok(20, failed=10), ok(20)).verdict == "improved"


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_scipys_binomial_test(only_head: int, only_base: int) -> None:
    discordant = only_head + only_base
    expected = stats.binomtest(only_head, discordant).pvalue if discordant else 1.0
    assert mcnemar(only_head, only_base) == pytest.approx(expected)


@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_fisher_is_twice_scipys_smaller_tail(base: int, head: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, base)), data.draw(st.integers(0, head))
    table = [[failed[0], base - failed[0]], [failed[1], head - failed[1]]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert fisher((failed[0], base), (failed[1], head)) == pytest.approx(min(1.0, 2 * min(tails)))


@given(outcomes)
def test_swapping_mirrors_but_for_a_base_that_never_worked(blocks: list[tuple[bool, bool]]) -> None:
    base, head = [b for b, _ in blocks], [h for _, h in blocks]
    there, back = judge_failures(base, head), judge_failures(head, base)
    assert there.p == back.p
    if "base_failed" not in {there.verdict, back.verdict}:
        mirror = {"ok": "ok", "regressed": "improved", "improved": "regressed"}
        assert back.verdict == mirror[there.verdict]


@pytest.mark.parametrize("n", [5, 15, 30])
def test_equal_failure_rates_are_hardly_ever_called_regressed(n: int) -> None:
    """Exactly, over all outcomes of n independent blocks: below 1/1000 for the rule of five, 0.0025 with the test."""
    worst = 0.0
    for rate in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95):
        chance = 0.0
        for base_failed in range(n + 1):
            for both in range(base_failed + 1):
                chance += _chance_of_regressed(n, rate, base_failed, both)
        worst = max(worst, chance)
    assert worst < (0.001 if n == 5 else 0.0025)


def _chance_of_regressed(n: int, rate: float, base_failed: int, both: int) -> float:
    """Over all numbers of blocks in which only the head failed, given those of the base and of both."""
    chance, only_base = 0.0, base_failed - both
    for only_head in range(n - base_failed + 1):
        base = [False] * base_failed + [True] * (n - base_failed)
        head = [False] * both + [True] * only_base + [False] * only_head + [True] * (n - base_failed - only_head)
        if judge_failures(base, head).verdict == "regressed":
            ways = math.comb(n, base_failed) * math.comb(base_failed, both) * math.comb(n - base_failed, only_head)
            failures = base_failed + both + only_head
            chance += ways * rate**failures * (1 - rate) ** (2 * n - failures)
    return chance
