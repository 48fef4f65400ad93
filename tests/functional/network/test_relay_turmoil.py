"""The relay while the link changes, is cut and struck by faults, whatever its ends do: no byte wrong, none leaked."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from perfkit.model.link import Fault, LinkProfile
from perfkit.network.relay_link import RelayLink
from support.relayed import (
    RESET_ON_CLOSE,
    TIMEOUT,
    Address,
    all_of,
    descriptors,
    echo,
    linked,
    serving,
    settled,
)

pytestmark = pytest.mark.functional

PROFILES = (
    LinkProfile(),
    LinkProfile(rtt=0.005, down=5e7, up=5e7),
    LinkProfile(rtt=0.002, loss=0.02),
    LinkProfile(rtt=0.004, jitter=0.001),
    LinkProfile(mtu=576),
)
FAULTS = (
    Fault(kind="reset", share=0.3, after=20_000),
    Fault(kind="truncate", share=0.3, after=1000),
    Fault(kind="stall", share=0.5, duration=0.05),
    Fault(kind="drip", share=0.3, rate=1e6),
    None,
)


CHANGES = 4  # for each client


class Client(threading.Thread):
    """Sends a body of its own, ends, and keeps all that comes back."""

    def __init__(self, address: Address, body: bytes) -> None:
        super().__init__()
        self._address = address
        self.body = body
        self.answer = b""

    def run(self) -> None:
        with socket.create_connection(self._address, TIMEOUT) as client, contextlib.suppress(ConnectionError):
            client.sendall(self.body)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(1 << 16):
                self.answer += part


def stir(link: RelayLink, clients: list[Client], change: Callable[[], None]) -> None:
    """Change the link again and again while the clients are at it, then leave it alone until all are done."""
    for client in clients:
        client.start()
    for client in CHANGES * clients:
        change()
        client.join(0.02)
    link.set(LinkProfile())
    for client in clients:
        client.join()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_link_that_changes_and_is_cut_all_the_time_loses_and_changes_no_byte(seed: int, tmp_path: Path) -> None:
    random = Random(seed)

    def change() -> None:
        link.set(random.choice(PROFILES))
        link.cut(0.01)

    with serving(echo) as server, linked(server, tmp_path) as link:
        before = descriptors(link)
        clients = [Client(link.address, random.randbytes(random.randint(1, 1 << 18))) for _ in range(6)]
        stir(link, clients, change)
        assert [client.answer == client.body for client in clients] == [True] * 6
        assert settled(link, before)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_comes_through_faults_is_a_beginning_of_what_was_sent_and_no_socket_stays(
    seed: int, tmp_path: Path
) -> None:
    random = Random(seed)

    def change() -> None:
        link.set(random.choice(PROFILES))
        link.fault(random.choice(FAULTS))
        link.cut(0.005)

    with serving(echo) as server, linked(server, tmp_path) as link:
        before = descriptors(link)
        clients = [Client(link.address, random.randbytes(random.randint(1, 1 << 18))) for _ in range(12)]
        stir(link, clients, change)
        assert all(client.body.startswith(client.answer) for client in clients)
        assert settled(link, before)


def refuse(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def keep_silent(connection: socket.socket) -> None:
    """Answers nothing, and stays until the other end goes."""
    while connection.recv(1 << 16):
        pass


def give_without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(bytes(1 << 16))


def ask_and_wait(client: socket.socket) -> None:
    client.sendall(b"x")
    with contextlib.suppress(ConnectionError):
        all_of(client)


def end_and_vanish(client: socket.socket) -> None:
    """Its side has ended in good order when the reset comes."""
    client.shutdown(socket.SHUT_WR)
    client.recv(1000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def ask_and_vanish(client: socket.socket) -> None:
    client.sendall(b"x")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def read_a_little_and_vanish(client: socket.socket) -> None:
    client.recv(1000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


@pytest.mark.parametrize(
    ("server_does", "client_does"),
    [
        (echo, ask_and_vanish),
        (refuse, ask_and_wait),
        (keep_silent, ask_and_vanish),
        (give_without_end, read_a_little_and_vanish),
        (give_without_end, end_and_vanish),
    ],
    ids=["vanished at once", "reset", "never answered", "vanished mid-body", "vanished after its end"],
)
def test_however_a_connection_ends_its_descriptors_come_back(
    server_does: Callable[[socket.socket], None], client_does: Callable[[socket.socket], None], tmp_path: Path
) -> None:
    with serving(server_does) as server, linked(server, tmp_path, LinkProfile(rtt=0.004)) as link:
        before = descriptors(link)
        for _ in range(10):
            with socket.create_connection(link.address, TIMEOUT) as client:
                client_does(client)
        assert settled(link, before)
        assert link.stats().connections == 10


def test_a_server_that_refuses_leaves_no_descriptor(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nowhere = unused.getsockname()
    with linked(nowhere, tmp_path) as link:
        before = descriptors(link)
        for _ in range(10):
            with pytest.raises(ConnectionResetError), socket.create_connection(link.address, TIMEOUT) as client:
                client.recv(1)
        assert settled(link, before)


def test_a_server_that_never_answers_keeps_its_client_waiting_and_loses_nothing(tmp_path: Path) -> None:
    """Bytes wait for a server that does not read yet, and arrive when it does."""
    goes_on, heard = threading.Event(), []

    def late(connection: socket.socket) -> None:
        goes_on.wait(TIMEOUT)
        heard.append(all_of(connection))

    body = os.urandom(1 << 20)
    with (
        serving(late) as server,
        linked(server, tmp_path, LinkProfile(rtt=0.004)) as link,
        socket.create_connection(link.address, TIMEOUT) as client,
    ):
        client.sendall(body)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        goes_on.set()
        client.settimeout(TIMEOUT)
        assert client.recv(1) == b""
    assert heard == [body]


def test_a_relay_that_was_kept_from_running_says_that_it_was_late(tmp_path: Path) -> None:
    """Stopped while a packet is under way for 20 ms, and woken after it should have arrived."""
    with serving(echo) as server, linked(server, tmp_path, LinkProfile(rtt=0.04)) as link:
        assert link._child is not None
        with socket.create_connection(link.address, TIMEOUT) as client:
            client.sendall(b"x")
            client.shutdown(socket.SHUT_WR)
            os.kill(link._child.pid, signal.SIGSTOP)
            time.sleep(0.1)
            os.kill(link._child.pid, signal.SIGCONT)
            assert all_of(client) == b"x"
        assert link.stats().late
