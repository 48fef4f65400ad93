"""Counts of nanoseconds in buckets of 12 %."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.histogram import Histogram


@given(st.lists(st.integers(0, 10**10), min_size=1), st.sampled_from([0.01, 0.5, 0.99, 1.0]))
def test_a_quantile_is_at_most_an_eighth_above_the_true_one(values: list[int], share: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    true = sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]
    assert true <= histogram.quantile(share) <= true * 1.125
    assert sum(count for _, count in histogram.buckets()) == len(values)


def test_nothing_counted_is_zero_and_early_counts_as_on_time() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) == 0
    histogram.add(-5)
    assert histogram.buckets() == ((0, 1),)
