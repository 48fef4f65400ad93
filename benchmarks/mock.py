"""How fast the mock API server starts and answers, beside something of the same size in the same run.

python benchmarks/mock.py [REPEATS]
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from perfkit.clusters.authority import Authority, mint
from perfkit.lifeline import Child, spawn
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.model.control import MockConfig, MockReady

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = Path(__file__).resolve().parents[1] / "fixtures" / "shapes"
TOKEN = "benchmark"
BUFFER = bytearray(1 << 20)

RAW_SENDER = """
import socket, ssl, sys
certificate, key, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
block = bytes(256 * 1024)
while True:
    with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
        peer.recv(1024)
        for _ in range(size // len(block)):
            peer.sendall(block)
"""


def main() -> None:
    """Measure and print."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        authority = mint(Path(folder))
        start_up(authority, repeats)
        throughput(authority, repeats)
    rendering(repeats)


def start_up(authority: Authority, repeats: int) -> None:
    """From exec of the mock to the last byte of its first LIST, and a bare Python start."""
    first, ready, bare = [], [], []
    for _ in range(repeats):
        bare.append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        began = time.perf_counter()
        child, port = start(authority, "small")
        ready.append(time.perf_counter() - began)
        with connect(authority, port) as connection:
            fetch(connection, "/api/v1/pods?limit=500")
        first.append(time.perf_counter() - began)
        child.close()
    show("bare python -c pass", median(bare), "s")
    show("exec to listening, 1,000 pods", median(ready), "s", median(ready) / median(bare), "bare Python")
    show("exec to last byte of first LIST (500 of 1,000)", median(first), "s", median(first) / median(bare), "bare Python")


def throughput(authority: Authority, repeats: int) -> None:
    """A LIST of 10,000 pods beside as many bytes from a bare TLS socket, and a page of 500."""
    child, port = start(authority, "medium")
    with connect(authority, port) as connection:
        size = fetch(connection, "/api/v1/pods")
        page = [timed(lambda: fetch(connection, "/api/v1/pods?limit=500")) for _ in range(repeats)]
        lists = [timed(lambda: fetch(connection, "/api/v1/pods")) for _ in range(repeats)]
        watch = [timed(lambda: _watch_list(authority, port)) for _ in range(repeats)]
        table = [timed(lambda: fetch(connection, "/api/v1/pods", "application/json;as=Table;v=v1;g=meta.k8s.io")) for _ in range(3)]
    child.close()
    raw = raw_transfer(authority, size, repeats)
    show("bare TLS loopback, as many bytes", size / median(raw) / 1e6, "MB/s")
    show("LIST 10,000 pods", size / median(lists) / 1e6, "MB/s", median(lists) / median(raw), "times the bare transfer")
    show("page of 500 pods", median(page) * 1e3, "ms")
    show("Table of 10,000 pods", median(table), "s")


def rendering(repeats: int) -> None:
    """Objects made in this process, without a server."""
    pods = populate(load(SHAPES / "medium.toml"), 1).collections["pods"]
    size = sum(map(len, pods.bodies(0, len(pods))))
    times = [timed(lambda: sum(map(len, pods.bodies(0, len(pods))))) for _ in range(repeats)]
    show("rendering, no server", size / median(times) / 1e6, "MB/s")
