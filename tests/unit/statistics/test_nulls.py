"""Null distributions: against enumeration of all sign patterns and orders, and against scipy."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations, product

import pytest
from scipy import stats

from perfkit.statistics.nulls import ExactNull, NormalNull, Null, rank_sum, signed_rank


@pytest.mark.parametrize("pairs", range(9))
def test_signed_rank_agrees_with_enumeration(pairs: int) -> None:
    patterns = product((0, 1), repeat=pairs)
    counts = Counter(sum(rank * plus for rank, plus in enumerate(pattern, 1)) for pattern in patterns)
    null = signed_rank(pairs)
    for total in range(-1, pairs * (pairs + 1) // 2 + 2):
        expected = sum(count for value, count in counts.items() if value <= total) / 2**pairs
        assert null.cdf(total) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (1, 1), (1, 4), (2, 3), (3, 3), (4, 2), (3, 5)])
def test_rank_sum_agrees_with_enumeration(first: int, second: int) -> None:
    places = range(first + second)
    counts = Counter(
        sum(1 for mine in chosen for other in places if other not in chosen and other < mine)
        for chosen in combinations(places, first)
    )
    null = rank_sum(first, second)
    for total in range(-1, first * second + 2):
        expected = sum(count for value, count in counts.items() if value <= total) / counts.total()
        assert null.cdf(total) == pytest.approx(expected)


@pytest.mark.parametrize("pairs", [10, 15, 20, 30, 40, 50])
def test_signed_rank_agrees_with_scipy(pairs: int) -> None:
    """Oracle: scipy's exact p-value of ranks with a few minus signs is twice our tail."""
    differences = [float(-rank if rank in {1, 3, 7} else rank) for rank in range(1, pairs + 1)]
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert 2 * signed_rank(pairs).cdf(1 + 3 + 7) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("first", "second"), [(5, 7), (15, 15), (20, 30), (50, 50)])
def test_rank_sum_agrees_with_scipy(first: int, second: int) -> None:
    """Oracle: scipy's one-sided exact p-value of two samples that hardly overlap is our tail."""
    base = [float(value) for value in range(first)]
    head = [first - 3.5 + value for value in range(second)]
    u = stats.mannwhitneyu(head, base, method="exact", alternative="greater")
    assert rank_sum(first, second).cdf(round(first * second - u.statistic)) == pytest.approx(u.pvalue, rel=1e-9)


def test_large_samples_use_the_normal_approximation_with_continuity() -> None:
    base = [float(value) for value in range(60)]
    head = [value + 20.5 for value in base]
    u = stats.mannwhitneyu(head, base, method="asymptotic", alternative="greater")
    null = rank_sum(60, 60)
    assert isinstance(null, NormalNull)
    assert null.cdf(round(3600 - u.statistic)) == pytest.approx(u.pvalue, rel=1e-9)


@pytest.mark.parametrize("exact", [signed_rank(100), rank_sum(50, 50)])
def test_where_counting_ends_the_approximation_is_close(exact: Null) -> None:
    assert isinstance(exact, ExactNull)
    mean = (len(exact.cumulative) - 1) / 2
    weights = [b - a for a, b in zip((0.0, *exact.cumulative), exact.cumulative, strict=False)]
    deviation = math.sqrt(sum(w * (t - mean) ** 2 for t, w in enumerate(weights)))
    normal = NormalNull(mean, deviation)
    assert signed_rank(101).critical(0.5) > 0
    for probability in (0.1, 0.01, 0.001):
        assert normal.critical(probability) == pytest.approx(exact.critical(probability), rel=0.02)


@pytest.mark.parametrize("null", [signed_rank(0), signed_rank(1), signed_rank(15), signed_rank(150), rank_sum(8, 9)])
@pytest.mark.parametrize("probability", [0.2, 0.01, 0.00125, 1e-9])
def test_critical_is_the_largest_cut_that_keeps_the_tail(null: Null, probability: float) -> None:
    cut = null.critical(probability)
    assert cut == 0 or null.cdf(cut - 1) <= probability
    assert null.cdf(cut) > probability


def test_ten_pairs_cannot_decide_and_fifteen_can() -> None:
    """Why the first look is at 15 pairs: a third of 0.0025 two-sided is out of reach of ten."""
    assert 2 * signed_rank(10).cdf(0) == 2 / 2**10 > 0.0025 / 3
    assert signed_rank(15).critical(0.0025 / 6) > 0
