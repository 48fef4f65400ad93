"""The mock server as a process: starting, refusing, ending, and clients that misbehave."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.lifeline import ChildGoneError
from perfkit.model.control import MockConfig, MockError
from support.mock import TOKEN, Mock, config, running, start

pytestmark = pytest.mark.functional

PODS = "/api/v1/pods"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture(scope="module")
def large() -> Iterator[Mock]:
    with running("medium") as found:
        yield found


def get(mock: Mock, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection("127.0.0.1", mock.port, context=mock.tls(), timeout=30)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {TOKEN}", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def connect(mock: Mock) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", mock.port), timeout=30)
    return mock.tls().wrap_socket(plain, server_hostname="localhost")


def ask(connection: ssl.SSLSocket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())


def until(read: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask again and again until the answer is the wanted one; each question is a round trip, so none is lost time."""
    for _ in range(20_000):
        found = read()
        if wanted(found):
            return found
    raise AssertionError(found)


def settled(read: Callable[[], int]) -> int:
    """Ask until the answer has been the same 200 times in a row."""
    last, same = read(), 0
    while same < 200:
        before, last = last, read()
        same = same + 1 if last == before else 0
    return last


def memory(mock: Mock) -> int:
    """The server's greatest resident memory so far, in bytes."""
    status = Path(f"/proc/{mock.child.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def test_it_answers_over_tls_with_its_own_authority(mock: Mock) -> None:
    assert get(mock, "/readyz") == (200, b"ok")
    status, body = get(mock, PODS)
    assert (status, len(json.loads(body)["items"])) == (200, mock.ready.pods)
    with (
        socket.create_connection(("127.0.0.1", mock.port)) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_it_speaks_both_protocols(mock: Mock, protocol: str) -> None:
    context = mock.tls()
    context.set_alpn_protocols([protocol])
    with (
        socket.create_connection(("127.0.0.1", mock.port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert connection.selected_alpn_protocol() == protocol


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PODS}?limit=x", 400),
        (f"{PODS}?limit=1&continue=%00", 400),
        (f"{PODS}?labelSelector=a%20in%20(", 400),
        (f"{PODS}?fieldSelector=%FF%FE=1", 400),
        (f"{PODS}?%FF=%FE&&=&a", 200),
        (f"{PODS}?resourceVersionMatch=Exact", 422),
        ("/api/v1/namespaces/default/pods/nope", 404),
        ("/api/v1/namespaces/../pods", 404),
        ("/api/v1/namespaces/default/pods/%2e%2e", 404),
        ("/api/v1/namespaces/default%2F..%2Fkube-system/pods/x", 404),
        ("/api/v1//pods", 404),
        ("//api/v1/pods", 404),
        ("/api/v1/pods/../../../etc/passwd", 404),
        ("/" + "a" * 5000, 404),
        (f"{PODS}?labelSelector=" + "a," * 3000 + "a", 200),
        ("/api/v1/pods%00", 404),
        ("/api/v1/p%C3%BCds", 404),
    ],
)
def test_odd_requests_get_their_error_and_the_server_goes_on(mock: Mock, path: str, status: int) -> None:
    assert get(mock, path)[0] == status
    assert get(mock, "/readyz") == (200, b"ok")


def test_a_wrong_token_is_refused(mock: Mock) -> None:
    status, body = get(mock, PODS, Authorization="Bearer wrong")
    assert (status, json.loads(body)["reason"]) == (401, "Unauthorized")


def test_a_body_that_nobody_reads_does_no_harm(mock: Mock) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", mock.port, context=mock.tls(), timeout=30)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/namespaces/default/pods", body=b"x" * 100_000, headers=headers)
        assert connection.getresponse().status == 400
    finally:
        connection.close()
    assert get(mock, "/readyz") == (200, b"ok")


@pytest.mark.parametrize("noise", [b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"x" * 50])
def test_noise_on_the_port_does_no_harm(mock: Mock, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", mock.port), timeout=30) as connection:
        connection.sendall(noise)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
    assert get(mock, "/readyz") == (200, b"ok")


def test_a_connection_that_says_nothing_does_not_stop_others(mock: Mock) -> None:
    with socket.create_connection(("127.0.0.1", mock.port)), connect(mock):
        assert get(mock, "/readyz") == (200, b"ok")


def test_a_watch_begins_at_once_and_its_end_is_noticed(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    with connect(mock) as connection:
        ask(connection, f"{PODS}?watch=1&resourceVersion={mock.ready.resource_version}")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")
        assert mock.collect().open_watches == {"pods": 1}
    until(mock.collect, lambda traffic: not traffic.open_watches)


def test_a_watch_ends_when_its_time_is_up(mock: Mock) -> None:
    status, body = get(mock, f"{PODS}?watch=1&timeoutSeconds=1&resourceVersion={mock.ready.resource_version}")
    assert (status, body) == (200, b"")


def test_a_reset_ends_watches_and_starts_a_new_record(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "first")
    with connect(mock) as connection:
        ask(connection, f"{PODS}?watch=1")
        text = b""
        while text.count(b'"ADDED"') < mock.ready.pods:
            text += connection.recv(1 << 16)
        mock.reset(tmp_path / "second")
        while not text.endswith(b"\r\n0\r\n\r\n"):
            text += connection.recv(1 << 16)
    traffic = mock.collect()
    assert (traffic.requests, traffic.work, traffic.open_watches) == (0, {}, {})
    assert (tmp_path / "second").read_bytes() == b""


def test_a_reader_that_stalls_holds_little_memory(large: Mock, tmp_path: Path) -> None:
    large.reset(tmp_path / "record")
    before = memory(large)
    with connect(large) as listing, connect(large) as watching:
        ask(listing, PODS)
        ask(watching, f"{PODS}?watch=1")
        listing.recv(1000)
        watching.recv(1000)
        assert settled(lambda: large.collect().bytes_sent) < 20_000_000  # of 300 MB that were asked for
        assert get(large, "/readyz") == (200, b"ok")
        assert memory(large) - before < 40_000_000
        large.reset(tmp_path / "again")  # does not wait for them


def test_many_slow_readers_at_once_hold_little_each_and_nobody_up(large: Mock, tmp_path: Path) -> None:
    large.reset(tmp_path / "record")
    before, readers = memory(large), 30
    with contextlib.ExitStack() as stack:
        for number in range(readers):
            reader = stack.enter_context(connect(large))
            ask(reader, (PODS, f"{PODS}?watch=1")[number % 2])
            reader.recv(1000)
        settled(lambda: large.collect().bytes_sent)
        status, body = get(large, f"{PODS}?limit=500")
        assert (status, len(json.loads(body)["items"])) == (200, 500)
        assert memory(large) - before < readers * 2_500_000  # a list is 148 MB
        large.reset(tmp_path / "again")


def test_half_open_connections_hold_nobody_up(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    before = memory(mock)
    with contextlib.ExitStack() as stack:
        for number in range(60):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", mock.port), timeout=30))
            if number % 3:  # the first third does not even begin with TLS
                half = stack.enter_context(mock.tls().wrap_socket(plain, server_hostname="localhost"))
                head = f"POST {PODS} HTTP/1.1\r\nHost: mock\r\nContent-Length: 1000\r\n"
                half.sendall((head if number % 3 == 1 else f"{head}\r\nabc").encode())
        assert get(mock, "/readyz") == (200, b"ok")
        assert memory(mock) - before < 20_000_000
    traffic = until(mock.collect, lambda found: found.requests >= 21)
    assert traffic.open_watches == {}


def test_a_client_that_vanishes_within_a_body_costs_no_more(large: Mock, tmp_path: Path) -> None:
    large.reset(tmp_path / "record")
    with connect(large) as connection:
        ask(connection, PODS)
        connection.recv(1000)
    until(large.collect, lambda _: b'"last_ns":' in (tmp_path / "record").read_bytes().splitlines()[-1])
    assert large.collect().work == {"list pods": 0}


def test_when_the_lifeline_closes_the_server_ends_at_once(tmp_path: Path) -> None:
    with running("tiny") as mock, connect(mock) as connection:
        ask(connection, f"{PODS}?watch=1")
        connection.recv(1000)
        mock.child.close()
        assert mock.child.process.returncode == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", mock.port))


def test_a_killed_server_is_gone() -> None:
    with running("tiny") as mock:
        os.kill(mock.child.pid, signal.SIGKILL)
        with pytest.raises(ChildGoneError):
            mock.receive()


def test_it_leaves_no_other_process_behind() -> None:
    with running("tiny") as mock:
        children = Path(f"/proc/{mock.child.pid}/task/{mock.child.pid}/children").read_text()
    assert children == ""


def refused(message: MockConfig) -> MockError:
    child, answer = start(message)
    child.close()
    return msgspec.convert(answer, MockError)


def test_a_port_that_is_taken_is_named(mock: Mock) -> None:
    error = refused(config(port=mock.port))
    assert error.message == f"cannot listen on 127.0.0.1:{mock.port}: Address already in use"
    assert error.advice


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"shape": "/nope.toml"}, "/nope.toml: No such file or directory"),
        ({"pods": -1}, "pods must be between"),
        ({"port": 70_000}, "port must be 0-65535"),
        ({"certificate": "/nope.pem"}, "cannot serve TLS with /nope.pem"),
        ({"host": "203.0.113.1"}, "cannot listen on 203.0.113.1:0: Cannot assign requested address"),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(changes: dict[str, Any], complaint: str) -> None:
    error = refused(msgspec.structs.replace(config(), **changes))
    assert complaint in error.message
    assert "\n" not in error.message


def test_a_key_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    error = refused(msgspec.structs.replace(config(), key=str(tmp_path / "key.pem")))
    assert error.message.startswith("cannot serve TLS with ")


def test_it_must_be_configured_first_and_once(mock: Mock, tmp_path: Path) -> None:
    mock.send(config())
    assert mock.receive() == MockError(message="the mock is configured already")
    mock.child.send({"type": "nonsense"})
    answer = mock.receive()
    assert isinstance(answer, MockError)
    assert "something unknown" in answer.message
    mock.reset(tmp_path / "record")


def test_a_record_that_cannot_be_written_is_told(mock: Mock, tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "record", tmp_path):
        mock.child.send({"type": "reset", "record": str(path)})
        answer = mock.receive()
        assert isinstance(answer, MockError)
        assert str(path) in answer.message
    mock.reset(tmp_path / "record")


def test_two_servers_with_one_seed_and_shape_give_the_same_bytes(mock: Mock) -> None:
    with running("tiny") as twin:
        for path in (PODS, f"{PODS}?limit=3", "/api/v1/nodes", "/api/v1/namespaces", "/api/v1"):
            assert get(twin, path) == get(mock, path)
    with running("tiny", seed=2) as other:
        assert get(other, PODS) != get(mock, PODS)


def test_no_pods_at_all_is_a_cluster_too() -> None:
    with running("tiny", pods=0) as empty:
        assert json.loads(get(empty, PODS)[1])["items"] == []
        assert len(json.loads(get(empty, "/api/v1/nodes")[1])["items"]) == 1
