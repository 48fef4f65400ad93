"""What holds of the model whatever is changed, cut and restored while bytes are under way."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.link import LinkProfile
from perfkit.network.flow import Flow
from perfkit.network.model import Network
from perfkit.network.wire import MILLISECOND, OPPORTUNITY, Steady, Trace, Wire
from support.transfers import FOREVER, opened

profiles = st.builds(
    LinkProfile,
    rtt=st.sampled_from([0.0, 0.001, 0.02, 0.3]),
    jitter=st.sampled_from([0.0, 0.0005]),
    down=st.sampled_from([0.0, 5e5, 1e7]),
    up=st.sampled_from([0.0, 1e6]),
    loss=st.sampled_from([0.0, 0.05]),
)
changes = st.lists(
    st.tuples(st.integers(0, 500 * MILLISECOND), st.one_of(profiles, st.sampled_from(["cut", "restore"]))), max_size=12
)
Change = tuple[int, LinkProfile | str]


class Watched:
    """One direction: when which bytes were offered, and when they had arrived."""

    def __init__(self, flow: Flow, size: int) -> None:
        self.flow = flow
        self.size = size
        self.offered: list[tuple[int, int]] = [(0, 0)]  # ns, total
        self.arrived: list[tuple[int, int]] = []
        self.ended = 0  # ns

    def offer(self, now: int, share: float) -> None:
        """Some of what is left; the end with the last of it."""
        total = self.offered[-1][1]
        piece = min(self.flow.appetite(), max(1, int((self.size - total) * share)))
        if total < self.size:
            self.flow.offer(now, piece)
            self.offered.append((now, total + piece))
            if total + piece == self.size:
                self.flow.finish(now)

    def look(self, now: int) -> None:
        """Note what has arrived, and take it."""
        if self.flow.delivered > (self.arrived[-1][1] if self.arrived else 0):
            self.arrived.append((now, self.flow.delivered))
            self.flow.consume(now, self.flow.delivered)
        if self.flow.ended and not self.ended:
            self.ended = now

    def earliest(self, total: int) -> int:
        """When the last of so many bytes was offered."""
        return next(now for now, offered in self.offered if offered >= total)


def play(network: Network, sides: tuple[Watched, Watched], until: int) -> None:
    """Let everything happen in its time up to ``until``."""
    while (now := network.due()) is not None and now <= until:
        stirred = network.advance(now)
        for side in sides:
            side.look(now)
        for connection in stirred:
            network.schedule(connection)


def apply(network: Network, change: LinkProfile | str) -> None:
    match change:
        case "cut":
            network.cut()
        case "restore":
            network.restore()
        case LinkProfile():
            network.change(change)


@given(profiles, changes, st.tuples(st.integers(1, 200_000), st.integers(1, 50_000)), st.integers(0, 1000))
def test_bytes_arrive_once_in_order_and_never_early_whatever_the_link_does(
    profile: LinkProfile, script: list[Change], sizes: tuple[int, int], seed: int
) -> None:
    network, connection, now = opened(profile, seed)
    sides = (Watched(connection.down, sizes[0]), Watched(connection.up, sizes[1]))
    for pause, change in [*script, (0, "restore")]:
        for side in sides:
            side.offer(now, 0.5)
        network.schedule(connection)
        now += pause
        play(network, sides, now)
        apply(network, change)
    for side in sides:
        side.offer(now, 1)
    network.schedule(connection)
    play(network, sides, FOREVER)
    links = [profile, *(change for _, change in script if isinstance(change, LinkProfile))]
    least = min(link.rtt / 2 - link.jitter for link in links) * 1e9
    for side in sides:
        totals = [total for _, total in side.arrived]
        assert totals == sorted(set(totals))
        assert totals[-1] == side.size
        assert side.ended >= side.arrived[-1][0]
        assert all(at >= side.earliest(total) + int(least) - 1 for at, total in side.arrived)


@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(40, 1514), st.sampled_from([5e5, 1e7, 1e9]))),
    st.sampled_from([0, 4_000_000]),
)
def test_no_window_passes_more_than_the_rates_in_force_when_its_packets_were_sent(
    packets: list[tuple[int, int, float]], jitter: int
) -> None:
    wire = Wire(Random(1))
    wire.delay, wire.jitter = 10_000_000, jitter
    now = 0
    for pause, size, rate in packets:
        now += pause
        wire.pace = Steady(rate)
        wire.send(now, size, lambda _ns, _packet: None, None)
    arrivals = [at for at, _, _ in wire.queue]
    for before, at, (_, size, rate) in zip([0, *arrivals], arrivals, packets, strict=False):
        assert at - before >= int(size * 8e9 / rate)


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=6).map(sorted).filter(lambda times: times[-1] > 0),
    st.lists(st.tuples(st.integers(0, 30_000_000), st.integers(40, 1514)), min_size=1, max_size=40),
)
def test_no_window_of_a_trace_passes_more_than_its_opportunities(
    times: list[int], packets: list[tuple[int, int]]
) -> None:
    trace, now = Trace(times), 0
    passed: list[tuple[int, int]] = []
    for pause, size in packets:
        now = max(now + pause, passed[-1][0] if passed else 0)
        passed.append((trace.through(now, size), size))
    began = packets[0][0]
    rounds = (passed[-1][0] - began) // (times[-1] * MILLISECOND) + 2
    opportunities = [began + (turn * times[-1] + time) * MILLISECOND for turn in range(rounds) for time in times]
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            since, until = passed[first][0], passed[last][0]
            inside = sum(since <= at <= until for at in opportunities)
            assert sum(size for _, size in passed[first : last + 1]) <= (inside + 1) * OPPORTUNITY
