"""Requests of an invented server joined with an invented log of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.requests import read_requests
from perfkit.model.requests import Entry
from perfkit.network.edges import Edge, EdgeLog
from perfkit.network.latency import Latencies, latencies

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
    assert latencies(wire.requests, wire.path) == Latencies(latencies(wire.requests, wire.path).values, 1)


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
