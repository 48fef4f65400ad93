"""Growth over time: found where it is, not where a saw-tooth or noise only looks like it."""

from __future__ import annotations

import random

import pytest

from perfkit.statistics.trend import FEWEST, trend


def test_a_straight_line_has_its_slope() -> None:
    times = [second / 10 for second in range(600)]
    found = trend(times, [1000 + 250 * time for time in times])
    assert found is not None
    assert found.slope == pytest.approx(250, rel=0.005)
    assert found.low == pytest.approx(250, rel=0.005)
    assert found.high == pytest.approx(250, rel=0.005)
    assert found.certain


def test_a_leak_under_noise_is_certain_and_its_interval_holds_the_truth() -> None:
    source = random.Random(3)
    times = [float(second) for second in range(300)]
    found = trend(times, [1e6 + 500 * time + source.gauss(0, 5000) for time in times])
    assert found is not None
    assert found.certain
    assert found.low < 500 < found.high


def test_a_collectors_saw_tooth_is_no_trend() -> None:
    """Memory that climbs for 5 s and falls back, for 5 min."""
    times = [second / 2 for second in range(600)]
    found = trend(times, [1e6 + 1e5 * (time % 5) for time in times])
    assert found is not None
    assert not found.certain


def test_wrong_alarms_on_flat_noise_are_as_rare_as_promised() -> None:
    """99 % intervals that lie above zero: half of the 1 % that misses, over 300 flat series."""
    source = random.Random(5)
    times = [float(second) for second in range(120)]
    alarms = 0
    for _ in range(300):
        found = trend(times, [source.gauss(100, 10) for _ in times])
        assert found is not None
        alarms += found.certain
    assert alarms <= 6


@pytest.mark.parametrize(
    ("times", "values"),
    [([], []), ([1.0] * 20, [5.0] * 20), ([float(k) for k in range(FEWEST - 1)], [1.0] * (FEWEST - 1))],
    ids=["nothing", "no time passes", "too few"],
)
def test_what_is_too_short_tells_nothing(times: list[float], values: list[float]) -> None:
    assert trend(times, values) is None


def test_a_gap_in_the_samples_does_not_stop_it() -> None:
    """A stretch in which a suspended machine took no sample is bridged by wider stretches."""
    times = [float(second) for second in (*range(60), *range(75, 120))]
    found = trend(times, [10 * time for time in times])
    assert found is not None
    assert found.slope == pytest.approx(10, rel=0.05)
