"""The mock as a process for these benchmarks, and connections that cost little beside it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.clusters.authority import Authority, mint
from perfkit.lifeline import Child, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.model.control import MockAnswer, MockConfig, MockReady, MockRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

SHAPES = Path(__file__).resolve().parents[2] / "fixtures" / "shapes"
TOKEN = "benchmark"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
LAST_CHUNK = b"\r\n0\r\n\r\n"


class Server:
    """A process that listens on ``port``."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    @property
    def cpu(self) -> float:
        """CPU seconds it has used."""
        return process_cpu(self.pid) or 0.0

    def memory(self, what: str = "VmRSS") -> int:
        """Its resident memory, or the peak of it (VmHWM), in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) * 1024


class Mock(Server):
    """A mock, with its lifeline."""

    def __init__(self, child: Child, ready: MockReady) -> None:
        super().__init__(child.pid, ready.port)
        self._child = child
        self.ready = ready

    def ask(self, message: MockRequest) -> MockAnswer:
        """Send a message over the lifeline; its answer."""
        self._child.send(msgspec.to_builtins(message))
        return msgspec.convert(self._child.receive(60.0), MockAnswer)  # type: ignore[no-any-return]


@cache
def authority() -> Authority:
    """One authority for all servers of a run."""
    return mint(Path(mkdtemp(prefix="perfkit-benchmark-")))


@contextlib.contextmanager
def mock(shape: str, pods: int | None = None, program: tuple[str, ...] = ("-m", "perfkit.mock")) -> Iterator[Mock]:
    """A mock that listens."""
    config = MockConfig(
        shape=str(SHAPES / f"{shape}.toml"),
        pods=pods,
        certificate=str(authority().certificate),
        key=str(authority().key),
        token=TOKEN,
    )
    child = spawn("the mock", [sys.executable, *program])
    try:
        child.send(msgspec.to_builtins(config))
        yield Mock(child, msgspec.convert(child.receive(60.0), MockReady))
    finally:
        child.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority().ca))


@contextlib.contextmanager
def connected(port: int, *, tls: bool = True) -> Iterator[socket.socket]:
    """A connection."""
    with socket.create_connection(("127.0.0.1", port)) as plain:
        if not tls:
            yield plain
            return
        with _tls().wrap_socket(plain, server_hostname="localhost") as connection:
            yield connection


def request(path: str, accept: str = "application/json", **headers: str) -> bytes:
    """A GET in HTTP/1.1."""
    sent = {"host": "localhost", "authorization": f"Bearer {TOKEN}", "accept": accept, **headers}
    lines = [f"GET {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode()


def fetch(connection: socket.socket, path: str, accept: str = "application/json", **headers: str) -> int:
    """GET ``path``, which is answered in chunks, and throw it away as fast as it comes; how many bytes came."""
    connection.sendall(request(path, accept, **headers))
    return drained(connection, LAST_CHUNK)


_BUFFER = memoryview(bytearray(1 << 20))


def drained(connection: socket.socket, end: bytes) -> int:
    """Read up to and with ``end``; how many bytes that were."""
    size, tail = 0, b""
    while not tail.endswith(end):
        count = connection.recv_into(_BUFFER)
        if not count:
            raise EOFError(tail)
        size += count
        tail = (tail + bytes(_BUFFER[max(0, count - len(end)) : count]))[-len(end) :]
    return size


def patch(path: str, body: bytes) -> bytes:
    """A merge patch in HTTP/1.1."""
    kind, length = "application/merge-patch+json", str(len(body))
    return request(path, content_type=kind, content_length=length).replace(b"GET", b"PATCH", 1) + body


def answered(connection: socket.socket) -> Any:
    """The JSON of an answer."""
    text = bytearray()
    while (body := body_of(text)) is None:
        text += connection.recv(1 << 18)
    return msgspec.json.decode(body)


def body_of(text: bytes | bytearray) -> bytes | None:
    """The body of an answer, which came with a length or in chunks; None where it is not whole yet."""
    start = text.find(b"\r\n\r\n") + 4
    if start < 4:
        return None
    head = bytes(text[:start]).lower()
    at = head.find(b"content-length: ")
    if at >= 0:
        length = int(head[at + 16 :].split(b"\r", 1)[0])
        return bytes(text[start : start + length]) if len(text) >= start + length else None
    return _dechunked(bytes(text[start:])) if text.endswith(LAST_CHUNK) else None


def _dechunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 4 + size


@contextlib.contextmanager
def program(*command: str) -> Iterator[Server]:
    """A server that prints its port once it listens."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Server(process.pid, int(process.stdout.readline()))
        finally:
            process.kill()


@contextlib.contextmanager
def plain(size: int = 0, watchers: int = 0) -> Iterator[Server]:
    """An aiohttp server that sends ready-made bytes (see ``plain``)."""
    files = str(authority().certificate), str(authority().key)
    with program(sys.executable, "-m", "benchmarks.mock_cluster.plain", *files, str(size), str(watchers)) as found:
        yield found
