"""Drift: slope, interval and test with scipy as oracle."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfkit.statistics.drift import drift, inversions

distinct = st.lists(st.integers(-1000, 1000).map(float), min_size=3, max_size=12, unique=True)


@given(distinct)
def test_estimate_and_p_value_are_scipys(values: list[float]) -> None:
    found = drift(values)
    days = range(len(values))
    assert found.estimate == pytest.approx(stats.theilslopes(values, days).slope)
    assert found.p_value() == pytest.approx(stats.kendalltau(days, values, method="exact").pvalue)


@given(distinct)
def test_the_interval_misses_zero_exactly_when_the_test_rejects(values: list[float]) -> None:
    found = drift(values)
    interval = found.interval(0.05)
    assert (interval.low > 0 or interval.high < 0) == (found.p_value() <= 0.05)


@given(distinct, st.sampled_from([0.5, 2.0, 8.0]), st.integers(-100, 100))
def test_scaling_scales_and_shifting_changes_nothing(values: list[float], factor: float, offset: int) -> None:
    plain, moved = drift(values), drift([value * factor + offset for value in values])
    assert moved.estimate == pytest.approx(plain.estimate * factor)
    assert moved.p_value() == plain.p_value()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_the_null_distribution_counts_all_orders(size: int) -> None:
    """Brute force: of each order of n values, how many pairs go down."""
    downs = [sum(a > b for i, a in enumerate(order) for b in order[i + 1 :]) for order in permutations(range(size))]
    null = inversions(size)
    for count in range(size * (size - 1) // 2 + 1):
        assert null.cdf(count) == pytest.approx(sum(down <= count for down in downs) / math.factorial(size))


@pytest.mark.parametrize("values", [[], [1.0], [3.0] * 10])
def test_where_nothing_moves_there_is_no_drift(values: list[float]) -> None:
    assert drift(values).p_value() == 1.0


def test_five_values_are_too_few_and_six_are_enough_at_one_per_cent() -> None:
    assert drift([1.0, 2.0, 3.0, 4.0, 5.0]).p_value() > 0.01
    assert drift([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).p_value() < 0.01
