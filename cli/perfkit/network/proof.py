"""Proof that a link does what it says: exchanges through a relay on this machine, timed from outside it."""

from __future__ import annotations

import math
import socket
import statistics
import struct
import threading
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.errors import LinkError
from perfkit.model.link import LinkProfile  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.relay import RelayConfig, RelayStats
from perfkit.network.backends import open_link
from perfkit.network.flow import HEADERS, OVER_MTU
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST: Final = struct.Struct("!QQ")  # bytes that follow, bytes that are wanted in return
PINGS, PING_TIME = 40, 4.0  # at most so many, in about so many seconds
COLD = 5
RATE_TIME = 1.5  # seconds at the full rate
LOSS_PACKETS = 2000
PATIENCE = 120.0  # seconds without a byte
CHUNK = 1 << 18


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One property: asked for and measured, in base units (s, bit/s, share), over ``n`` observations."""

    name: str
    kind: Literal["time", "bits", "ratio"]
    asked: float
    measured: float
    n: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of a link, and how late its relay was meanwhile. ``why``: this back end, where auto was asked for."""

    link: LinkProfile
    backend: str
    how: str
    why: str
    checks: tuple[Check, ...]
    priority: str
    timer: str
    stats: RelayStats


def prove(profile: LinkProfile, seed: int, backend: str = RelayLink.backend) -> Proof:
    """Measure everything that ``profile`` asks for. Raises LinkError."""
    with closing(_Server()) as server, TemporaryDirectory(prefix="perfkit-link-") as folder:
        config = RelayConfig(link=profile, to=server.address, seed=seed)
        link, why = open_link(backend, config, Path(folder))
        try:
            return Proof(
                link=profile,
                backend=link.backend,
                how=link.how,
                why=why,
                checks=tuple(_checks(link, profile)),
                priority=link.ready.priority,
                timer=link.ready.timer,
                stats=link.stats(),
            )
        except OSError as error:
            raise LinkError(f"the link was not passed within {PATIENCE:.0f} s: {error}") from error
        finally:
            link.close()


def _checks(link: RelayLink, profile: LinkProfile) -> Iterator[Check]:
    clean = msgspec.structs.replace(profile, loss=0.0, fault=None, steps=())
    link.set(clean)  # what is lost must not hide the other properties
    trips = _pings(link, profile.rtt)
    yield Check(name="round trip", kind="time", asked=profile.rtt, measured=statistics.median(trips), n=len(trips))
    if profile.jitter:
        # The sum of two uniform delays, one each way.
        spread = profile.jitter * math.sqrt(2 / 3)
        yield Check(name="its spread", kind="time", asked=spread, measured=statistics.stdev(trips), n=len(trips))
    cold = [_cold(link) for _ in range(COLD)]
    yield Check(name="connect and ask", kind="time", asked=2 * profile.rtt, measured=statistics.median(cold), n=COLD)
    for name, rate in (("rate down", profile.down), ("rate up", profile.up)):
        if rate:
            yield Check(name=name, kind="bits", asked=rate, measured=_rate(link, profile, name, rate), n=1)
    if profile.loss:
        fast = msgspec.structs.replace(profile, rtt=0.002, jitter=0.0, down=0.0, up=0.0, fault=None, steps=())
        link.set(fast)
        yield Check(name="loss", kind="ratio", asked=profile.loss, measured=_loss(link, profile), n=LOSS_PACKETS)
    link.set(clean)


def _pings(link: RelayLink, rtt: float) -> list[float]:
    count = max(5, min(PINGS, int(PING_TIME / max(rtt, 1e-4))))
    with closing(_connect(link)) as connection:
        _exchange(connection, 1, 1)
        return [_exchange(connection, 1, 1) for _ in range(count)]


def _cold(link: RelayLink) -> float:
    start = time.monotonic()
    with closing(_connect(link)) as connection:
        _exchange(connection, 1, 1)
        return time.monotonic() - start


def _rate(link: RelayLink, profile: LinkProfile, name: str, rate: float) -> float:
    """Bits a second on the wire, headers included, while the wire is full: the difference of a long and a short run."""
    towards = name == "rate down"
    payload = profile.mtu + OVER_MTU - HEADERS
    size = max(64 * payload, int(rate / 8 * RATE_TIME))
    with closing(_connect(link)) as connection:
        # The first opens the window.
        spans = [_exchange(connection, *((1, each) if towards else (each, 1))) for each in (size, size, 2 * size)]
    return size * 8 * (profile.mtu + OVER_MTU) / payload / max(spans[2] - spans[1], 1e-9)


def _loss(link: RelayLink, profile: LinkProfile) -> float:
    """Packets that were sent again, of those sent."""
    payload = profile.mtu + OVER_MTU - HEADERS
    before = link.stats().retransmissions
    with closing(_connect(link)) as connection:
        _exchange(connection, 1, LOSS_PACKETS * payload)
    again = link.stats().retransmissions - before
    return again / (LOSS_PACKETS + again)


def _connect(link: RelayLink) -> socket.socket:
    connection = socket.create_connection(link.address, PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _exchange(connection: socket.socket, give: int, want: int) -> float:
    """Send ``give`` bytes, receive ``want``; the seconds it took."""
    start = time.monotonic()
    connection.sendall(REQUEST.pack(give, want) + bytes(give))
    _drain(connection, want)
    return time.monotonic() - start


def _drain(connection: socket.socket, size: int) -> None:
    buffer = bytearray(CHUNK)
    while size:
        got = connection.recv_into(buffer, min(size, CHUNK))
        if not got:
            raise ConnectionError("the connection ended early")
        size -= got


class _Server:
    """Takes and gives as many bytes as it is asked for; a thread a connection."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more; the connections end with the relay's."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with closing(connection):
        try:
            while len(request := connection.recv(REQUEST.size, socket.MSG_WAITALL)) == REQUEST.size:
                take, give = REQUEST.unpack(request)
                _drain(connection, take)
                connection.sendall(bytes(give))
        except ConnectionError:
            return
