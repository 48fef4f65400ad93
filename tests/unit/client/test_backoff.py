from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.backoff import Backoff


@given(seed=st.integers(), attempts=st.integers(1, 20))
def test_waits_double_with_jitter_and_never_pass_the_longest(seed: int, attempts: int) -> None:
    backoff = Backoff(0.8, 30.0, random.Random(seed))
    for attempt in range(attempts):
        base = min(30.0, 0.8 * 2**attempt)
        assert min(30.0, base) <= backoff.next() <= min(30.0, 2 * base)


def test_after_a_success_waiting_begins_anew() -> None:
    backoff = Backoff(1.0, 100.0, random.Random(1))
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert 1.0 <= backoff.next() <= 2.0
