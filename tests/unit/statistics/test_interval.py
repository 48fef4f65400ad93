"""Intervals: worked by hand, inverted with scipy's tests as oracle, and properties."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfkit.statistics.interval import Interval, Shift, paired_shift, unpaired_shift

INF = math.inf
whole = st.integers(-50, 50).map(float)
with_failures = st.one_of(whole, st.just(INF))
pairs = st.lists(st.tuples(with_failures, with_failures), min_size=1, max_size=25)


def of_differences(differences: list[float]) -> Shift:
    return paired_shift([0.0] * len(differences), differences)


def normal_sample(seed: int, n: int, centre: float = 0.3) -> list[float]:
    source = random.Random(seed)
    return [source.gauss(centre, 1) for _ in range(n)]


def test_four_differences_by_hand() -> None:
    """Walsh averages 1, 1.5, 2, 2, 2.5, 2.5, 3, 3, 3.5, 4; P(T ≤ 0) = 1/16, P(T ≤ 1) = 2/16: cut two a side."""
    shift = of_differences([1.0, 2.0, 3.0, 4.0])
    assert shift.estimate == 2.5
    assert shift.interval(0.25) == Interval(1.5, 3.5, 0.25)
    assert shift.interval(0.2) == Interval(1.0, 4.0, 0.125)
    assert shift.upper(0.125) == 3.5
    assert shift.p_value() == 0.125


def test_two_and_two_by_hand() -> None:
    """Differences 2, 3, 6, 7; P(U ≤ 0) = 1/6: cut one a side."""
    shift = unpaired_shift([1.0, 2.0], [4.0, 8.0])
    assert shift.estimate == 4.5
    interval = shift.interval(1 / 3)
    assert (interval.low, interval.high) == (2.0, 7.0)
    assert interval.alpha == pytest.approx(1 / 3)
    assert shift.p_value() == pytest.approx(1 / 3)


@pytest.mark.parametrize("shift", [of_differences([]), of_differences([1.0]), of_differences([1.0] * 5)])
def test_too_few_pairs_have_no_bounds(shift: Shift) -> None:
    assert shift.interval(0.05) == Interval(-INF, INF, 0.0)
    assert shift.upper(0.01) == INF


def test_nothing_has_no_estimate_and_shows_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        _ = of_differences([]).estimate
    assert of_differences([]).p_value() == 1.0


@pytest.mark.parametrize("n", [6, 15, 20, 41])
@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_paired_interval_is_where_scipy_stops_rejecting(n: int, alpha: float) -> None:
    differences = normal_sample(n, n)
    interval = of_differences(differences).interval(alpha)
    if math.isinf(interval.low):
        assert stats.wilcoxon(sorted(map(abs, differences)), method="exact").pvalue > alpha
        return
    step = 1e-9
    for inside, outside in ((interval.low + step, interval.low - step), (interval.high - step, interval.high + step)):
        assert stats.wilcoxon([d - inside for d in differences], method="exact").pvalue > alpha
        assert stats.wilcoxon([d - outside for d in differences], method="exact").pvalue <= alpha


@pytest.mark.parametrize(("n", "m"), [(6, 5), (15, 15), (20, 33), (55, 60)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_unpaired_interval_is_where_scipy_stops_rejecting(n: int, m: int, alpha: float) -> None:
    base, head = normal_sample(1, n), normal_sample(2, m, 1.0)
    method = "exact" if n * m <= 2500 else "asymptotic"

    def p_value(by: float) -> float:
        return float(stats.mannwhitneyu([h - by for h in head], base, method=method).pvalue)

    interval = unpaired_shift(base, head).interval(alpha)
    for inside, outside in (
        (interval.low + 1e-9, interval.low - 1e-9),
        (interval.high - 1e-9, interval.high + 1e-9),
    ):
        assert p_value(inside) > alpha
        assert p_value(outside) <= alpha


@pytest.mark.parametrize("n", [8, 15, 30, 50])
def test_p_values_are_scipys(n: int) -> None:
    differences = normal_sample(n, n)
    assert of_differences(differences).p_value() == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)
    base, head = normal_sample(3, n), normal_sample(4, n)
    expected = stats.mannwhitneyu(head, base, method="exact").pvalue
    assert unpaired_shift(base, head).p_value() == pytest.approx(expected)


@given(pairs, st.sampled_from([0.2, 0.05, 0.0025]))
def test_swapping_mirrors(both: list[tuple[float, float]], alpha: float) -> None:
    base, head = map(list, zip(*both, strict=True))
    for compare in (paired_shift, unpaired_shift):
        there, back = compare(base, head), compare(head, base)
        assert there.interval(alpha).low == -back.interval(alpha).high
        assert there.p_value() == back.p_value()
        assert there.error == pytest.approx(back.error)


@given(pairs, st.sampled_from([0.2, 0.05, 0.0025]))
def test_the_interval_misses_zero_exactly_when_p_is_at_most_alpha(
    both: list[tuple[float, float]], alpha: float
) -> None:
    base, head = map(list, zip(*both, strict=True))
    for compare in (paired_shift, unpaired_shift):
        shift = compare(base, head)
        interval = shift.interval(alpha)
        assert (interval.low > 0 or interval.high < 0) == (shift.p_value() <= alpha)


@given(st.lists(with_failures, min_size=1, max_size=25))
def test_intervals_are_nested_and_hold_the_estimate(differences: list[float]) -> None:
    shift = of_differences(differences)
    if not shift.n:
        return
    wide, narrow = shift.interval(0.0025), shift.interval(0.05)
    assert wide.low <= narrow.low <= shift.estimate <= narrow.high <= wide.high
    assert shift.upper(0.01) >= shift.estimate
    assert wide.alpha <= 0.0025
    assert narrow.alpha <= 0.05


def test_a_pair_in_which_both_failed_says_nothing() -> None:
    with_it = paired_shift([1.0, INF, 2.0], [2.0, INF, 4.0])
    without = paired_shift([1.0, 2.0], [2.0, 4.0])
    assert with_it == without
    assert with_it.n == 2


def test_unequal_lengths_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_shift([1.0, 2.0], [1.0])


def test_ties_only_widen() -> None:
    """Fifteen pairs of which most are equal do not show a change."""
    assert of_differences([0.0] * 9 + [1.0] * 6).interval(0.05).low == 0.0


def test_the_error_is_about_the_standard_error() -> None:
    """400 estimates of 30 normal differences scatter as the mean of their errors says."""
    estimates, errors = [], []
    for seed in range(400):
        shift = of_differences(normal_sample(seed, 30, 0.0))
        estimates.append(shift.estimate)
        errors.append(shift.error)
    scatter = math.sqrt(sum(e * e for e in estimates) / len(estimates))
    assert sum(errors) / len(errors) == pytest.approx(scatter, rel=0.12)
