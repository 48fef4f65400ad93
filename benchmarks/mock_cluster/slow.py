"""Readers that stall: what each costs the server, and what others notice of them."""

from __future__ import annotations

import contextlib
import time
from statistics import median

from benchmarks.mock_cluster import server
from benchmarks.mock_cluster.table import show

READERS = 100
_PATHS = ("/api/v1/pods", "/api/v1/pods?watch=1")


def main(repeats: int) -> None:
    """Measure and print."""
    with server.mock("medium") as mock, contextlib.ExitStack() as stack:
        alone = _page(mock, repeats)
        before = mock.memory()
        for number in range(READERS):
            reader = stack.enter_context(server.connected(mock.port))
            reader.sendall(server.request(_PATHS[number % 2]))
            reader.recv(1)
        _settle(mock)
        each, beside = (mock.memory() - before) / READERS, _page(mock, repeats)
        cpu = mock.cpu
        time.sleep(1)
        idle = mock.cpu - cpu
    show(
        f"(none) {READERS} stalled readers of 148 MB: memory each",
        f"{each / 1e6:.1f} MB, {idle:.1%} of a core in all",
        f"a page of 500 beside them: {beside / alone:.2f} × the time alone",
    )


def _page(mock: server.Server, repeats: int) -> float:
    with server.connected(mock.port) as connection:
        taken = []
        for _ in range(4 * repeats):
            began = time.perf_counter()
            server.fetch(connection, "/api/v1/pods?limit=500")
            taken.append(time.perf_counter() - began)
        return median(taken)


def _settle(mock: server.Server) -> None:
    before = -1.0
    while mock.cpu - before > 0.002:
        before = mock.cpu
        time.sleep(0.2)
