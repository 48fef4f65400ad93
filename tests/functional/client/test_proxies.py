"""The client behind proxies of every kind, to the mock."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from perfkit.client import Access, CancelledError, Client, ConnectionLostError, Options
from support import mock
from support.proxies import exactly, proxy
from support.relayed import serving

pytestmark = pytest.mark.functional

SOON = 30.0
SCHEMES: tuple[Literal["http", "https", "socks5"], ...] = ("http", "https", "socks5")
LOGINS = {"http": "Basic bWU6cGFzcyB3b3Jk", "https": "Basic bWU6cGFzcyB3b3Jk", "socks5": "me:pass word"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    with mock.running("tiny", pods=1000) as running:
        yield running


def through(url: str, server: str = "https://cluster.test:6443", **changes: Any) -> Access:
    """A way to a name that nobody but the proxy can find."""
    ca = mock.authority().ca.read_text()
    way = {"authority": ca, "server_name": "localhost", "token": mock.TOKEN, **changes}
    return Access(server=server, proxy=url, **way)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_finds_the_server_is_told_who_asks_and_carries_all_of_a_large_state(
    cluster: mock.Mock, scheme: Literal["http", "https", "socks5"]
) -> None:
    with (
        proxy(scheme, ("127.0.0.1", cluster.port)) as between,
        Client(through(between.url("me:pass%20word")), Options(discovery_cache="")) as client,
    ):
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        assert len(pods) == 1000
        assert len(client.get("/api/v1/pods")) > 10_000_000  # more than all that lies between could hold
    assert between.asked == ["cluster.test:6443"] * 2
    assert between.logins == [LOGINS[scheme]] * 2


@pytest.mark.parametrize(("host", "asked"), [("127.0.0.1", "127.0.0.1:6443"), ("[::1]", "::1:6443")])
def test_addresses_are_given_to_socks_as_addresses(cluster: mock.Mock, host: str, asked: str) -> None:
    with proxy("socks5", ("127.0.0.1", cluster.port)) as between:
        access = through(between.url(), f"https://{host}:6443")
        with Client(access, Options(keep_alive=False)) as client:
            assert client.get("/version")
    assert (between.asked, between.logins) == ([asked], [""])


def test_a_watch_through_tls_in_tls_is_cancelled_as_any_other(cluster: mock.Mock) -> None:
    with proxy("https", ("127.0.0.1", cluster.port)) as between:
        with Client(through(between.url()), Options(discovery_cache="")) as client:
            stream = client.stream("/api/v1/pods", {"watch": "true"})
            begun = threading.Event()

            def read() -> int:
                blocks = 0
                for _ in stream:
                    blocks += 1
                    begun.set()
                return blocks

            reading = client.submit(read)
            assert begun.wait(SOON)
            stream.cancel()
            assert reading.result(SOON) >= 1
        assert between.asked == ["cluster.test:6443"]


def test_the_certificate_of_a_proxy_is_checked_unless_the_clusters_is_not(cluster: mock.Mock) -> None:
    with proxy("https", ("127.0.0.1", cluster.port)) as between:
        for changes, says in (({"authority": ""}, "certificate verify failed"), ({"verify": False}, "")):
            with Client(through(between.url(), **changes), Options(keep_alive=False)) as client:
                if says:
                    with pytest.raises(ConnectionLostError, match=says):
                        client.get("/version")
                else:
                    assert client.get("/version")
    assert between.asked == ["cluster.test:6443"]


@pytest.mark.parametrize(
    ("answers", "login", "says"),
    [
        ([b"\5\xff"], "", "it wants a login"),
        ([b"\5\xff"], "me:x@", "it wants another login"),
        ([b"\5\2", b"\1\1"], "me:x@", "it does not take this login"),
        ([b"\5\0", b"\5\5\0\1"], "", "it says: the connection was refused"),
        ([b"\5\0", b"\5\x63\0\1"], "", "it says: error 99"),
        ([b"HT"], "", "it does not speak SOCKS 5"),
        ([], "", "it hung up"),
    ],
)
def test_what_a_socks_proxy_says_against_it_is_told(answers: list[bytes], login: str, says: str) -> None:
    def refuse(connection: socket.socket) -> None:
        exactly(connection, 3)
        for answer in answers:
            connection.sendall(answer)
            connection.recv(1 << 10)

    with (
        serving(refuse) as (host, port),
        Client(through(f"socks5://{login}{host}:{port}")) as client,
        pytest.raises(ConnectionLostError, match=f"the proxy {host}:{port}: {says}"),
    ):
        client.get("/version")


def test_a_task_behind_a_proxy_that_says_nothing_ends_with_its_client() -> None:
    heard, done = threading.Event(), threading.Event()

    def silent(connection: socket.socket) -> None:
        connection.recv(1 << 10)
        heard.set()
        done.wait(SOON)

    with serving(silent) as (host, port):
        with Client(through(f"http://{host}:{port}"), Options(connect_timeout=0.2)) as client:
            task = client.submit(client.get, "/version")
            assert heard.wait(SOON)
            with pytest.raises((ConnectionLostError, CancelledError)):
                task.result(SOON)
        done.set()
