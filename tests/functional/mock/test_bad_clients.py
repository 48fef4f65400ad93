"""Clients that misbehave on the wire: each gets an error or is closed, costs little, and others are served."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.exceptions
import pytest

from support.api import Api
from support.mock import TOKEN, Mock, running

pytestmark = pytest.mark.functional

MAPS = "/api/v1/namespaces/default/configmaps"
AUTHORIZED = f"Host: mock\r\nAuthorization: Bearer {TOKEN}\r\n"
MANY = 200
TIMEOUT = 30.0


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture(autouse=True)
def _goes_on(mock: Mock) -> Iterator[None]:
    """Whatever happened, the next client is served, and memory has not grown with what was sent."""
    before = peak(mock)
    yield
    assert Api(mock).get(MAPS).status == 200
    assert peak(mock) - before < 60_000_000


def peak(mock: Mock) -> int:
    """The greatest resident memory of the server so far, in bytes."""
    status = Path(f"/proc/{mock.child.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def connect(mock: Mock, protocol: str = "http/1.1") -> ssl.SSLSocket:
    context = mock.tls()
    context.set_alpn_protocols([protocol])
    plain = socket.create_connection(("127.0.0.1", mock.port), timeout=TIMEOUT)
    return context.wrap_socket(plain, server_hostname="localhost")


def told(connection: ssl.SSLSocket, data: bytes) -> bytes:
    """Send all that is taken, then read to the end or to the first answer."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
        connection.sendall(data)
    try:
        return connection.recv(1 << 16)
    except (ConnectionResetError, ssl.SSLError):
        return b""


def code(answer: bytes) -> int:
    """The status code of an answer over HTTP/1.1; 0 where the connection was closed."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_a_body_of_100_megabytes_is_too_large(mock: Mock) -> None:
    head = f"POST {MAPS} HTTP/1.1\r\n{AUTHORIZED}Content-Type: application/json\r\nContent-Length: 100000000\r\n\r\n"
    with connect(mock) as connection:
        assert code(told(connection, head.encode() + b" " * 100_000_000)) in {0, 413}


def test_a_body_without_end_in_chunks_is_too_large(mock: Mock) -> None:
    head = f"POST {MAPS} HTTP/1.1\r\n{AUTHORIZED}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with connect(mock) as connection:
        assert code(told(connection, head.encode() + chunk * 200)) in {0, 413}


@pytest.mark.parametrize(
    "headers",
    [
        "".join(f"X-{number}: {number}\r\n" for number in range(20_000)),
        f"X-Long: {'x' * 10_000_000}\r\n",
        "X-Control: \x01\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "Transfer-Encoding: gzip, x\r\n",
        "X Y: z\r\n",
        ": nameless\r\n",
    ],
    ids=["20,000", "10 MB", "control", "negative length", "two lengths", "an unknown coding", "a space", "no name"],
)
def test_headers_that_are_too_many_too_long_or_none(mock: Mock, headers: str) -> None:
    with connect(mock) as connection:
        answer = told(connection, f"POST {MAPS} HTTP/1.1\r\n{AUTHORIZED}{headers}\r\n".encode("latin-1"))
        assert code(answer) in {0, 400, 415, 422, 431}


@pytest.mark.parametrize(
    "line",
    [
        *(b"GET", b"GET /", b"GET / HTTP/9.9", b"\r\n\r\n\r\n", b"G\x00T / HTTP/1.1", b"GET /\x00 HTTP/1.1"),
        *(b"GET " + b"/a" * 100_000 + b" HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT mock:1 HTTP/1.1"),
        *(b"GET /api/v1/../../etc/passwd HTTP/1.1", b"BREW /api/v1/pods HTTP/1.1"),
    ],
    ids=lambda line: line[:30].decode(errors="replace"),
)
def test_request_lines_that_are_none(mock: Mock, line: bytes) -> None:
    with connect(mock) as connection:
        assert code(told(connection, line + b"\r\n" + AUTHORIZED.encode() + b"\r\n")) in {0, *range(400, 500)}


def test_many_clients_that_never_finish_their_request_hold_nobody_up(mock: Mock) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(MANY):
            connection = stack.enter_context(connect(mock))
            whole = f"POST {MAPS} HTTP/1.1\r\n{AUTHORIZED}Content-Length: 1000\r\n\r\nxyz".encode()
            connection.sendall(whole[: 10 + number % (len(whole) - 10)])
        assert Api(mock).get(MAPS).status == 200


def test_clients_that_vanish_within_their_request_leave_nothing(mock: Mock) -> None:
    for _ in range(MANY):
        with connect(mock) as connection:
            connection.sendall(f"POST {MAPS} HTTP/1.1\r\n{AUTHORIZED}Content-Length: 1000\r\n\r\nxyz".encode())


@pytest.mark.parametrize(
    "noise",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 200,  # a frame of 16 MB of no type
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x05\x01\x04\x00\x00\x00\x01\xff\xff\xff\xff\xff",  # no HPACK
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00",  # a window of 0
        b"GET /api HTTP/1.1\r\n\r\n",
        b"\x00" * 500,
    ],
    ids=["frame", "headers", "window", "http/1.1", "zeros"],
)
def test_noise_where_http2_was_agreed(mock: Mock, noise: bytes) -> None:
    with connect(mock, "h2") as connection:
        told(connection, noise)


def headers(path: str) -> list[tuple[str, str]]:
    return [
        *((":method", "GET"), (":scheme", "https"), (":authority", "mock"), (":path", path)),
        ("authorization", f"Bearer {TOKEN}"),
    ]


def test_streams_that_are_reset_as_soon_as_they_are_opened(mock: Mock) -> None:
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    with connect(mock, "h2") as connection:
        for _ in range(MANY):
            stream = client.get_next_available_stream_id()
            client.send_headers(stream, headers("/api/v1/pods?watch=1"), end_stream=True)
            client.reset_stream(stream)
        told(connection, client.data_to_send())


def test_a_client_that_gives_no_window_is_waited_for_without_memory(mock: Mock) -> None:
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    client.update_settings({4: 0})  # INITIAL_WINDOW_SIZE
    with connect(mock, "h2") as connection:
        for _ in range(50):
            client.send_headers(client.get_next_available_stream_id(), headers("/api/v1/pods"), end_stream=True)
        connection.sendall(client.data_to_send())
        connection.recv(1 << 16)
        assert Api(mock).get(MAPS).status == 200


def test_a_definition_with_a_pattern_that_takes_for_ever_holds_nobody_up(mock: Mock) -> None:
    text = {"type": "object", "properties": {"text": {"type": "string", "pattern": "(a+)+$"}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": text}}
    names = {"plural": "traps", "kind": "Trap"}
    spec = {"group": "bad.example", "scope": "Cluster", "names": names, "versions": [version]}
    definition = {"metadata": {"name": "traps.bad.example"}, "spec": spec}
    api = Api(mock)
    assert api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition).status == 201
    trap = {"apiVersion": "bad.example/v1", "kind": "Trap", "metadata": {"name": "one"}, "text": "a" * 60 + "!"}
    assert api.post("/apis/bad.example/v1/traps", trap).status == 201
