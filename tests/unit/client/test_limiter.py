from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.limiter import Bucket, Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(rate=st.floats(0.5, 100), burst=st.integers(1, 20), pauses=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_span_of_time_sees_more_than_the_burst_and_the_rate_allow(
    rate: float, burst: int, pauses: list[float]
) -> None:
    clock = Clock()
    bucket = Bucket(rate, burst, clock)
    sent: list[float] = []
    for pause in pauses:
        clock.now += pause
        sent.append(clock.now + bucket.take())
    assert sent == sorted(sent)
    for first, begin in enumerate(sent):
        for last in range(first, len(sent)):
            assert last - first + 1 <= burst + (sent[last] - begin) * rate + 1 + 1e-6


def test_a_verb_may_have_a_rate_of_its_own() -> None:
    limiter = Limiter(0, 1, {"list": 1.0}, Clock())
    assert [limiter.take("list") for _ in range(3)] == [0.0, 1.0, 2.0]
    assert [limiter.take("get") for _ in range(3)] == [0.0, 0.0, 0.0]
