"""The relay on loopback: nothing lost, nothing leaked, faults that strike, an end that is told."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import selectors
import socket
import threading
import time
from pathlib import Path

import pytest

from perfkit.errors import LinkError
from perfkit.model.link import Fault, LinkProfile, RateStep
from perfkit.network import timer
from perfkit.network.edges import Edge, read_edges
from perfkit.network.relay import Relay
from perfkit.network.relay_link import RelayLink
from support.relayed import RESET_ON_CLOSE, TIMEOUT, Address, all_of, echo, linked, serving

pytestmark = pytest.mark.functional

BODY = os.urandom(1 << 20)


def give(connection: socket.socket) -> None:
    connection.sendall(BODY)


def fetch(address: Address) -> bytes:
    with socket.create_connection(address, TIMEOUT) as client:
        return all_of(client)


@pytest.mark.parametrize(
    "profile",
    [
        LinkProfile(),
        LinkProfile(rtt=0.01, jitter=0.005),
        LinkProfile(rtt=0.004, down=1e8, up=1e8),
        LinkProfile(rtt=0.002, loss=0.05),
        LinkProfile(rtt=0.002, mtu=576),
    ],
    ids=["direct", "jitter", "shaped", "loss", "mtu"],
)
def test_every_byte_comes_through_both_ways_and_each_side_may_end_first(profile: LinkProfile, tmp_path: Path) -> None:
    with (
        serving(echo) as server,
        linked(server, tmp_path, profile) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        client.sendall(BODY)
        client.shutdown(socket.SHUT_WR)
        assert hashlib.sha256(all_of(client)).digest() == hashlib.sha256(BODY).digest()
        stats = link.stats()
        assert (stats.up, stats.down, stats.connections) == (len(BODY), len(BODY), 1)


def test_five_hundred_connections_at_once(tmp_path: Path) -> None:
    with (
        serving(echo) as server,
        linked(server, tmp_path, LinkProfile(rtt=0.02)) as link,
        contextlib.ExitStack() as all_,
    ):
        clients = [all_.enter_context(socket.create_connection(link.address, TIMEOUT)) for _ in range(500)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number)
            client.shutdown(socket.SHUT_WR)
        assert [all_of(client) for client in clients] == [b"%d" % number for number in range(500)]
        assert link.stats().connections == 500


def test_a_server_that_refuses_is_a_reset_and_counted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nowhere = unused.getsockname()
    with linked(nowhere, tmp_path) as link:
        with pytest.raises(ConnectionResetError):
            fetch(link.address)
        stats = link.stats()
        assert (stats.refused, stats.open) == (1, 0)


def test_a_server_that_resets_is_a_reset_for_the_client(tmp_path: Path) -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)

    with (
        serving(reset) as server,
        linked(server, tmp_path) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        client.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            all_of(client)
        assert link.stats().open == 0


def test_a_client_that_vanishes_mid_body_ends_the_server_and_leaves_nothing_open(tmp_path: Path) -> None:
    ended = threading.Event()

    def endless(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(BODY)
        finally:
            ended.set()

    with serving(endless) as server, linked(server, tmp_path, LinkProfile(rtt=0.01, down=1e8)) as link:
        with socket.create_connection(link.address, TIMEOUT) as client:
            client.recv(1000)
        assert ended.wait(TIMEOUT)
        assert link.stats().open == 0


def test_a_reader_that_takes_nothing_stops_the_server_at_a_bounded_number_of_bytes(tmp_path: Path) -> None:
    """Back-pressure: what the sockets and the receive window hold, and no more."""
    sent: list[int] = []

    def flood(connection: socket.socket) -> None:
        connection.settimeout(1.0)  # a second without room for a byte is what is proven
        while True:
            sent.append(connection.send(BODY))

    with serving(flood) as server, linked(server, tmp_path) as link, socket.create_connection(link.address, TIMEOUT):
        assert link.stats().resets == 0
    assert sum(sent) < 64 << 20


@pytest.mark.parametrize(("kind", "ending"), [("reset", ConnectionResetError), ("truncate", None)])
def test_a_fault_strikes_after_so_many_bytes(kind: str, ending: type[Exception] | None, tmp_path: Path) -> None:
    fault = Fault(kind="reset" if kind == "reset" else "truncate", after=1000, count=1)
    with serving(give) as server, linked(server, tmp_path, LinkProfile(rtt=0.002, fault=fault)) as link:
        with contextlib.ExitStack() as expected:
            if ending:
                expected.enter_context(pytest.raises(ending))
            assert fetch(link.address) == BODY[:1000]
        assert fetch(link.address) == BODY  # count=1: the second is left alone
        assert link.stats().faults == 1


def test_a_stall_ends_with_its_duration_and_a_drip_is_slow(tmp_path: Path) -> None:
    with serving(give) as server, linked(server, tmp_path) as link:
        link.fault(Fault(kind="stall", after=10, duration=0.2))
        assert fetch(link.address) == BODY
        link.fault(Fault(kind="drip", after=len(BODY) - 100, rate=1000))
        assert fetch(link.address) == BODY
        assert link.stats().faults == 2


def test_a_cut_link_comes_back_and_loses_nothing(tmp_path: Path) -> None:
    with (
        serving(echo) as server,
        linked(server, tmp_path, LinkProfile(rtt=0.002)) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        link.cut(0.3)
        client.sendall(b"through the cut")
        client.shutdown(socket.SHUT_WR)
        assert all_of(client) == b"through the cut"


def test_the_edges_are_logged_with_the_port_that_the_server_sees(tmp_path: Path) -> None:
    ports: list[int] = []

    def note(connection: socket.socket) -> None:
        ports.append(connection.getpeername()[1])
        echo(connection)

    log = tmp_path / "edges"
    with serving(note) as server, linked(server, tmp_path, LinkProfile(rtt=0.004)) as link:
        link.reset(1, log)
        with socket.create_connection(link.address, TIMEOUT) as client:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            assert all_of(client) == b"hello"
        link.stats()
        records = list(read_edges(log))
    assert [(each.edge, each.total) for each in records if each.edge is not Edge.CLOSED] == [
        (Edge.OPENED, ports[0]),
        (Edge.FROM_CLIENT, 5),
        (Edge.TO_SERVER, 5),
        (Edge.FROM_SERVER, 5),
        (Edge.TO_CLIENT, 5),
    ]
    assert [each.ns for each in records] == sorted(each.ns for each in records)


def test_a_link_changes_while_it_runs(tmp_path: Path) -> None:
    with serving(give) as server, linked(server, tmp_path) as link:
        link.set(LinkProfile(rtt=0.01, loss=0.1))
        assert fetch(link.address) == BODY
        assert link.stats().retransmissions > 0


def test_a_taken_port_and_a_killed_relay_are_told(tmp_path: Path) -> None:
    with linked(("127.0.0.1", 9), tmp_path) as link:
        second = RelayLink(LinkProfile(), ("127.0.0.1", 9), tmp_path, port=link.address[1])
        with pytest.raises(LinkError, match="the relay cannot listen: Address already in use"):
            second.open()
        assert link._child is not None
        link._child.process.kill()
        with pytest.raises(LinkError, match="killed by signal 9"):
            link.stats()


def test_a_trace_is_played_in_place_of_a_rate(tmp_path: Path) -> None:
    """One packet of 1,500 bytes every 2 ms: a quarter of a MiB takes 0.35 s at the least."""
    trace = tmp_path / "slow.trace"
    trace.write_text("2\n")
    with (
        serving(lambda connection: connection.sendall(BODY[: 1 << 18])) as server,
        linked(server, tmp_path, LinkProfile(trace_down=str(trace))) as link,
    ):
        start = time.monotonic()
        assert fetch(link.address) == BODY[: 1 << 18]
        assert time.monotonic() - start >= (1 << 18) / 1500 * 0.002 * 0.95


def test_a_rate_step_comes_true_while_the_link_runs(tmp_path: Path) -> None:
    """At 80 kbit/s the body would take 105 s, which nobody waits for here; the step frees it."""
    steps = (RateStep(at=0.2),)
    with serving(give) as server, linked(server, tmp_path, LinkProfile(down=8e4, steps=steps)) as link:
        assert fetch(link.address) == BODY


def test_no_window_of_time_passes_more_than_the_rate_at_the_clients_edge(tmp_path: Path) -> None:
    """20 Mbit/s: between any two writes towards the client lie no more bytes than fit, beside one burst."""
    rate, burst = 2e7, 1 << 16
    log = tmp_path / "edges"
    with serving(give) as server, linked(server, tmp_path, LinkProfile(rtt=0.004, down=rate)) as link:
        link.reset(1, log)
        assert fetch(link.address) == BODY
        link.stats()
        written = [(each.ns, each.total) for each in read_edges(log) if each.edge is Edge.TO_CLIENT]
    assert written[-1][1] == len(BODY)
    # Late by so much, the relay may write in one go what was due before: measured from the first write on.
    start, before = written[0]
    assert all((total - before) * 8 <= rate * (ns - start) / 1e9 + burst * 8 for ns, total in written)


def test_clients_that_vanish_cost_the_others_no_byte(tmp_path: Path) -> None:
    with (
        serving(give) as server,
        linked(server, tmp_path, LinkProfile(rtt=0.004, loss=0.01, down=2e8)) as link,
        contextlib.ExitStack() as stay,
    ):
        vanishing = [socket.create_connection(link.address, TIMEOUT) for _ in range(10)]
        staying = [stay.enter_context(socket.create_connection(link.address, TIMEOUT)) for _ in range(5)]
        for client in vanishing:
            client.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.close()
        for client in staying:
            assert all_of(client) == BODY


def test_without_descriptors_the_relay_waits_until_a_connection_ends(tmp_path: Path) -> None:
    with serving(echo) as server, linked(server, tmp_path) as link, contextlib.ExitStack() as stay:
        assert link._child is not None
        pid = link._child.pid
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 4, used + 4))  # two connections
        clients = [stay.enter_context(socket.create_connection(link.address, TIMEOUT)) for _ in range(6)]
        for client in clients:
            client.sendall(b"x")
            client.shutdown(socket.SHUT_WR)
        assert [all_of(client) for client in clients] == [b"x"] * 6


def test_where_there_is_no_timerfd_the_selector_wakes_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: everything else is the same code."""

    def refuse(_selector: selectors.BaseSelector) -> timer.TimerFd:
        raise OSError

    monkeypatch.setattr(timer, "TimerFd", refuse)
    with serving(echo) as server, socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener, server, LinkProfile(rtt=0.02, loss=0.02), 1)
        assert relay.timer.kind == "select"
        answers: list[bytes] = []

        def ask() -> None:
            with socket.create_connection(listener.getsockname(), TIMEOUT) as client:
                client.sendall(BODY)
                client.shutdown(socket.SHUT_WR)
                answers.append(all_of(client))

        client = threading.Thread(target=ask)
        client.start()
        while not answers:
            relay.step()
        client.join()
        relay.close()
    assert answers == [BODY]


def test_delivery_waits_until_the_client_has_read_and_is_not_lost_among_other_answers(tmp_path: Path) -> None:
    with (
        serving(lambda connection: connection.sendall(BODY)) as server,
        linked(server, tmp_path, LinkProfile(rtt=0.02)) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        assert client.recv(1) == BODY[:1]
        link.expect_delivery()
        assert link.delivered(0.1) is None, "bytes lie unread at the client"
        assert all_of(client) == BODY[1:]
        link.expect_delivery()
        deadline = time.monotonic() + TIMEOUT
        while (reached := link.delivered(0.0)) is None:
            assert time.monotonic() < deadline
            link.stats()
        assert reached <= time.monotonic_ns()


def test_a_reset_ends_connections_and_counts_anew(tmp_path: Path) -> None:
    with (
        serving(lambda connection: connection.sendall(BODY)) as server,
        linked(server, tmp_path) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        assert client.recv(1) == BODY[:1]
        link.reset(7, tmp_path / "edges")
        with contextlib.suppress(ConnectionResetError):
            assert len(all_of(client)) < len(BODY)
        stats = link.stats()
        assert (stats.connections, stats.open, stats.down) == (0, 0, 0)
        assert list(read_edges(tmp_path / "edges")) == []
