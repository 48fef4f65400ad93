"""Small requests of many clients at once: CPU the server spends on one, and whether each gets the right answer."""

from __future__ import annotations

import contextlib
import selectors
import ssl
import time
from statistics import median
from typing import TYPE_CHECKING

import msgspec
from benchmarks.mock_cluster import server
from benchmarks.mock_cluster.table import show

if TYPE_CHECKING:
    import socket

CLIENTS = 200
COUNT = 10_000


class Load(msgspec.Struct, frozen=True):
    """What came of some requests: how many, seconds they took, the server's CPU seconds."""

    count: int
    seconds: float
    cpu: float


class Client:
    """One connection that asks for one of ``paths`` after another, ``count`` in all, and checks what comes."""

    def __init__(self, connection: socket.socket, paths: list[tuple[bytes, bytes]], count: int) -> None:
        connection.settimeout(0)
        self.connection = connection
        self._paths = paths
        self._left = count
        self._rest = b""

    def ask(self) -> None:
        """Send the next request."""
        self.connection.send(self._paths[self._left % len(self._paths)][0])

    def readable(self) -> bool:
        """Take what has come, and ask on; whether all is answered."""
        with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
            while data := self.connection.recv(1 << 16):
                self._rest += data
        body = server.body_of(self._rest)
        if body is None:
            return False
        wanted = self._paths[self._left % len(self._paths)][1]
        if not self._rest.startswith(b"HTTP/1.1 200") or wanted not in body:
            raise AssertionError(self._rest)
        self._rest = b""
        self._left -= 1
        if self._left:
            self.ask()
        return not self._left


def load(target: server.Server, paths: list[tuple[bytes, bytes]], count: int, *, tls: bool = True) -> Load:
    """``count`` requests, spread over CLIENTS connections, as fast as they are answered."""
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(CLIENTS):
            connection = stack.enter_context(server.connected(target.port, tls=tls))
            selector.register(connection, selectors.EVENT_READ, Client(connection, paths, count // CLIENTS))
        cpu, began = target.cpu, time.perf_counter()
        for key in list(selector.get_map().values()):
            key.data.ask()
        while selector.get_map():
            for key, _ in selector.select():
                if key.data.readable():
                    selector.unregister(key.fileobj)
        return Load(count // CLIENTS * CLIENTS, time.perf_counter() - began, target.cpu - cpu)


def pods(mock: server.Mock) -> list[tuple[bytes, bytes]]:
    """Requests for single pods, each with what its answer must hold."""
    with server.connected(mock.port) as connection:
        connection.sendall(server.request("/api/v1/pods?limit=50"))
        items = server.answered(connection)["items"]
    found = []
    for item in items:
        name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        found.append((server.request(path), b'"name":"%s"' % name.encode()))
    return found


def main(repeats: int) -> None:
    """Measure and print."""
    with server.mock("small") as mock, server.plain() as plain:
        ours, theirs = [], []
        for _ in range(repeats):
            ours.append(load(mock, pods(mock), COUNT))
            theirs.append(load(plain, [(server.request("/small"), b'"kind":"Pod"')], COUNT))
    rate, cpu = median(one.count / one.seconds for one in ours), median(one.cpu / one.count for one in ours)
    other = median(one.cpu / one.count for one in theirs)
    measured = f"{rate:,.0f}/s as they come; 2,000/s take {2000 * cpu:.0%} of a core; all right"
    beside = f"aiohttp, a ready-made 15 KB: {cpu / other:.2f} × the CPU"
    show("200 clients, 2,000 small requests/s on one core (GET of a pod)", measured, beside)
