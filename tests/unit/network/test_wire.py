"""One direction of a link: delay, jitter, traces."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from perfkit.network.wire import MILLISECOND, OPPORTUNITY, Trace, Wire


@given(st.lists(st.integers(0, 5_000_000), min_size=2, max_size=50), st.integers(0, 10_000))
def test_jitter_keeps_the_order_and_its_bounds(gaps: list[int], seed: int) -> None:
    wire = Wire(Random(seed))
    wire.delay, wire.jitter = 10_000_000, 4_000_000
    now, sent = 0, []
    for gap in gaps:
        now += gap
        sent.append(now)
        wire.send(now, 100, lambda _ns, _packet: None, None)
    arrivals = [at for at, _, _ in wire.queue]
    assert arrivals == sorted(arrivals)
    assert all(6_000_000 <= at - start <= 14_000_000 for start, at in zip(sent, arrivals, strict=True))


def test_a_trace_passes_one_packet_at_each_of_its_milliseconds_and_repeats() -> None:
    trace = Trace([2, 5, 10])
    assert [trace.through(0, OPPORTUNITY) // MILLISECOND for _ in range(5)] == [2, 5, 10, 12, 15]


def test_small_packets_share_an_opportunity_and_unused_ones_are_lost() -> None:
    trace = Trace([2, 5, 10])
    assert [trace.through(0, OPPORTUNITY // 2) // MILLISECOND for _ in range(3)] == [2, 2, 5]
    assert trace.through(8 * MILLISECOND, OPPORTUNITY) // MILLISECOND == 10
