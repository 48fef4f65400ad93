from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.monitor.timing import Timing

durations = st.lists(st.integers(0, 10**11), min_size=1, max_size=50)


@given(durations)
def test_quantiles_are_at_most_an_eighth_above_what_was_counted_and_never_above_the_longest(added: list[int]) -> None:
    timing = Timing()
    for ns in added:
        timing.add(ns)
    times = timing.times()
    for share, told in ((0.5, times.p50), (0.95, times.p95), (0.99, times.p99)):
        exact = sorted(added)[max(0, -(-round(share * 100) * len(added) // 100) - 1)]
        assert exact <= round(told * 1e9) <= min(exact * 1.125 + 1, max(added))
    assert times.count == len(added)
    assert times.total == pytest.approx(sum(added) / 1e9)
    assert times.longest == max(added) / 1e9


@given(durations, st.integers(0, 4))
def test_what_is_recent_passes_after_two_rotations_and_stays_counted(added: list[int], rotations: int) -> None:
    timing = Timing()
    for ns in added:
        timing.add(ns)
    for _ in range(rotations):
        timing.rotate()
    assert timing.recent().count == (len(added) if rotations < 2 else 0)
    assert timing.times().count == len(added)


@given(durations)
def test_counts_below_powers_of_two_are_exact(added: list[int]) -> None:
    timing = Timing()
    for ns in added:
        timing.add(ns)
    bounds = [2**power for power in range(0, 38, 3)]
    assert timing.cumulative(bounds) == [sum(ns < bound for ns in added) for bound in bounds]


def test_a_million_different_durations_keep_little() -> None:
    timing = Timing()
    for ns in range(0, 10**9, 10**5):
        timing.add(ns)
    assert len(timing._young.buckets()) < 200
