"""The relay side by side with nothing and with a naive proxy: throughput, CPU, lateness with burners, 500 connections.

``python benchmarks/link.py``: ratios of one run, about half a minute. Nothing else should run.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from perfkit.model.link import LinkProfile
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = bytes(1 << 20)
MIB = 200
CONNECTIONS = 500
CHUNK = 1 << 18
Address = tuple[str, int]


def serve(listener: socket.socket) -> None:
    """Give so many MiB as the client's first four bytes say; a thread a connection."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_give, args=(connection,), daemon=True).start()


def _give(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while count := connection.recv(4, socket.MSG_WAITALL):
            for _ in range(int.from_bytes(count)):
                connection.sendall(BODY)
            connection.sendall(b".")


def fetch(connection: socket.socket, mib: int) -> float:
    """Seconds for so many MiB and the dot behind them."""
    start = time.monotonic()
    connection.sendall(mib.to_bytes(4))
    left = mib * len(BODY) + 1
    while left:
        left -= len(connection.recv(min(left, CHUNK)))
    return time.monotonic() - start


def rate(address: Address) -> float:
    """MB/s over one connection; the median of three."""
    with socket.create_connection(address) as connection:
        fetch(connection, 8)
        return statistics.median(MIB * len(BODY) / 1e6 / fetch(connection, MIB) for _ in range(3))


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
    while data := await source.read(CHUNK):
        await asyncio.sleep(delay)
        sink.write(data)
        await sink.drain()
    sink.close()


def naive(port: int, to: Address, delay: float) -> None:
    """What is commonly called a delaying proxy."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far, back = await asyncio.open_connection(*to)
        await asyncio.gather(_pipe(reader, back, delay), _pipe(far, writer, delay))

    async def main() -> None:
        await (await asyncio.start_server(relay, "127.0.0.1", port)).serve_forever()

    asyncio.run(main())


@contextmanager
def naive_proxy(to: Address, delay: float) -> Iterator[Address]:
    """The naive proxy in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address: Address = free.getsockname()
    process = multiprocessing.get_context("fork").Process(target=naive, args=(address[1], to, delay), daemon=True)
    process.start()
    while True:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address):
            break
    yield address
    process.terminate()
    process.join()


@contextmanager
def relayed(to: Address, profile: LinkProfile) -> Iterator[RelayLink]:
    """A relay."""
    with TemporaryDirectory() as folder:
        link = RelayLink(profile, to, Path(folder))
        link.open()
        yield link
        link.close()


def throughput(server: Address) -> None:
    """Bytes as fast as they go: directly, through the relay, through the naive proxy."""
    direct = rate(server)
    print(f"direct               {direct:7.0f} MB/s")
    for name, rtt in (("relay, no delay", 0.0), ("relay, 5 ms", 0.005)):
        with relayed(server, LinkProfile(rtt=rtt)) as link:
            through = rate(link.address)
            stats = link.stats()
            cpu = stats.cpu * 1e3 / (stats.down / 1e6)
            print(f"{name:20} {through:7.0f} MB/s  {through / direct:.2f} of direct, {cpu:.2f} CPU ms a MB")
    with naive_proxy(server, 0.0) as address:
        through = rate(address)
        print(f"naive proxy          {through:7.0f} MB/s  {through / direct:.2f} of direct")


def lateness(server: Address) -> None:
    """How late the relay is with two processes that only burn, and what a warm round trip then takes."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 2)]
    try:
        with naive_proxy(server, 0.025) as address:
            print(f"naive proxy, burners: warm round trip {pings(address)}")
        with relayed(server, LinkProfile(rtt=0.05)) as link:
            trips = pings(link.address)
            stats = link.stats()
            late = f"late p50 {stats.late_p50 / 1e3:.0f} µs, p99 {stats.late_p99 / 1e3:.0f} µs"
            flag = ": flagged" if stats.late else ""
            print(f"relay, burners:       warm round trip {trips}; {late}{flag} ({link.ready.priority})")
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def pings(address: Address) -> str:
    """Quantiles of 60 warm round trips, 50 ms asked for."""
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        trips = sorted(fetch(connection, 0) * 1e3 for _ in range(60))
    return f"p50 {trips[30]:.1f} ms, p95 {trips[57]:.1f} ms"


def crowd(server: Address) -> None:
    """500 connections that each ask once, at the same time."""
    with relayed(server, LinkProfile(rtt=0.05)) as link, contextlib.ExitStack() as stack:
        start = time.monotonic()
        clients = [stack.enter_context(socket.create_connection(link.address)) for _ in range(CONNECTIONS)]
        for client in clients:
            client.sendall((0).to_bytes(4))
        for client in clients:
            client.recv(1)
        spent = time.monotonic() - start
        stats = link.stats()
        print(
            f"{CONNECTIONS} connections: {spent * 1e3:.0f} ms for connect and answer (100 asked), "
            f"late p99 {stats.late_p99 / 1e3:.0f} µs, {stats.cpu:.2f} CPU s"
        )


def main() -> None:
    """Run all."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        server: Address = listener.getsockname()
        throughput(server)
        crowd(server)
        lateness(server)


if __name__ == "__main__":
    main()
