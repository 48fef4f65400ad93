"""The model of a link, on an invented clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.link import LinkProfile
from perfkit.network.flow import Flow
from perfkit.network.model import Connection, Network
from perfkit.network.send_buffer import AHEAD, RECEIVE_WINDOW
from support.transfers import Transfer, catch_up, opened

MS = 1_000_000
WIRE = 1514 / 1448  # bytes on the wire for a byte of data

profiles = st.builds(
    LinkProfile,
    rtt=st.sampled_from([0.0, 0.001, 0.02, 0.3]),
    jitter=st.sampled_from([0.0, 0.0005]),
    down=st.sampled_from([0.0, 5e5, 1e7, 1e9]),
    up=st.sampled_from([0.0, 1e6]),
    loss=st.sampled_from([0.0, 0.01, 0.2]),
)


def took(profile: LinkProfile, size: int) -> float:
    """Milliseconds from the SYN to the last byte, of a server that speaks first."""
    return Transfer(profile, size).run().arrivals[-1][0] / MS


def test_a_server_that_speaks_first_is_heard_after_two_round_trips() -> None:
    """SYN, SYN-ACK, ACK, data: each half a round trip."""
    assert took(LinkProfile(rtt=0.05), 1000) == 100


def test_slow_start_costs_a_round_trip_for_each_doubling() -> None:
    assert took(LinkProfile(rtt=0.05), 10 * 1448) == 100
    assert took(LinkProfile(rtt=0.05), 30 * 1448) == 150
    assert took(LinkProfile(rtt=0.05), 70 * 1448) == 200


def test_a_long_transfer_takes_its_time_on_the_wire() -> None:
    expected = 4e6 * WIRE * 8 / 1e7
    assert expected < took(LinkProfile(rtt=0.02, down=1e7, up=1e7), 4_000_000) / 1e3 < expected * 1.04


def test_asymmetric_rates_hold_for_their_own_direction() -> None:
    assert took(LinkProfile(rtt=0.02, up=1e5), 1_000_000) < took(LinkProfile(rtt=0.02, down=1e6), 1_000_000) / 10


@given(profiles, st.integers(1, 300_000), st.integers(0, 1000), st.sampled_from([1, 700, 5000, 1 << 30]))
def test_bytes_arrive_once_in_order_and_never_early(profile: LinkProfile, size: int, seed: int, chunk: int) -> None:
    transfer = Transfer(profile, size, seed, chunk=max(chunk, size // 200)).run()
    assert transfer.ended is not None
    totals = [total for _, total in transfer.arrivals]
    assert totals == sorted(set(totals))
    assert totals[-1] == size
    assert transfer.arrivals[0][0] >= 4 * (profile.rtt / 2 - profile.jitter) * 1e9 - 4
    assert transfer.ended >= transfer.arrivals[-1][0]


@given(st.sampled_from([5e5, 1e7, 1e9]), st.integers(1, 400_000), st.sampled_from([0.0, 0.02]), st.integers(0, 99))
def test_the_rate_is_never_exceeded_over_any_window(rate: float, size: int, loss: float, seed: int) -> None:
    """On the wire, where loss repairs nothing: whatever arrives between two arrivals had its time."""
    network = Network(LinkProfile(rtt=0.02, down=rate, loss=loss), seed)
    sent = [min(1514, size - start) for start in range(0, size, 1514)]
    seen: list[tuple[int, int]] = []
    for number, length in enumerate(sent):
        network.down.send(number, length, lambda now, packet: seen.append((now, int(str(packet)))), length)
    network.advance(10**15)
    times = [0, *(now for now, _ in seen)]
    for before, (now, length) in zip(times, seen, strict=False):
        assert now - before >= int(length * 8e9 / rate)


@given(profiles, st.integers(1, 100_000), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_times(profile: LinkProfile, size: int, seed: int) -> None:
    assert Transfer(profile, size, seed).run().arrivals == Transfer(profile, size, seed).run().arrivals


def test_a_cut_link_delivers_nothing_and_recovers_by_retransmission() -> None:
    network = Network(LinkProfile(rtt=0.02), 1)
    connection = network.connect(0)
    network.advance(10 * MS)
    connection.accept(10 * MS)
    network.advance(100 * MS)
    network.cut()
    connection.down.offer(100 * MS, 1000)
    network.schedule(connection)
    network.advance(2000 * MS)
    assert connection.down.delivered == 0
    network.restore()
    network.advance(5000 * MS)
    assert connection.down.delivered == 1000
    assert connection.down.retransmissions > 0


def test_a_lost_syn_costs_a_second() -> None:
    network = Network(LinkProfile(rtt=0.05), 1)
    network.cut()
    connection = network.connect(0)
    network.schedule(connection)
    network.advance(500 * MS)
    network.restore()
    network.advance(1025 * MS)
    assert connection.wanted


def test_a_server_that_is_never_reached_fails_the_connection_after_127_seconds() -> None:
    network = Network(LinkProfile(rtt=0.05), 1)
    network.cut()
    connection = network.connect(0)
    network.advance(126 * 1000 * MS)
    assert not connection.failed
    network.advance(127 * 1000 * MS)
    assert connection.failed


def test_two_connections_share_one_wire() -> None:
    network = Network(LinkProfile(down=8e6), 1)
    arrived: list[int] = []
    for _ in range(2):
        network.down.send(0, 1000, lambda now, _packet: arrived.append(now), None)
    network.advance(10 * MS)
    assert arrived == [MS, 2 * MS]


def test_the_window_of_the_receiver_bounds_what_is_held() -> None:
    """A reader that takes nothing stops the sender at the receive window; as much again is read ahead, and no more."""
    network, connection, now = opened(LinkProfile())
    offered = 0
    for later in range(now, now + 2000):
        network.advance(later)
        if room := connection.down.appetite():
            connection.down.offer(later, room)
            offered += room
        network.schedule(connection)
    assert connection.down.delivered == RECEIVE_WINDOW
    assert offered == RECEIVE_WINDOW + AHEAD


def test_a_reader_that_takes_again_lets_the_rest_through() -> None:
    network, connection, now = opened(LinkProfile(rtt=0.02))
    connection.down.offer(now, RECEIVE_WINDOW + 1000)
    network.advance(now + 10_000 * MS)
    assert connection.down.delivered == RECEIVE_WINDOW
    connection.down.consume(now + 10_000 * MS, RECEIVE_WINDOW)
    network.advance(now + 10_010 * MS)
    assert connection.down.delivered == RECEIVE_WINDOW + 1000


@given(profiles, st.integers(1, 300_000), st.integers(0, 1000), st.integers(MS // 10, 40 * MS))
def test_who_looks_late_sees_late_and_changes_nothing(profile: LinkProfile, size: int, seed: int, apart: int) -> None:
    """What was offered in time is written in the model's own time, however seldom the relay is awake."""
    links = [opened(profile, seed) for _ in range(2)]
    (punctual, expected, now), (late, found, _) = links
    for network, connection, _ in links:
        connection.down.offer(now, size)
        connection.down.finish(now)
        network.schedule(connection)
    for later in range(now, now + 100 * apart, apart):
        catch_up(punctual, later)
        late.advance(later)
        assert (found.down.delivered, found.down.ended) == (expected.down.delivered, expected.down.ended)


def moved(opened: tuple[Network, Connection, int], flow: Flow, size: int, late: int) -> int:
    """When ``size`` bytes have arrived that are offered by pieces, if whoever does that is ``late`` (ns) each time."""
    network, connection, now = opened
    left, goal = size, flow.delivered + size
    while flow.delivered < goal:
        piece = min(left, flow.appetite(), 1 << 16)
        flow.offer(now, piece)
        left -= piece
        network.schedule(connection)
        due = network.due()
        now = late + (now if piece or due is None else max(now, due))
        network.advance(now)
        flow.consume(now, flow.delivered)
    return now


@pytest.mark.parametrize("late", [0, 50_000, 300_000])
def test_a_warm_mib_takes_two_round_trips_however_late_the_relay_reads(late: int) -> None:
    """It was one where bytes were written as they were read: the send buffer, starved for a moment, grew too soon."""
    network, connection, now = opened(LinkProfile(rtt=0.05))
    for _ in range(2):
        began = now
        asked = moved((network, connection, now), connection.up, 9, late)
        now = moved((network, connection, asked), connection.down, 1 << 20, late)
    assert 100 * MS <= now - began < 105 * MS
