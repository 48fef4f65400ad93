"""Change points: the statistic against scipy's energy distance, whole series against another implementation."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from perfkit.statistics.changepoints import ALPHA, PARTS, SHORTEST, autocorrelation, best_split, change_points
from support.examples import examples

# What E-divisive of apache-otava 0.8.0 finds (PairDistanceCalculator, 999 permutations, p ≤ 0.01).
# fmt: off
GOLDEN: list[tuple[str, list[float], list[int]]] = [
    ("one step", [
        10.386, 10.435, 10.02, 9.771, 9.672, 10.009, 9.693, 9.569, 10.06, 10.04, 10.164, 9.726, 11.002,
        10.981, 10.548, 11.161, 11.096, 11.717, 11.061, 10.957, 11.37, 11.06
    ], [12]),
    ("up and back", [
        10.468, 9.867, 10.079, 10.029, 10.167, 9.72, 9.917, 9.85, 9.785, 9.831, 11.898, 11.943, 11.819,
        12.084, 11.89, 11.36, 12.238, 11.922, 9.851, 10.054, 10.046, 10.011, 9.829, 10.038, 9.693, 10.289,
        9.747, 9.959
    ], [10, 18]),
    ("three levels", [
        5.009, 5.125, 4.907, 5.099, 4.974, 4.974, 5.19, 5.016, 4.996, 5.073, 6.113, 5.997, 6.059, 5.903,
        5.963, 5.956, 5.867, 5.849, 5.837, 5.976, 6.583, 6.568, 6.607, 6.466, 6.592, 6.624, 6.675, 6.515,
        6.56, 6.398, 6.55, 6.38
    ], [10, 20]),
    ("nothing", [
        10.02, 10.232, 9.77, 10.176, 10.463, 10.206, 10.781, 9.557, 10.034, 9.647, 9.608, 9.908, 10.111,
        10.209, 10.254, 11.117, 10.431, 9.203, 10.102, 9.688, 9.742, 10.653, 9.889, 9.024, 10.155
    ], []),
    ("wider, not higher", [
        9.941, 9.943, 10.033, 9.885, 9.993, 9.887, 10.055, 10.01, 10.068, 9.975, 10.02, 9.986, 9.963,
        10.007, 9.937, 9.982, 10.035, 10.003, 9.979, 10.109, 10.175, 8.239, 10.479, 8.432, 8.845, 8.949,
        16.076, 10.068, 10.527, 12.023, 16.051, 9.329, 8.128, 17.424, 5.621, 8.898, 12.001, 16.851, 7.15,
        2.717
    ], []),
    ("small step in noise", [
        101.999, 92.843, 96.898, 100.293, 105.898, 100.017, 93.363, 101.255, 95.206, 104.906, 98.977,
        107.125, 99.477, 95.898, 94.119, 98.557, 101.781, 104.758, 101.067, 97.044, 108.003, 100.253,
        108.02, 102.999, 111.985, 109.966, 107.465, 101.913, 108.204, 107.473, 103.804, 103.512, 111.084,
        104.396, 107.774, 111.563, 100.059, 113.147, 110.053, 103.41
    ], [20]),
    ("fast, then slow, then fixed, then slow", [
        0.995, 1.01, 0.995, 0.994, 0.981, 0.996, 1.022, 1.008, 1.021, 1.005, 1.008, 1.004, 1.067, 1.117,
        1.11, 1.11, 1.066, 1.065, 1.082, 1.091, 1.106, 0.999, 1.01, 0.987, 1.006, 1.008, 0.987, 1.034,
        1.011, 1.024, 1.138, 1.135, 1.143, 1.148, 1.163, 1.155, 1.141, 1.131, 1.14, 1.174
    ], [12, 21, 30]),
]
# fmt: on

whole = st.integers(-1000, 1000).map(float)


def steps(seed: int, *parts: tuple[int, float]) -> list[float]:
    """Normal values with SD 1: so many of a mean, then so many of the next."""
    chance = random.Random(seed)
    return [chance.gauss(mean, 1) for number, mean in parts for _ in range(number)]


def places(values: list[float]) -> list[int]:
    return [split.index for split in change_points(values)]


@pytest.mark.parametrize(("name", "values", "expected"), GOLDEN, ids=[case[0] for case in GOLDEN])
def test_it_finds_what_another_implementation_finds(name: str, values: list[float], expected: list[int]) -> None:
    assert places(values) == expected


@given(st.lists(whole, min_size=4, max_size=24))
def test_the_best_split_has_the_largest_energy_distance(values: list[float]) -> None:
    """With scipy, whose distance is √(2 E|X−Y| − E|X−X′| − E|Y−Y′|), over all splits of what ends at a quarter."""
    size = len(values)
    best = 0.0
    for end in {size * part // PARTS for part in range(1, PARTS + 1)}:
        for at in range(SHORTEST, end - SHORTEST + 1):
            distance = stats.energy_distance(values[:at], values[at:end])
            best = max(best, at * (end - at) / end * distance**2)
    assert best_split(values)[1] == pytest.approx(best, abs=1e-6, rel=1e-9)


@given(whole, st.integers(0, 60))
def test_constant_data_have_no_change_point(value: float, number: int) -> None:
    assert change_points([value] * number) == ()


@settings(max_examples=examples(8))
@given(st.integers(0, 10_000), st.integers(8, 32))
def test_a_large_shift_is_found_near_its_place(seed: int, place: int) -> None:
    assert any(abs(found - place) <= 1 for found in places(steps(seed, (place, 0), (40 - place, 8))))


@settings(max_examples=examples(8))
@given(st.integers(0, 10_000), st.sampled_from([0.25, 4.0, 1024.0]), st.sampled_from([-512.0, 0.0, 3.0, 4096.0]))
def test_scaling_and_shifting_change_nothing(seed: int, factor: float, offset: float) -> None:
    values = [round(value * 64) / 64 for value in steps(seed, (15, 0), (10, 2), (10, 0))]  # exact in floating point
    moved = [value * factor + offset for value in values]
    assert [(s.index, s.p_value) for s in change_points(moved)] == [(s.index, s.p_value) for s in change_points(values)]


@settings(max_examples=examples(5))
@given(st.integers(0, 10_000))
def test_up_is_found_where_down_is(seed: int) -> None:
    values = steps(seed, (15, 0), (15, 3))
    assert places(values) == places([-value for value in values])


def test_a_change_that_was_taken_back_does_not_hide_itself() -> None:
    assert places(steps(1, (20, 0), (10, 6), (20, 0))) == [20, 30]


def test_one_wild_value_is_no_change() -> None:
    for place in (0, 15, 29):
        values = steps(3, (30, 0))
        values[place] = 50.0
        assert places(values) == []


def test_among_nine_values_no_order_is_rare_enough() -> None:
    """2 of the 126 ways to put four high ones among nine are as extreme: more than 1 %. Of twelve, 2 of 924."""
    assert places([0.0] * 5 + [1.0] * 4) == []
    assert places([0.0] * 6 + [1.0] * 6) == [6]


def test_the_same_values_and_seed_give_the_same_answer() -> None:
    values = steps(5, (20, 0), (20, 1))
    assert change_points(values) == change_points(values)


def test_wrong_alarms_are_as_rare_as_alpha_says() -> None:
    """400 series without a change: at α = 1 % more than 10 wrong ones have a probability of 0.3 %."""
    wrong = sum(bool(change_points(steps(seed, (24, 0)))) for seed in range(400))
    assert wrong <= 10, f"{wrong} of 400 at α = {ALPHA}"


def autocorrelated(seed: int, rho: float, *parts: tuple[int, float]) -> list[float]:
    """AR(1) noise with SD 1 about means: so many of a mean, then so many of the next."""
    chance = random.Random(seed)
    found, noise = [], chance.gauss(0, 1)
    for number, mean in parts:
        for _ in range(number):
            noise = rho * noise + math.sqrt(1 - rho**2) * chance.gauss(0, 1)
            found.append(mean + noise)
    return found


def test_good_and_bad_weeks_of_a_machine_are_hardly_ever_changes() -> None:
    """Taken as independent, 8 % of such series have a change; 60 at 3 % have more than 5 with a probability of 1 %."""
    wrong = sum(bool(change_points(autocorrelated(seed, 0.3, (30, 0)))) for seed in range(60))
    assert wrong <= 5


def test_a_change_is_found_among_good_and_bad_weeks() -> None:
    found = sum(
        any(abs(at - 20) <= 2 for at in places(autocorrelated(seed, 0.3, (20, 0), (20, 5)))) for seed in range(10)
    )
    assert found >= 9


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_autocorrelation_is_that_of_the_noise_between_changes(rho: float) -> None:
    noise = autocorrelated(7, rho, (4000, 0))
    assert autocorrelation(noise, 1) == pytest.approx(rho, abs=0.05)
    assert autocorrelation([0.0] * 9, 1) == 0.0


def test_a_shift_of_three_sds_is_hardly_ever_missed() -> None:
    found = sum(any(abs(at - 20) <= 2 for at in places(steps(seed, (20, 0), (10, 3)))) for seed in range(20))
    assert found >= 19
