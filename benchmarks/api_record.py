"""What the record of requests costs the mock: the same small requests to two servers, one of which writes a record.

python benchmarks/api_record.py [ROUNDS]
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from perfkit.clusters.authority import mint
from perfkit.lifeline import Child, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.model.control import Collect, MockConfig, MockReady, Reset, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.clusters.authority import Authority

SHAPE = Path(__file__).resolve().parents[1] / "fixtures" / "shapes" / "tiny.toml"
TOKEN = "benchmark"
REQUESTS = 1000  # a round; small ones, as a client's that polls
ASKED = b"GET /api/v1/namespaces/default HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer %s\r\n\r\n" % TOKEN.encode()


def main() -> None:
    """Print requests a second and CPU a request, with and without."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        authority = mint(folder)
        sides = [stack.enter_context(served(authority)) for _ in range(2)]
        recording = sides[1][0]
        recording.send(msgspec.to_builtins(Reset(record=str(folder / "record"))))
        recording.receive(10.0)
        found: list[list[tuple[float, float]]] = [[], []]
        for _ in range(rounds):
            for side, (child, connection) in enumerate(sides):
                found[side].append(measure(child, connection))
        recording.send(msgspec.to_builtins(Collect()))
        traffic = msgspec.convert(recording.receive(10.0), Traffic)
        size = (folder / "record").stat().st_size
    (bare, bare_cpu), (kept, kept_cpu) = ([median(each) for each in zip(*side, strict=True)] for side in found)
    print(f"{'without a record':28}{1 / bare:7.0f} requests/s {bare_cpu * 1e6:7.0f} µs of CPU each")
    print(f"{'with a record':28}{1 / kept:7.0f} requests/s {kept_cpu * 1e6:7.0f} µs of CPU each")
    walls, ratios = ([k[what] / b[what] for b, k in zip(*found, strict=True)] for what in range(2))
    print(f"{'time, with / without':28}{median(walls):7.3f}")
    print(f"{'CPU, with / without':28}{median(ratios):7.3f} ({rounds} rounds of {REQUESTS:,} requests)")
    print(f"{'a line of the record':28}{size / traffic.requests:7.0f} bytes")


@contextlib.contextmanager
def served(authority: Authority) -> Iterator[tuple[Child, ssl.SSLSocket]]:
    """A mock server and a connection to it."""
    config = MockConfig(shape=str(SHAPE), certificate=str(authority.certificate), key=str(authority.key), token=TOKEN)
    child: Child = spawn("the mock", [sys.executable, "-m", "perfkit.mock"])
    try:
        child.send(msgspec.to_builtins(config))
        port = msgspec.convert(child.receive(30.0), MockReady).port
        context = ssl.create_default_context(cafile=str(authority.ca))
        with socket.create_connection(("127.0.0.1", port)) as plain:
            yield child, context.wrap_socket(plain, server_hostname="127.0.0.1")
    finally:
        child.close()


def measure(child: Child, connection: ssl.SSLSocket) -> tuple[float, float]:
    """Seconds, and seconds of the server's CPU, a request."""
    used, began = process_cpu(child.pid) or 0.0, time.perf_counter()
    for _ in range(REQUESTS):
        connection.sendall(ASKED)
        answer = connection.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    taken = time.perf_counter() - began
    return taken / REQUESTS, ((process_cpu(child.pid) or 0.0) - used) / REQUESTS


if __name__ == "__main__":
    main()
