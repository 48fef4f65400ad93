"""Slopes and exponents: scipy as oracle, and how often their intervals and words are wrong."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfkit.statistics.growth import ALPHA, Growth, called, exponent, slope

PLACES = (0.0, 20.0, 40.0, 80.0, 160.0)
SIZES = (100.0, 1000.0, 10_000.0)

values = st.lists(st.floats(-1000, 1000), min_size=len(PLACES), max_size=len(PLACES))


def found(growth: Growth | None) -> Growth:
    assert growth is not None
    return growth


@given(values)
def test_the_slope_of_one_block_is_scipys(block: list[float]) -> None:
    assert found(slope(PLACES, [block])).estimate == pytest.approx(stats.linregress(PLACES, block).slope, abs=1e-9)


@given(st.lists(values, min_size=6, max_size=9))
def test_the_interval_holds_what_the_signed_rank_test_does_not_reject(blocks: list[list[float]]) -> None:
    """Scipy's exact test of the blocks' slopes against a value just outside the interval rejects it, inside not."""
    growth = found(slope(PLACES, blocks))
    slopes = [stats.linregress(PLACES, block).slope for block in blocks]
    if len({round(abs(a - b), 9) for a in slopes for b in slopes}) < len(slopes) * (len(slopes) - 1) // 2 + 1:
        return  # ties: scipy's exact test is none then
    step = 1e-6
    for end, outside in ((growth.low, -step), (growth.high, step)):
        for value, rejected in ((end + outside, True), (end - outside, False)):
            p_value = stats.wilcoxon([each - value for each in slopes], method="exact").pvalue
            assert (p_value <= ALPHA) == rejected


@given(st.floats(-2, 3), st.floats(0.1, 10))
def test_a_power_of_the_size_has_that_exponent_whatever_the_unit(power: float, factor: float) -> None:
    growth = found(exponent(SIZES, [[factor * size**power for size in SIZES] for _ in range(6)]))
    assert (growth.estimate, growth.low, growth.high) == pytest.approx((power, power, power), abs=1e-9)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Seven round trips in noise that grows with the distance and differs from block to block; 400 sweeps."""
    chance = random.Random(5)
    missed = 0
    for _ in range(400):
        blocks = []
        for _ in range(8):
            mood = abs(chance.gauss(1, 0.3))
            blocks.append([0.3 * mood + 7 * rtt * (1 + chance.gauss(0, 0.05)) for rtt in PLACES])
        growth = found(slope(PLACES, blocks))
        missed += not growth.low <= 7 <= growth.high
    assert missed / 400 <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / 400)


@pytest.mark.parametrize(("blocks", "known"), [(1, False), (5, False), (6, True)])
def test_six_blocks_give_an_interval(blocks: int, known: bool) -> None:
    growth = found(slope(PLACES, [PLACES] * blocks))
    assert (growth.estimate, growth.known) == (1.0, known)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.95, 1.05, "linear"),
        (0.91, 0.99, "linear"),
        (-0.05, 0.08, "constant"),
        (0.4, 0.8, "sub-linear"),
        (0.85, 0.99, "sub-linear"),
        (1.02, 1.3, "super-linear"),
        (0.8, 1.2, "unclear"),
        (-math.inf, math.inf, "unclear"),
    ],
)
def test_an_exponent_is_called_what_its_interval_says(low: float, high: float, word: str) -> None:
    assert called(Growth(estimate=(low + high) / 2, low=low, high=high, alpha=0.03, blocks=8)) == word


@pytest.mark.parametrize(
    "growth",
    [
        slope((1.0, 1.0), [(1.0, 2.0)]),
        slope(PLACES, []),
        exponent((0.0, 1.0), [(1.0, 2.0)]),
        exponent((1.0, 2.0), [(0.0, 2.0)]),
    ],
)
def test_where_there_is_no_line_nothing_is_said(growth: Growth | None) -> None:
    assert growth is None
