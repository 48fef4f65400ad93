"""LISTs of 10,000 pods: whole, paged, as tables, as a watch; beside the same bytes from aiohttp."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import msgspec
from benchmarks.mock_cluster import server
from benchmarks.mock_cluster.table import Cost, cost, middle, show

_PODS = "/api/v1/pods"
_WATCH = f"{_PODS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
_END = b'"k8s.io/initial-events-end":"true"}}}}\n\r\n'


def main(repeats: int) -> None:
    """Measure and print."""
    with server.mock("medium") as mock, server.connected(mock.port) as connection:
        size = server.fetch(connection, _PODS)
        with server.plain(size) as plain, server.connected(plain.port) as other:
            ours, theirs = [], []
            for _ in range(repeats):
                ours.append(cost(mock, lambda: server.fetch(connection, _PODS)))
                theirs.append(cost(plain, lambda: server.fetch(other, "/list")))
        beside = middle(theirs)
        _throughput("LIST of 10,000 pods: ≥ 500 MB/s", size, middle(ours), beside)
        watched = middle([cost(mock, lambda: _watch(mock)) for _ in range(repeats)])
        _throughput("watch from sendInitialEvents: as fast", size, watched, beside)
        first = median(_first_byte(mock) for _ in range(repeats))
        show("first byte of it: ≤ 50 ms", f"{first * 1e3:.1f} ms")
        page = middle([cost(mock, lambda: server.fetch(connection, f"{_PODS}?limit=500")) for _ in range(4 * repeats)])
        show("a page of 500: ≤ 15 ms", f"{page.seconds * 1e3:.1f} ms ({page.cpu * 1e3:.1f} ms CPU)")
        table = middle([cost(mock, lambda: server.fetch(connection, _PODS, server.TABLE)) for _ in range(repeats)])
        show("Table of 10,000 pods: ≤ 1.5 s", f"{table.seconds:.2f} s ({table.cpu:.2f} s CPU)")
        _kubectl(mock, repeats)


def _throughput(goal: str, size: int, ours: Cost, theirs: Cost) -> None:
    measured = f"{size / ours.seconds / 1e6:.0f} MB/s, {size / ours.cpu / 1e6:.0f} MB per CPU second"
    beside = f"aiohttp, as many ready-made bytes: {ours.seconds / theirs.seconds:.2f} × the time, "
    show(goal, measured, beside + f"{ours.cpu / theirs.cpu:.2f} × the CPU")


def _watch(mock: server.Server) -> None:
    with server.connected(mock.port) as connection:
        connection.sendall(server.request(_WATCH))
        server.drained(connection, _END)


def _first_byte(mock: server.Server) -> float:
    with server.connected(mock.port) as connection:
        began = time.perf_counter()
        connection.sendall(server.request(_PODS))
        connection.recv(1)
        return time.perf_counter() - began


def _kubectl(mock: server.Server, repeats: int) -> None:
    program = shutil.which("kubectl")
    if program is None:
        show("kubectl get pods -A, 10,000 pods", "skipped: no kubectl here")
        return
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.write_bytes(msgspec.json.encode(_kubeconfig(mock.port)))
        command = [program, "--kubeconfig", str(config), "--cache-dir", folder, "get", "pods", "-A"]

        def get() -> None:
            lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
            assert len(lines) == 10_001, len(lines)

        found = middle([cost(mock, get) for _ in range(max(3, repeats // 3))])
    measured = f"{found.seconds:.2f} s, of it {found.cpu:.2f} s CPU of the mock"
    show("kubectl get pods -A, 10,000 pods (20 pages)", measured, f"{found.seconds / found.cpu:.1f} × the mock's part")


def _kubeconfig(port: int) -> dict[str, object]:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(server.authority().ca)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "mock", "cluster": cluster}],
        "users": [{"name": "mock", "user": {"token": server.TOKEN}}],
        "contexts": [{"name": "mock", "context": {"cluster": "mock", "user": "mock"}}],
        "current-context": "mock",
    }
