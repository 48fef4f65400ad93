"""On which side of half the change a commit lies."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from perfkit.model.bisection import Threshold
from perfkit.model.catalogue import BY_NAME
from perfkit.model.result import Trial
from perfkit.statistics.crossing import ERROR, ERROR_EXACT, crossing, threshold

CPU, REQUESTS = BY_NAME["cpu.seconds"], BY_NAME["api.requests"]


def trials(metric: str, values: Iterable[float | None]) -> list[Trial]:
    return [
        Trial(index=place, block=place, order=0, target="x", outcome="exited", reason="exited with status 1")
        if value is None
        else Trial(index=place, block=place, order=0, target="x", values={metric: value})
        for place, value in enumerate(values)
    ]


def cpu(around: float, number: int, seed: int, noise: float = 0.05) -> list[Trial]:
    chance = random.Random(seed)
    return trials("cpu.seconds", (around * chance.lognormvariate(0, noise) for _ in range(number)))


def test_half_of_the_change_is_the_threshold_and_small_changes_by_the_way_do_not_reach_it() -> None:
    base = cpu(1.0, 20, 1)
    sought = threshold(base, cpu(1.5, 20, 2), CPU, ())
    assert sought is not None
    assert sought.size == pytest.approx(0.2, abs=0.03)
    assert crossing(base, cpu(1.07, 20, 3), CPU, sought).side == "good"
    assert crossing(base, cpu(1.5, 20, 4), CPU, sought).side == "bad"
    assert crossing(base, cpu(1.5, 20, 4), CPU, sought).error == ERROR
    assert crossing(base, cpu(1.22, 20, 5), CPU, sought).side == "unclear"


def test_equal_ends_give_no_threshold() -> None:
    assert threshold(cpu(1.0, 20, 1), cpu(1.0, 20, 2), CPU, ()) is None


def test_an_improvement_is_found_by_the_same_rule_mirrored() -> None:
    base = cpu(1.5, 20, 1)
    sought = threshold(base, cpu(1.0, 20, 2), CPU, ())
    assert sought is not None
    assert sought.size is not None
    assert sought.size < 0
    assert crossing(base, cpu(1.0, 20, 3), CPU, sought).side == "bad"
    assert crossing(base, cpu(1.45, 20, 4), CPU, sought).side == "good"


def test_counts_that_never_vary_decide_after_five_pairs() -> None:
    base, more = trials("api.requests", [2.0] * 5), trials("api.requests", [4.0] * 5)
    sought = threshold(base, more, REQUESTS, ())
    assert sought == Threshold(size=1.0)
    assert crossing(base, more, REQUESTS, sought).side == "bad"
    assert crossing(base, base, REQUESTS, sought).side == "good"
    assert crossing(base, base, REQUESTS, sought).error == ERROR_EXACT
    assert crossing(base[:4], base[:4], REQUESTS, sought).side == "unclear"


def test_where_the_bad_commit_fails_failing_is_what_is_sought() -> None:
    base, failing = cpu(1.0, 5, 1), trials("cpu.seconds", [None] * 5)
    sought = threshold(base, failing, CPU, ())
    assert sought == Threshold(size=None, failing=1.0)
    assert crossing(base, failing, CPU, sought).side == "bad"
    assert crossing(base, cpu(9.0, 5, 2), CPU, sought).side == "good"


def test_where_the_bad_commit_fails_now_and_then_a_good_one_must_work_for_longer() -> None:
    sought = Threshold(size=None, failing=0.4)
    assert crossing(cpu(1.0, 10, 1), cpu(1.0, 10, 2), CPU, sought).side == "unclear"
    assert crossing(cpu(1.0, 12, 1), cpu(1.0, 12, 2), CPU, sought).side == "good"


def test_where_the_bad_commit_works_one_that_does_not_says_nothing() -> None:
    assert crossing(cpu(1.0, 5, 1), trials("cpu.seconds", [None] * 5), CPU, Threshold(size=0.2)).side == "broken"


def test_a_commit_on_neither_side_is_judged_wrongly_less_often_than_stated() -> None:
    """The worst case: no change at all, with the threshold at half of a change as large as the noise."""
    sought = Threshold(size=0.05, logarithmic=True)
    sides = [crossing(cpu(1.0, 20, 2 * n, 0.1), cpu(1.0, 20, 2 * n + 1, 0.1), CPU, sought).side for n in range(300)]
    assert sides.count("bad") / 300 <= ERROR
