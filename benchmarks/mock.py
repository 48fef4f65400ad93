"""How fast the mock API server starts and answers, each beside something comparable in the same run.

python benchmarks/mock.py [REPEATS]
"""

from __future__ import annotations

import contextlib
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
    from collections.abc import Callable, Iterator

SHAPES = Path(__file__).resolve().parents[1] / "fixtures" / "shapes"
TOKEN = "benchmark"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
LAST_CHUNK = b"\r\n0\r\n\r\n"

RAW_SENDER = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
block = bytes(256 * 1024)
while True:
    with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
        peer.recv(1024)
        for _ in range(int(sys.argv[3]) // len(block)):
            peer.sendall(block)
"""


def main() -> None:
    """Measure and print medians."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        authority = mint(Path(folder))
        measure_start(authority, repeats)
        measure_lists(authority, repeats)
    measure_rendering(repeats)


def measure_start(authority: Authority, repeats: int) -> None:
    """From exec of the mock to the last byte of its first LIST, beside a bare Python start."""
    bare, ready, first = [], [], []
    for _ in range(repeats):
        bare.append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        began = time.perf_counter()
        with mock(authority, "small") as port:
            ready.append(time.perf_counter() - began)
            with connected(authority, port) as connection:
                fetch(connection, "/api/v1/pods?limit=500")
                first.append(time.perf_counter() - began)
    show("bare python -c pass", f"{median(bare) * 1e3:.0f} ms")
    show("exec to listening, 1,000 pods", f"{median(ready) * 1e3:.0f} ms", median(ready) / median(bare))
    show("exec to last byte of the first LIST", f"{median(first) * 1e3:.0f} ms", median(first) / median(bare))


def measure_lists(authority: Authority, repeats: int) -> None:
    """LISTs of 10,000 pods, beside as many bytes over a bare TLS socket."""
    with mock(authority, "medium") as port, connected(authority, port) as connection:
        size = fetch(connection, "/api/v1/pods")
        with raw_sender(authority, size) as raw_port:
            raw, whole = [], []
            for _ in range(repeats):
                raw.append(timed(lambda: drain(authority, raw_port)))
                whole.append(timed(lambda: fetch(connection, "/api/v1/pods")))
        page = median(timed(lambda: fetch(connection, "/api/v1/pods?limit=500")) for _ in range(repeats))
        table = median(timed(lambda: fetch(connection, "/api/v1/pods", TABLE)) for _ in range(3))
        packed = median(timed(lambda: fetch(connection, "/api/v1/pods", gzip=True)) for _ in range(3))
    show("bare TLS loopback, as many bytes", f"{size / median(raw) / 1e6:.0f} MB/s")
    show("LIST of 10,000 pods", f"{size / median(whole) / 1e6:.0f} MB/s", median(whole) / median(raw))
    show("LIST of 10,000 pods, gzip", f"{packed:.2f} s", packed / median(raw))
    show("Table of 10,000 pods", f"{table:.2f} s", table / median(raw))
    show("page of 500 pods", f"{page * 1e3:.1f} ms")


def measure_rendering(repeats: int) -> None:
    """Pods rendered in this process, without a server."""
    pods = populate(load(SHAPES / "medium.toml"), 1).collections["pods"]
    size = sum(map(len, pods.bodies(0, len(pods))))
    taken = median(timed(lambda: sum(map(len, pods.bodies(0, len(pods))))) for _ in range(repeats))
    show("rendering alone", f"{size / taken / 1e6:.0f} MB/s")


@contextlib.contextmanager
def mock(authority: Authority, shape: str) -> Iterator[int]:
    """A mock server's port."""
    config = MockConfig(
        shape=str(SHAPES / f"{shape}.toml"),
        certificate=str(authority.certificate),
        key=str(authority.key),
        token=TOKEN,
    )
    child: Child = spawn("the mock", [sys.executable, "-m", "perfkit.mock"])
    try:
        child.send(msgspec.to_builtins(config))
        yield msgspec.convert(child.receive(30.0), MockReady).port
    finally:
        child.close()


@contextlib.contextmanager
def raw_sender(authority: Authority, size: int) -> Iterator[int]:
    """A process that sends ``size`` bytes over TLS to whoever asks; its port."""
    command = [sys.executable, "-c", RAW_SENDER, str(authority.certificate), str(authority.key), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextlib.contextmanager
def connected(authority: Authority, port: int) -> Iterator[ssl.SSLSocket]:
    """A TLS connection."""
    context = ssl.create_default_context(cafile=str(authority.ca))
    plain = socket.create_connection(("127.0.0.1", port))
    with context.wrap_socket(plain, server_hostname="localhost") as connection:
        yield connection


def fetch(connection: ssl.SSLSocket, path: str, accept: str = "application/json", *, gzip: bool = False) -> int:
    """GET ``path``, throw the body away as fast as it comes; how many bytes came."""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nAccept: {accept}\r\n"
    connection.sendall((head + ("Accept-Encoding: gzip\r\n" if gzip else "") + "\r\n").encode())
    buffer = memoryview(bytearray(1 << 20))
    size, tail = 0, b""
    while not tail.endswith(LAST_CHUNK):
        count = connection.recv_into(buffer)
        size += count
        tail = tail[-16:] + bytes(buffer[max(0, count - 16) : count])
    return size


def drain(authority: Authority, port: int) -> None:
    """Read all that a raw sender sends."""
    buffer = bytearray(1 << 20)
    with connected(authority, port) as connection:
        connection.sendall(b"go")
        while connection.recv_into(buffer):
            pass


def timed(action: Callable[[], object]) -> float:
    """Seconds that ``action`` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def show(what: str, value: str, ratio: float | None = None) -> None:
    """One line of the table."""
    print(f"{what:<42}{value:>12}{'' if ratio is None else f'{ratio:>9.2f} ×'}")


if __name__ == "__main__":
    main()
