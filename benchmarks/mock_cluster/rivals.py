"""The mock beside kmock on what both can do: start, LIST, GET, and events of writes to watchers.

kmock is installed from PyPI into a throw-away environment. It speaks HTTP without TLS; the mock is measured with TLS.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
from benchmarks.mock_cluster import requests, server
from benchmarks.mock_cluster.table import Cost, cost, middle, show

if TYPE_CHECKING:
    import socket

PODS, WATCHERS, WRITES, GETS = 1000, 20, 100, 400
_LIST = "/api/v1/pods"


class Figures(msgspec.Struct, frozen=True):
    """What one of them took. ``start`` is exec to the last byte of the first LIST, in seconds."""

    start: float
    memory: int
    whole: Cost
    get: Cost
    event: Cost


def main(repeats: int) -> None:
    """Measure and print."""
    with server.mock("small", PODS) as mock, server.connected(mock.port) as connection:
        connection.sendall(server.request(_LIST))
        pods = server.answered(connection)["items"]
    with tempfile.TemporaryDirectory() as folder:
        program = _installed(Path(folder))
        if program is None:
            show("kmock", "skipped: pip cannot install it here")
            return
        file = Path(folder) / "pods.json"
        file.write_bytes(msgspec.json.encode(pods))
        script = str(Path(__file__).with_name("kmock_server.py"))
        began = perf_counter()
        with server.program(program, script, str(file)) as kmock:
            theirs = _figures(kmock, pods[0], began, repeats, tls=False)
    began = perf_counter()
    with server.mock("small", PODS) as mock:
        _compare(_figures(mock, pods[0], began, repeats, tls=True), theirs)


def _installed(folder: Path) -> str | None:
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", "kmock==0.8"], check=False, capture_output=True)
    return None if done.returncode else python


def _figures(target: server.Server, pod: dict[str, Any], began: float, repeats: int, *, tls: bool) -> Figures:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    with server.connected(target.port, tls=tls) as connection:

        def listed() -> None:
            connection.sendall(server.request(_LIST))
            assert len(server.answered(connection)["items"]) == PODS

        listed()
        start = perf_counter() - began
        whole = middle([cost(target, listed) for _ in range(repeats)])
        found = requests.load(target, [(server.request(path), name.encode())], GETS, tls=tls)
        event = _written(target, connection, path, tls=tls)
    get = Cost(found.seconds / found.count, found.cpu / found.count)
    return Figures(start, target.memory(), whole, get, event)


def _written(target: server.Server, connection: socket.socket, path: str, *, tls: bool) -> Cost:
    """One pod is patched WRITES times, and WATCHERS get to see it; per event that one of them gets."""
    namespace = path.rpartition("/pods/")[0]
    with contextlib.ExitStack() as stack:
        watchers = [stack.enter_context(server.connected(target.port, tls=tls)) for _ in range(WATCHERS)]
        for watcher in watchers:
            watcher.sendall(server.request(f"{namespace}/pods?watch=true"))
            watcher.settimeout(0.5)
            with contextlib.suppress(TimeoutError):  # the initial state
                while watcher.recv(1 << 20):
                    pass
            watcher.settimeout(20)

        def write() -> None:
            for number in range(WRITES):
                body = b'{"metadata":{"labels":{"number":"%06d"}}}' % number
                connection.sendall(server.patch(path, body))
                server.answered(connection)
            last = b'"%06d"' % (WRITES - 1)
            for watcher in watchers:
                seen = b""
                while last not in seen:
                    seen = seen[-64:] + watcher.recv(1 << 20)

        spent = cost(target, write)
    return Cost(spent.seconds / WRITES / WATCHERS, spent.cpu / WRITES / WATCHERS)


def _compare(ours: Figures, theirs: Figures) -> None:
    """Print how much more kmock takes."""
    size = f"{PODS:,} pods"
    show(f"kmock: exec → last byte of the first LIST, {size}", _seconds(ours.start), _times(theirs.start, ours.start))
    show(f"kmock: resident memory, {size}", f"{ours.memory / 1e6:.0f} MB", _times(theirs.memory, ours.memory))
    for what, one, other in (
        (f"LIST of {size}", ours.whole, theirs.whole),
        ("GET of a pod, 200 clients", ours.get, theirs.get),
        (f"PATCH of a pod with {WATCHERS} watchers, an event", ours.event, theirs.event),
    ):
        measured = f"{_seconds(one.seconds)}, {_seconds(one.cpu)} CPU"
        beside = f"{_times(other.seconds, one.seconds)} the time, {_times(other.cpu, one.cpu)} the CPU"
        show(f"kmock: {what}", measured, beside)


def _times(theirs: float, ours: float) -> str:
    return f"kmock {theirs / ours:.1f} ×"


def _seconds(value: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if value * factor >= 0.1:
            return f"{value * factor:.2g} {unit}"
    return f"{value * 1e6:.0f} µs"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
