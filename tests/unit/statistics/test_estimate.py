"""Estimates: hand-worked examples, stdlib's quantiles as oracle, and failed trials as infinities."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.statistics.estimate import (
    difference,
    median,
    midpoint,
    nearest_rank,
    pairwise_differences,
    quantile,
    sorted_median,
    spread,
    walsh_averages,
)

if TYPE_CHECKING:
    from collections.abc import Callable

INF = math.inf


def hodges_lehmann(differences: list[float]) -> float:
    return sorted_median(walsh_averages(differences))


whole = st.integers(-1000, 1000).map(float)
with_failures = st.one_of(whole, st.sampled_from([INF, -INF]))


def test_walsh_averages_of_three_differences() -> None:
    assert walsh_averages([1.0, 2.0, 6.0]) == [1.0, 1.5, 2.0, 3.5, 4.0, 6.0]


def test_hodges_lehmann_of_three_differences_is_between_the_middle_walsh_averages() -> None:
    assert hodges_lehmann([1.0, 2.0, 6.0]) == 2.75


def test_shift_of_two_samples_is_the_median_of_all_differences() -> None:
    assert pairwise_differences([1.0, 2.0], [4.0, 8.0]) == [2.0, 3.0, 6.0, 7.0]
    assert sorted_median(pairwise_differences([1.0, 2.0], [4.0, 8.0])) == 4.5


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(-INF, INF, 0.0), (INF, INF, INF), (-INF, 3.0, -INF), (1, 4, 2.5)]
)
def test_midpoint(low: float, high: float, expected: float) -> None:
    assert midpoint(low, high) == expected


def test_midpoint_does_not_overflow() -> None:
    assert midpoint(1.5e308, 1.7e308) == pytest.approx(1.6e308)


def test_two_equal_infinities_do_not_differ() -> None:
    assert difference(INF, INF) == 0.0
    assert difference(1.0, INF) == -INF


def test_opposite_failures_cancel() -> None:
    assert walsh_averages([-INF, INF]) == [-INF, 0.0, INF]
    assert hodges_lehmann([-INF, INF, 0.0]) == 0.0


def test_a_minority_of_failures_moves_the_estimate_only_a_little() -> None:
    differences = [0.01 * k for k in range(-5, 6)]
    assert hodges_lehmann([*differences, INF]) == pytest.approx(0.01, abs=0.005)


def test_a_majority_of_failures_makes_the_estimate_infinite() -> None:
    assert hodges_lehmann([0.0, 0.0, INF, INF, INF]) == INF


@pytest.mark.parametrize("function", [median, hodges_lehmann, lambda values: quantile(values, 0.5)])
def test_nothing_has_no_estimate(function: Callable[[list[float]], float]) -> None:
    with pytest.raises(ValueError, match="no values"):
        function([])


def test_quantile_between_infinities() -> None:
    assert quantile([-INF, INF], 0.5) == 0.0
    assert quantile([-INF, 5.0], 0.5) == -INF
    assert quantile([1.0, INF], 0.0) == 1.0
    assert quantile([INF, INF], 0.3) == INF


@given(st.lists(whole, min_size=2, max_size=30))
def test_quantiles_are_of_type_7(values: list[float]) -> None:
    expected = statistics.quantiles(values, n=10, method="inclusive")
    assert [quantile(values, k / 10) for k in range(1, 10)] == pytest.approx(expected)


@given(st.lists(whole, min_size=1, max_size=30))
def test_median_is_the_textbook_one(values: list[float]) -> None:
    assert median(values) == statistics.median(values)


@given(st.lists(with_failures, min_size=1, max_size=20))
def test_hodges_lehmann_mirrors(differences: list[float]) -> None:
    assert hodges_lehmann([-d for d in differences]) == -hodges_lehmann(differences)


@given(st.lists(whole, min_size=1, max_size=20), st.integers(-100, 100))
def test_hodges_lehmann_moves_with_the_data(differences: list[float], by: int) -> None:
    assert hodges_lehmann([d + by for d in differences]) == hodges_lehmann(differences) + by


@given(st.lists(with_failures, max_size=20))
def test_no_estimate_is_ever_nan(differences: list[float]) -> None:
    assert not any(map(math.isnan, walsh_averages(differences)))
    assert not math.isnan(spread(differences))


def test_spread_of_a_normal_sample_is_its_sd() -> None:
    sample = [statistics.NormalDist(5, 2).inv_cdf((k + 0.5) / 999) for k in range(999)]
    assert spread(sample) == pytest.approx(2, rel=0.01)


def test_spread_does_not_see_a_burst() -> None:
    quiet = [float(k % 5) for k in range(50)]
    assert spread([*quiet, 1000.0, 2000.0]) == pytest.approx(spread(quiet), rel=0.25)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0, 3.0]])
def test_spread_of_nothing_or_constants_is_zero(values: list[float]) -> None:
    assert spread(values) == 0.0


@pytest.mark.parametrize(("share", "value"), [(50, 2.0), (95, 4.0), (99, 4.0), (25, 1.0)])
def test_a_percentile_is_a_value_that_was_seen(share: float, value: float) -> None:
    assert nearest_rank([4.0, 1.0, 3.0, 2.0], share) == value
