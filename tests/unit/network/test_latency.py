"""Requests of an invented server joined with an invented log of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.requests import read_requests
from perfkit.model.requests import Entry
from perfkit.model.windows import Window
from perfkit.network.edges import Edge, EdgeLog
from perfkit.network.latency import latencies

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
PORT = 5000
HELLO = 1500  # bytes of a handshake, which come before all requests


class Wire:
    """A connection over a link of ``delay`` ns each way, one request after another."""

    def __init__(self, path: Path, delay: int) -> None:
        self.path, self.delay = path, delay
        self.log = EdgeLog()
        self.log.switch(path)
        self.log.add(0, PORT, 1, Edge.OPENED)
        self.connection = 1
        self.totals = dict.fromkeys(Edge, 0)
        self.requests: list[Entry] = []
        self.exchange(0, HELLO, 0)

    def _pass(self, ns: int, count: int, edges: tuple[Edge, Edge]) -> None:
        for at, edge in ((ns, edges[0]), (ns + self.delay, edges[1])):
            self.totals[edge] += count
            self.log.add(at, self.totals[edge], self.connection, edge)

    def trickle(self, ns: int, sizes: tuple[int, ...]) -> None:
        """What the server wrote at ``ns`` in one go comes to the client in windows, a round trip apart."""
        self.totals[Edge.FROM_SERVER] += sum(sizes)
        self.log.add(ns, self.totals[Edge.FROM_SERVER], self.connection, Edge.FROM_SERVER)
        for number, size in enumerate(sizes):
            self.totals[Edge.TO_CLIENT] += size
            come = ns + self.delay + number * 2 * self.delay
            self.log.add(come, self.totals[Edge.TO_CLIENT], self.connection, Edge.TO_CLIENT)

    def exchange(self, ns: int, size: int, work: int) -> int:
        """The client asks at ``ns``; the server takes ``work`` ns. When the client has the answer (ns)."""
        self._pass(ns, 200, (Edge.FROM_CLIENT, Edge.TO_SERVER))
        answered = ns + self.delay + work
        self._pass(answered, size, (Edge.FROM_SERVER, Edge.TO_CLIENT))
        return answered + self.delay

    def ask(self, ns: int, work: int, body: int = 1000, **more: object) -> int:
        """The same, in the server's log too; the answer has 300 bytes of headers and TLS besides."""
        arrived = ns + self.delay
        usual = Entry(number=len(self.requests), ns=arrived, port=PORT, verb="get", bytes=body, last_ns=arrived + work)
        self.requests.append(msgspec.structs.replace(usual, **more))
        return self.exchange(ns, body + 300, work)

    def latencies(self) -> list[float]:
        self.log.switch(None)
        return [round(value * 1e3, 6) for value in latencies(self.requests, self.path).values]


def test_latency_is_the_servers_time_and_a_round_trip(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=30 * MS)
    later = wire.ask(1000 * MS, 5 * MS)
    wire.ask(later + MS, 20 * MS, body=200_000)
    assert wire.latencies() == [65.0, 80.0]


@given(st.integers(0, 200), st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_a_longer_link_adds_its_delay_to_every_latency(
    tmp_path_factory: pytest.TempPathFactory, delay: int, works: list[int]
) -> None:
    wire = Wire(tmp_path_factory.mktemp("edges") / "log", delay * MS)
    now = 1000 * MS
    for work in works:
        now = wire.ask(now, work * MS) + MS
    assert wire.latencies() == [work + 2 * delay for work in works]


def test_an_answer_ends_with_its_last_byte_though_headers_need_another_window(tmp_path: Path) -> None:
    """The server's log knows the body's length only: 250 bytes of headers are what comes a round trip later."""
    wire = Wire(tmp_path / "edges", delay=30 * MS)
    wire._pass(1000 * MS, 200, (Edge.FROM_CLIENT, Edge.TO_SERVER))
    arrived = 1030 * MS
    wire.requests.append(Entry(number=0, ns=arrived, port=PORT, verb="list", bytes=5000, last_ns=arrived + MS))
    wire.trickle(arrived + MS, (5030, 250))
    wire._pass(1122 * MS, 24, (Edge.FROM_CLIENT, Edge.TO_SERVER))  # it closes
    wire._pass(1152 * MS, 24, (Edge.FROM_SERVER, Edge.TO_CLIENT))
    assert wire.latencies() == [121.0]


def test_what_the_server_says_later_by_itself_is_no_part_of_an_answer(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=30 * MS)
    wire.ask(1000 * MS, 5 * MS)
    wire._pass(3000 * MS, 24, (Edge.FROM_SERVER, Edge.TO_CLIENT))
    assert wire.latencies() == [65.0]


def test_an_answer_that_is_followed_at_once_ends_before_the_next_begins(tmp_path: Path) -> None:
    """Over loopback the next request may come before the server has noted the end of the first."""
    wire = Wire(tmp_path / "edges", delay=0)
    later = wire.ask(1000 * MS, MS, last_ns=1005 * MS)
    wire.ask(later, MS)
    assert wire.latencies() == [1.0, 1.0]


def test_latency_is_told_by_verb_and_by_what_a_person_waits_for_as_a_whole(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=10 * MS)
    wire.ask(1000 * MS, MS, verb="")
    wire.ask(2000 * MS, 50 * MS, body=200_000, verb="list")
    wire.ask(3000 * MS, 2 * MS, body=64 * 1024, verb="list")
    wire.log.switch(None)
    found = latencies(wire.requests, wire.path)
    assert {label: [round(each * 1e3) for each in values] for label, values in found.parts().items()} == {
        "": [21, 70, 22],
        "{size=small}": [21, 22],
        "{size=large}": [70],
        "{verb=list}": [70, 22],
    }
    later = found.within(Window(name="later", do="idle", start_ns=1500 * MS, end_ns=4000 * MS))
    assert len(later.answers) == 2


def test_a_watch_and_a_request_without_an_end_have_no_latency(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=MS)
    wire.ask(1000 * MS, MS, verb="watch")
    wire.ask(2000 * MS, MS, last_ns=None)
    assert wire.latencies() == []


def test_an_answer_that_never_reached_the_client_has_none(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=MS)
    wire.ask(1000 * MS, MS)
    wire.requests.append(Entry(number=1, ns=2000 * MS, port=PORT, verb="get", bytes=50_000, last_ns=2001 * MS))
    assert len(wire.latencies()) == 1


def test_requests_in_flight_together_on_a_connection_are_counted_as_approximate(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=MS)
    wire.ask(1000 * MS, 50 * MS)
    wire.ask(1020 * MS, 50 * MS)
    wire.log.switch(None)
    assert latencies(wire.requests, wire.path).approximate == 2


def test_what_shares_its_connection_with_an_open_watch_is_approximate(tmp_path: Path) -> None:
    """As HTTP/2 clients do it: whose bytes are whose, no log tells."""
    wire = Wire(tmp_path / "edges", delay=MS)
    wire.ask(1000 * MS, MS, verb="watch", last_ns=None)
    wire.ask(2000 * MS, MS)
    wire.log.switch(None)
    assert latencies(wire.requests, wire.path).approximate == 1


def test_a_port_that_is_used_again_is_another_connection(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=30 * MS)
    wire.ask(1000 * MS, 500 * MS)
    wire.log.add(3000 * MS, PORT, 2, Edge.OPENED)
    wire.connection, wire.totals = 2, dict.fromkeys(Edge, 0)
    wire.ask(3001 * MS, 5 * MS)
    assert wire.latencies() == [560.0, 65.0]


def test_another_connections_port_is_not_mixed_up(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "edges", delay=MS)
    wire.ask(1000 * MS, MS, port=PORT + 1)
    assert wire.latencies() == []


def test_of_two_lines_of_one_request_the_last_counts_and_a_broken_line_none(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    lines = ('{"number":1,"ns":5,"port":1}', '{"number":0,"ns":1,"port":1}', '{"number":1,"ns":5,"port":1,"last_ns":9}')
    path.write_text("\n".join([*lines, '{"number":2,"n']))
    assert [(request.number, request.last_ns) for request in read_requests(path)] == [(0, None), (1, 9)]
