"""What a series of labels tells: steps, drift, and what a team should be told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.statistics.history import Trend, trend

if TYPE_CHECKING:
    from collections.abc import Sequence

READY, REQUESTS, CONNECTIONS = (BY_NAME[name] for name in ("startup.ready", "api.requests", "api.connections"))


def labels(levels: Sequence[float], seed: int = 1) -> list[list[float | None]]:
    """Five trials a label around each level; sessions differ by 1 %, trials by 2 %."""
    chance = random.Random(seed)
    moods = [level * chance.gauss(1, 0.01) for level in levels]
    return [[mood * chance.gauss(1, 0.02) for _ in range(5)] for mood in moods]


def judged(levels: Sequence[float], *limits: str, seed: int = 1) -> Trend:
    return trend(READY, labels(levels, seed), [Limit.parse(limit, "time") for limit in limits])


def test_a_step_beyond_the_limit_has_regressed_and_says_by_how_much() -> None:
    found = judged([1.0] * 12 + [1.2] * 8)
    (step,) = found.steps
    assert (step.first, step.last, step.word, step.limit) == (12, 19, "regressed", "+5 %")
    assert step.low < 0.2 < step.high
    assert step.change == pytest.approx(0.2, abs=0.03)
    assert step.before == pytest.approx(1.0, abs=0.02)
    assert step.after == pytest.approx(1.2, abs=0.03)
    assert step.p_value is not None
    assert step.p_value <= 0.01
    assert found.alarms == (step,)


def test_a_step_within_the_limit_is_worse_but_no_alarm() -> None:
    found = judged([1.0] * 12 + [1.2] * 8, "+50 %")
    assert [step.word for step in found.steps] == ["worse"]
    assert found.alarms == ()


def test_an_absolute_margin_counts_in_seconds() -> None:
    assert judged([1.0] * 12 + [1.2] * 8, "+500 ms").steps[0].word == "worse"
    assert judged([1.0] * 12 + [1.2] * 8, "+50 ms").steps[0].word == "regressed"


def test_what_was_taken_back_is_no_alarm_any_more() -> None:
    found = judged([1.0] * 10 + [1.3] * 8 + [1.0] * 10)
    assert [step.word for step in found.steps] == ["regressed", "improved"]
    assert found.alarms == ()


def test_a_step_of_a_metric_that_gates_nothing_is_no_alarm() -> None:
    found = trend(CONNECTIONS, [[1.0] * 5] * 4 + [[2.0] * 5], ())
    assert [step.word for step in found.steps] == ["regressed"]
    assert found.alarms == ()


def test_slow_drift_is_seen_where_no_step_is() -> None:
    found = judged([1.0 * 1.012**day for day in range(9)])
    assert found.steps == ()
    assert found.drift is not None
    assert (found.drift.first, found.drift.last, found.drift.word) == (0, 8, "regressed")
    assert found.drift.change == pytest.approx(1.012**8 - 1, abs=0.04)
    assert found.drift.low < found.drift.change < found.drift.high
    assert found.alarms == (found.drift,)


def test_a_drift_within_the_limit_is_told_and_no_alarm() -> None:
    found = judged([1.0 * 1.012**day for day in range(9)], "+50 %")
    assert found.drift is not None
    assert found.drift.word == "worse"
    assert found.alarms == ()


def test_a_step_is_not_told_again_as_drift() -> None:
    found = judged([1.0] * 15 + [1.2] * 5)
    assert len(found.steps) == 1
    assert found.drift is None


def test_counts_that_never_vary_are_compared_exactly_and_at_once() -> None:
    found = trend(REQUESTS, [[4.0] * 5] * 3 + [[5.0] * 5], ())
    (step,) = found.steps
    assert (step.first, step.change, step.low, step.high, step.p_value) == (3, 0.25, 0.25, 0.25, None)
    assert found.alarms == (step,)


def test_a_failed_trial_makes_a_constant_count_no_less_exact() -> None:
    found = trend(REQUESTS, [[4.0] * 6, [None, *[4.0] * 5], [None] * 6, [5.0] * 6], ())
    assert [(step.first, step.p_value) for step in found.steps] == [(3, None)]


def test_a_label_without_a_good_trial_is_left_out_of_the_statistics_only() -> None:
    given = labels([1.0] * 12 + [1.2] * 8)
    given.insert(5, [None] * 5)
    found = trend(READY, given, ())
    assert found.summaries[5].median is None
    assert found.changes[5] is None
    assert found.changes[6] is None
    assert [step.first for step in found.steps] == [13]


def test_changes_are_relative_to_the_label_before() -> None:
    found = trend(REQUESTS, [[4.0], [5.0], [0.0], [2.0]], ())
    assert found.changes == (None, 0.25, -1.0, None)


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_a_short_history_has_neither_steps_nor_drift(number: int) -> None:
    found = judged([1.0, 2.0, 3.0, 4.0, 5.0][:number])
    assert (found.steps, found.drift, len(found.changes)) == ((), None, number)


def test_a_label_that_failed_wholly_makes_no_history() -> None:
    assert trend(READY, [[None, None]], ()).steps == ()


def test_what_is_no_finite_number_counts_as_failed() -> None:
    found = trend(READY, [[1.0, float("inf"), float("nan")], [1.0, 1.0, 1.0]], ())
    assert [(each.median, each.failed) for each in found.summaries] == [(1.0, 2), (1.0, 0)]


@pytest.mark.parametrize("factor", [0.001, 1000.0])
def test_the_unit_changes_no_judgement(factor: float) -> None:
    given = labels([1.0] * 12 + [1.2] * 8)
    plain = trend(READY, given, ())
    scaled = trend(READY, [[v * factor for v in label if v is not None] for label in given], ())
    assert [(s.first, s.word) for s in scaled.steps] == [(s.first, s.word) for s in plain.steps]
    assert scaled.steps[0].change == pytest.approx(plain.steps[0].change)
