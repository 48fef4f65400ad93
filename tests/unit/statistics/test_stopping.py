"""When to stop, and what can be seen before the first pair."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.catalogue import BY_NAME
from perfkit.statistics.failures import judge_failures
from perfkit.statistics.looks import ALPHA, Risk, fewest_pairs, share
from perfkit.statistics.nulls import signed_rank
from perfkit.statistics.stopping import pairs_to_show, undecided, visible_in_advance
from perfkit.statistics.verdict import judge_paired

CPU, MEMORY = BY_NAME["cpu.seconds"], BY_NAME["memory.peak"]
SURE = judge_paired([1.0] * 15, [2.0] * 15, CPU)
OPEN = judge_paired([1.0, 2.0, 4.0] * 5, [2.0, 4.0, 1.0] * 5, MEMORY)


def test_a_run_goes_on_while_a_gated_metric_is_open() -> None:
    assert undecided([SURE, OPEN]) == ("memory.peak",)


def test_a_run_stops_when_all_are_decided() -> None:
    assert undecided([SURE, SURE]) == ()


def test_a_head_that_fails_needs_no_more_trials() -> None:
    failures = judge_failures([True] * 5, [False] * 5)
    assert undecided([OPEN], failures) == ()


def test_a_head_that_works_where_the_base_failed_is_judged_on() -> None:
    failures = judge_failures([False] * 10 + [True] * 10, [True] * 20)
    assert failures.verdict == "improved"
    assert undecided([OPEN], failures) == ("memory.peak",)


def test_the_error_of_a_look_is_shared() -> None:
    assert share(1) == share(0) == ALPHA
    assert share(4) == ALPHA / 4


@pytest.mark.parametrize("alpha", [0.05, 0.0025, 0.0025 / 3, 0.0025 / 7, 2 / 2**10])
def test_fewest_pairs_are_those_of_the_signed_rank_test(alpha: float) -> None:
    assert signed_rank(fewest_pairs(alpha)).critical(alpha / 2) > 0
    assert signed_rank(fewest_pairs(alpha) - 1).critical(alpha / 2) == 0


def test_smallest_visible_change_by_hand() -> None:
    """Quantiles: z 0.99958 = 3.34, z 0.8 = 0.84; 0.1 / √(15 · 0.955) = 0.0264; e^(4.18 · 0.0264) − 1 = 11.7 %."""
    assert visible_in_advance(15, "time", gates=3, spread=0.1) == pytest.approx(0.117, abs=0.001)


def test_too_few_pairs_show_nothing_but_constants() -> None:
    assert visible_in_advance(5, "time") is None
    assert visible_in_advance(0, "bytes") is None
    assert visible_in_advance(5, "count") == 0.0


@given(st.integers(12, 200), st.integers(1, 50).map(lambda percent: percent / 100), st.integers(1, 3))
def test_pairs_to_show_is_the_inverse(pairs: int, spread: float, gates: int) -> None:
    change = visible_in_advance(pairs, "time", gates, spread)
    assert change is not None
    assert pairs_to_show(change * 1.000001, "time", gates, spread) <= pairs
    fewer = pairs_to_show(change * 0.999, "time", gates, spread)
    assert fewer >= pairs


def test_more_pairs_see_smaller_changes() -> None:
    visible = [visible_in_advance(pairs, "time") for pairs in (15, 20, 30, 40, 60, 80)]
    assert visible == sorted(visible, key=lambda change: -(change or math.inf))


def test_the_smallest_visible_change_is_called_regressed_four_times_in_five() -> None:
    """At 40 pairs, without a limit to pass."""
    spread, n, runs = 0.1, 40, 300
    change = visible_in_advance(n, "time", gates=1, spread=spread)
    assert change is not None
    source = random.Random(3)
    seen = 0
    for _ in range(runs):
        head = [(1 + change) * math.exp(source.gauss(0, spread)) for _ in range(n)]
        seen += judge_paired([1.0] * n, head, CPU).low > 0
    assert seen / runs == pytest.approx(0.8, abs=0.07)


def test_the_pairs_that_decide_are_about_right() -> None:
    """Of runs that are unclear at 15 pairs, about half are decided after as many more as they asked for."""
    source = random.Random(4)
    asked = decided = 0
    for _ in range(100):
        head = [math.exp(source.gauss(0, 0.1)) for _ in range(300)]
        first = judge_paired([1.0] * 15, head[:15], CPU, risk=Risk(share(3)))
        if first.pairs_to_decide is None or first.pairs_to_decide > 285:
            continue
        n = 15 + first.pairs_to_decide
        asked += 1
        decided += judge_paired([1.0] * n, head[:n], CPU, risk=Risk(share(3))).decided
    assert 0.35 < decided / asked < 0.75


def test_no_hopeless_number_of_pairs_is_named() -> None:
    """The estimate lies so near the limit that thousands of pairs would be needed."""
    head = [1.0499 * factor for factor in (0.9, 0.95, 1.0, 1 / 0.95, 1 / 0.9) * 3]
    judgement = judge_paired([1.0] * 15, head, CPU)
    assert (judgement.verdict, judgement.pairs_to_decide) == ("unclear", None)
