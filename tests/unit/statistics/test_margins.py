"""Limits against the base as margins of harm."""

from __future__ import annotations

import math

import pytest

from perfkit.errors import ScenarioError
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.metrics import Metric
from perfkit.statistics.margins import check_limit, default_limit, margins

CPU, REQUESTS, MEMORY = BY_NAME["cpu.seconds"], BY_NAME["api.requests"], BY_NAME["memory.peak"]
SPEED = Metric(name="rows.drawn", kind="rate", direction="higher", source="invented", help="Rows a second.")
HIT_RATIO = Metric(name="cache.hits", kind="ratio", direction="higher", source="invented", help="Share of hits.")


@pytest.mark.parametrize(
    ("metric", "written"),
    [(CPU, "+5 %"), (MEMORY, "+5 %"), (REQUESTS, "+0"), (SPEED, "-5 %"), (HIT_RATIO, "-5 %")],
)
def test_default_limits(metric: Metric, written: str) -> None:
    limit = default_limit(metric)
    assert limit.written == written
    assert limit == Limit.parse(written, metric.kind)
    check_limit(metric, limit)


def test_a_share_of_a_time_is_a_logarithm() -> None:
    (margin,) = margins(CPU, [Limit.parse("+10 %", "time")], [1.0], [2.0])
    assert margin.scale.logarithmic
    assert margin.size == pytest.approx(math.log(1.1))


def test_a_loss_of_a_share_is_a_logarithm_too() -> None:
    (margin,) = margins(SPEED, [Limit.parse("-10 %", "rate")], [1.0], [2.0])
    assert margin.size == pytest.approx(-math.log(0.9))
    assert margin.scale.harm([math.e, None]) == [-1.0, math.inf]


def test_a_share_of_a_count_is_of_the_base() -> None:
    (margin,) = margins(REQUESTS, [Limit.parse("+5 %", "count")], [40.0, 40.0], [50.0, 50.0])
    assert not margin.scale.logarithmic
    assert margin.size == 2.0


def test_a_share_of_a_lost_ratio_is_of_the_base() -> None:
    (margin,) = margins(HIT_RATIO, [Limit.parse("-10 %", "ratio")], [0.9], [0.5])
    assert margin.size == pytest.approx(0.09)


def test_an_amount_is_itself() -> None:
    (margin,) = margins(MEMORY, [Limit.parse("+10 MB", "bytes")], [1e8], [1e8])
    assert not margin.scale.logarithmic
    assert margin.size == 1e7


def test_the_tightest_on_each_scale_counts() -> None:
    limits = [Limit.parse(text, "bytes") for text in ("+10 %", "+5 MB", "+5 %", "+7 MB", "< 1 GB")]
    assert [margin.limit.written for margin in margins(MEMORY, limits, [1e8], [1e8])] == ["+5 %", "+5 MB"]


def test_absolute_limits_alone_leave_the_default() -> None:
    (margin,) = margins(CPU, [Limit.parse("< 2 s", "time")], [1.0], [1.0])
    assert margin.limit.written == "+5 %"


def test_zeros_turn_a_share_into_differences() -> None:
    (margin,) = margins(CPU, [Limit.parse("+5 %", "time")], [0.0, 2.0, 4.0], [2.0, 2.0, 2.0])
    assert not margin.scale.logarithmic
    assert margin.size == pytest.approx(0.1)


def test_none_at_all_needs_no_second_scale() -> None:
    (margin,) = margins(CPU, [Limit.parse("+0", "time")], [1.0], [1.0])
    assert margin.scale.logarithmic
    assert margin.size == 0.0


@pytest.mark.parametrize(("metric", "text"), [(CPU, "-5 %"), (SPEED, "+5 %"), (SPEED, "-100 %")])
def test_limits_that_mean_nothing_are_refused_by_name(metric: Metric, text: str) -> None:
    with pytest.raises(ScenarioError, match=metric.name):
        margins(metric, [Limit.parse(text, metric.kind)], [1.0], [1.0])
