"""Events to watchers: how far behind, at what cost; nothing lost, nothing twice, in order."""

from __future__ import annotations

import contextlib
import re
import selectors
import ssl
import time
from typing import TYPE_CHECKING

import msgspec
from benchmarks.mock_cluster import server
from benchmarks.mock_cluster.table import show

from perfkit.model.churn import Churn
from perfkit.model.control import SetChurn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_STAMP = re.compile(rb'"number":"(\d+)","ns":"(\d+)"')


class Delivery(msgspec.Struct, frozen=True):
    """What came of a drive: events, delays in ns, CPU seconds of the server, seconds it took, bytes to all."""

    events: int
    delays: list[int]
    cpu: float
    seconds: float
    size: int

    @property
    def load(self) -> float:
        """Cores that the server kept busy."""
        return self.cpu / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds behind that ``share`` of the deliveries kept."""
        return sorted(self.delays)[int(share * (len(self.delays) - 1))] / 1e6


class Watcher:
    """One client of a watch, which holds every event against the one before."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        self.connection = connection
        self.delays: list[int] = []
        self.size = 0
        self._rest = b""
        self._next = 0

    def readable(self) -> None:
        """Take what has come."""
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self.connection.recv(1 << 18):
                self._take(data)

    def _take(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.size += len(data)
        text, end = self._rest + data, 0
        for found in _STAMP.finditer(text):
            number, ns = found.groups()
            if int(number) != self._next:
                raise AssertionError(f"event {number!r} came where {self._next} was due")
            self._next += 1
            self.delays.append(now - int(ns))
            end = found.end()
        self._rest = text[max(end, len(text) - 128) :]


def deliver(rate: float, count: int, watchers: int) -> Delivery:
    """Drive a mock with ``watchers`` watches of config maps on it."""
    program = ("-m", "benchmarks.mock_cluster.driven", str(rate), str(count), str(watchers))
    with server.mock("small", program=program) as mock:
        path = f"/api/v1/namespaces/default/configmaps?watch=1&resourceVersion={mock.ready.resource_version}"
        return _watched(mock, path, count, watchers)


def deliver_plain(count: int, watchers: int) -> Delivery:
    """The same from an aiohttp server that sends ready-made events."""
    with server.plain(watchers=watchers) as plain:
        return _watched(plain, "/watch", count, watchers)


def _watched(target: server.Server, path: str, count: int, watchers: int) -> Delivery:
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(watchers):
            connection = stack.enter_context(server.connected(target.port))
            connection.sendall(server.request(path))
            clients.append(Watcher(connection))
        return _collected(target, clients, count)


def _collected(mock: server.Server, clients: list[Watcher], count: int) -> Delivery:
    before: tuple[float, float] | None = None
    for client in _turns(clients):
        client.readable()
        if before is None and client.delays:
            before = mock.cpu, time.monotonic()
        if all(len(client.delays) == count for client in clients):
            break
    assert before is not None
    cpu, seconds = mock.cpu - before[0], time.monotonic() - before[1]
    delays = [delay for client in clients for delay in client.delays]
    return Delivery(count, delays, cpu, seconds, sum(client.size for client in clients))


def _turns(clients: list[Watcher]) -> Iterator[Watcher]:
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.connection, selectors.EVENT_READ, client)
        while True:
            for key, _ in selector.select():
                yield key.data


def main(repeats: int) -> None:
    """Measure and print."""
    several = [(deliver(1000, 10_000, 20), deliver_plain(10_000, 20)) for _ in range(max(1, repeats // 3))]
    ours, theirs = (_middle([pair[side] for pair in several]) for side in (0, 1))
    share, behind = ours.load / theirs.load, theirs.percentile(0.99)
    beside = f"aiohttp, ready-made events: {share:.2f} × the CPU, p99 {behind:.1f} ms"
    show("1,000 events/s of 5 KB to 20: p99 ≤ 50 ms behind, < half a core", _told(ours), beside)
    show("5,000 events/s to one", _told(deliver(5000, 25_000, 1)))
    one, twenty = tables(1), tables(20)
    what = "(none) 500 changes/s of pods (15 KB), as Tables to 20"
    show(what, f"{twenty:.0%} of a core", f"to one: {twenty / one:.1f} × the CPU")


def tables(watchers: int) -> float:
    """Cores that a mock keeps busy while pods change 500 times a second before so many watches for Tables."""
    with server.mock("small") as mock, contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        path = f"/api/v1/pods?watch=1&resourceVersion={mock.ready.resource_version}"
        for _ in range(watchers):
            connection = stack.enter_context(server.connected(mock.port))
            connection.sendall(server.request(path, server.TABLE))
            selector.register(connection, selectors.EVENT_READ)
        mock.ask(SetChurn(churn=Churn(rate=500, mix={"status": 1.0})))
        cpu, began = mock.cpu, time.monotonic()
        while time.monotonic() < began + 5:
            for key, _ in selector.select(0.1):
                assert isinstance(key.fileobj, ssl.SSLSocket)
                key.fileobj.recv(1 << 18)
        return (mock.cpu - cpu) / (time.monotonic() - began)


def _middle(found: list[Delivery]) -> Delivery:
    return sorted(found, key=lambda one: one.percentile(0.99))[(len(found) - 1) // 2]


def _told(found: Delivery) -> str:
    behind = f"p50 {found.percentile(0.5):.1f} ms, p99 {found.percentile(0.99):.1f} ms behind"
    return f"{behind}, {found.load:.0%} of a core; each once and in order"
