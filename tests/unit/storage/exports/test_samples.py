from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.catalogue import BY_NAME
from perfkit.statistics.analysis import summarise
from perfkit.storage.exports.samples import failed, spread_of, trials_of
from support.stored import make_result, make_trial

READY = BY_NAME["startup.ready"]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_exports_tell_the_numbers_of_the_tables(values: list[float]) -> None:
    trials = [make_trial(n, values={READY.name: value}) for n, value in enumerate(values)]
    spread, summary = spread_of(trials, READY), summarise(values)
    assert spread is not None
    assert (spread.lowest, spread.highest, spread.n) == (summary.lowest, summary.highest, summary.n)
    assert (spread.q1, spread.median, spread.q3) == pytest.approx((summary.q1, summary.median, summary.q3), abs=1e-6)


def test_what_a_failed_trial_left_is_no_sample() -> None:
    trials = [make_trial(0, values={READY.name: 1.0}), make_trial(1, values={READY.name: 9.0}, outcome="exited")]
    spread = spread_of(trials, READY)
    assert spread is not None
    assert (spread.highest, spread.n, failed(trials)) == (1.0, 1, 1)


def test_without_a_sample_there_is_no_spread() -> None:
    assert spread_of([make_trial(0, outcome="timeout"), make_trial(1, values={})], READY) is None


def test_warm_ups_do_not_count() -> None:
    assert [trial.index for trial in trials_of(make_result(), "head")] == [3, 5, 7]
