"""Ready means read: what the mock says of a client against what the client itself knows."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfkit.mock.expectation import Expectation, Wanted
from perfkit.mock.sockdiag import SockDiag, open_diag
from perfkit.model.control import ExpectQuiet
from support.api import Api
from support.mock import TOKEN, Mock, running

pytestmark = pytest.mark.functional

PODS = "/api/v1/pods"
WATCH_LIST = f"{PODS}?watch=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("small") as found:
        yield found


class Client:
    """A client that reads no more than it is told to."""

    def __init__(self, mock: Mock) -> None:
        plain = socket.create_connection(("127.0.0.1", mock.port), timeout=30)
        self.connection: ssl.SSLSocket = mock.tls().wrap_socket(plain, server_hostname="localhost")

    def ask(self, path: str) -> None:
        head = f"GET {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        self.connection.sendall(head.encode())

    def read_until(self, mark: bytes) -> int:
        """Read up to and with ``mark``; when (ns) the last of it was read."""
        tail = b""
        while mark not in tail:
            tail = tail[-len(mark) :] + self.connection.recv(1 << 20)
        return time.monotonic_ns()

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def client(mock: Mock, tmp_path: Path) -> Iterator[Client]:
    mock.reset(tmp_path / "record")
    found = Client(mock)
    yield found
    found.close()


def test_a_watch_is_reached_only_when_its_initial_state_was_read(mock: Mock, client: Client) -> None:
    assert mock.ready.sees_queues
    mock.expect("watch", "pods")
    client.ask(WATCH_LIST)
    client.connection.recv(1000)
    assert mock.receive(0.3) is None  # 15 MB wait to be read
    began = time.monotonic_ns()
    client.read_until(b"initial-events-end")
    reached = mock.reached()
    assert (reached.verb, reached.resource) == ("watch", "pods")
    assert reached.ns > began


def test_a_watch_from_a_version_is_reached_when_it_is_open(mock: Mock, client: Client) -> None:
    mock.expect("watch", "pods")
    client.ask(f"{PODS}?watch=1&resourceVersion={mock.ready.resource_version}")
    assert mock.receive(0.3) is None  # its head waits to be read
    client.read_until(b"\r\n\r\n")
    assert mock.reached().verb == "watch"


def test_a_list_is_reached_with_its_last_page(mock: Mock, client: Client) -> None:
    mock.expect("list", "pods")
    client.ask(f"{PODS}?limit=500")
    client.read_until(b"\r\n0\r\n\r\n")
    assert mock.receive(0.1) is None
    client.ask(f"{PODS}?limit=5000")
    client.read_until(b"\r\n0\r\n\r\n")
    assert mock.reached().verb == "list"


def test_an_error_reaches_nothing(mock: Mock, client: Client) -> None:
    mock.expect("list", "pods")
    client.ask(f"{PODS}?limit=x")
    client.read_until(b"BadRequest")
    client.ask("/api/v1/nodes/nope")
    client.read_until(b"NotFound")
    assert mock.receive(0.1) is None


def test_what_happened_before_it_was_expected_counts(mock: Mock, client: Client) -> None:
    client.ask("/api/v1/nodes/node-00000")
    client.read_until(b"status")
    assert mock.collect().work == {"get nodes": 1}
    mock.expect("get", "nodes")
    assert mock.reached().resource == "nodes"


def test_what_happened_before_a_reset_does_not(mock: Mock, client: Client, tmp_path: Path) -> None:
    client.ask("/api/v1/nodes/node-00000")
    client.read_until(b"status")
    mock.reset(tmp_path / "again")
    mock.expect("get", "nodes")
    assert mock.receive(0.1) is None


def test_a_client_that_left_has_read_what_it_wanted(mock: Mock, client: Client) -> None:
    mock.expect("list", "nodes")
    client.ask("/api/v1/nodes")
    client.read_until(b"\r\n0\r\n\r\n")
    client.close()
    assert mock.reached().verb == "list"


class Queues:
    """Connections whose pending bytes are these, one look after another."""

    visible = True

    def __init__(self, *pending: int) -> None:
        self._pending = list(pending)
        self.looks: list[int] = []

    def pending(self) -> int:
        self.looks.append(time.monotonic_ns())
        return self._pending.pop(0)


def reached(queues: Queues) -> int:
    """When the expectation says that it came true."""

    async def expect() -> int:
        told = asyncio.get_running_loop().create_future()
        expectation = Expectation(lambda *what: told.set_result(what), queues)  # type: ignore[arg-type]
        expectation.expect(Wanted("list", "pods"))
        expectation.happened("list", "pods")
        verb, resource, ns = await told
        assert (verb, resource) == ("list", "pods")
        return int(ns)

    return asyncio.run(expect())


def test_queues_must_be_empty_twice_and_the_first_time_counts() -> None:
    queues = Queues(5, 0, 3, 0, 0)
    ns = reached(queues)
    assert len(queues.looks) == 5
    assert queues.looks[2] < ns <= queues.looks[3]


def test_where_queues_are_hidden_sent_counts_as_read() -> None:
    queues = Queues()
    queues.visible = False
    before = time.monotonic_ns()
    assert before <= reached(queues) <= time.monotonic_ns()


@pytest.fixture
def diag() -> Iterator[SockDiag]:
    found = open_diag()
    assert found is not None
    yield found
    found.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_kernel_tells_of_both_ends(diag: SockDiag, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection((host, port)) as client, listener.accept()[0] as server:
            here, there = (host, port), (host, client.getsockname()[1])
            server.sendall(b"x" * 700)
            ours, theirs = diag.endpoint(here, there), diag.endpoint(there, here)
            assert ours is not None
            assert theirs is not None
            assert (ours.written, theirs.received, theirs.unread) == (700, 700, 700)
            client.recv(500)
            theirs = diag.endpoint(there, here)
            assert theirs is not None
            assert (theirs.received, theirs.unread) == (700, 200)
    assert diag.endpoint((host, 1), (host, 2)) is None


def test_bytes_in_flight_are_written_and_not_received(diag: SockDiag) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0] as server:
            sender = threading.Thread(target=server.sendall, args=(bytes(20_000_000),))
            sender.start()
            here, there = ("127.0.0.1", port), client.getsockname()
            ours, theirs = diag.endpoint(here, there), diag.endpoint(there, here)
            while ours is None or theirs is None or ours.written <= theirs.received:
                ours, theirs = diag.endpoint(here, there), diag.endpoint(there, here)
            left = 20_000_000
            while left:
                left -= len(client.recv(1 << 20))
            sender.join()
            ours, theirs = diag.endpoint(here, there), diag.endpoint(there, here)
            assert ours is not None
            assert theirs is not None
            assert (ours.written, theirs.received, theirs.unread) == (20_000_000, 20_000_000, 0)


def test_quiet_is_told_once_nobody_has_written_for_so_long_and_of_the_last_write(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    api = Api(mock)
    before = time.monotonic_ns()
    mock.send(ExpectQuiet(seconds=1.0, since=before))
    for number in range(3):  # each puts it off anew
        assert api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": f"q{number}"}}).status == 201
    written = time.monotonic_ns()
    assert mock.receive(0.2) is None
    assert api.get("/api/v1/namespaces/default/configmaps").status == 200  # reading disturbs nobody
    reached = mock.reached()
    assert time.monotonic_ns() - written > 0.2e9
    assert reached.verb == "quiet"
    assert before < reached.ns <= written


def test_where_nobody_writes_it_is_quiet_since_the_moment_that_was_given(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    since = time.monotonic_ns()
    mock.send(ExpectQuiet(seconds=0.2, since=since))
    assert mock.reached().ns == since


def test_another_expectation_takes_the_place_of_quiet(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    mock.send(ExpectQuiet(seconds=0.2))
    mock.expect("list", "nodes")
    assert mock.receive(0.5) is None
    Api(mock).get("/api/v1/nodes")
    assert mock.reached().resource == "nodes"
