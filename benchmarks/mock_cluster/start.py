"""From exec of the mock to the last byte of its first LIST, and what it holds in memory then and after."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.mock_cluster import server
from benchmarks.mock_cluster.table import cost, show

from perfkit.model.churn import Churn
from perfkit.model.control import Churned, Reset, SetChurn

_ALL = (
    "/api/v1/pods",
    "/api/v1/nodes",
    "/api/v1/services",
    "/api/v1/endpoints",
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/events",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/discovery.k8s.io/v1/endpointslices",
)


def main(repeats: int) -> None:
    """Measure and print."""
    bare = median(_bare() for _ in range(repeats))
    for pods, shape, goal in ((1000, "small", "≤ 0.4 s"), (150_000, "limit", "≤ 1.5 s"), (1_000_000, "limit", "none")):
        found = [_first_list(shape, pods) for _ in range(max(3, repeats // 2) if pods > 1000 else repeats)]
        seconds, cpu = median(one[0] for one in found), median(one[1] for one in found)
        memory = f"{median(one[2] for one in found) / 1e6:.0f} MB"
        measured = f"{seconds:.2f} s ({cpu:.2f} s CPU, {memory})"
        show(
            f"exec → last byte of the first LIST, {pods:,} pods: {goal}",
            measured,
            f"bare Python, {seconds / bare:.0f} ×",
        )
    memory_and_reset()


def memory_and_reset() -> None:
    """Everything listed and watched, then much changed, then reset."""
    with server.mock("limit") as mock, server.connected(mock.port) as connection:
        for path in _ALL:
            server.fetch(connection, path)
            server.fetch(connection, f"{path}?limit=5000", server.TABLE)
        with server.connected(mock.port) as watch:
            watch.sendall(
                server.request(
                    "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
                    "&allowWatchBookmarks=true"
                )
            )
            server.drained(watch, b'"k8s.io/initial-events-end":"true"}}}}\n\r\n')
        read = mock.memory("VmHWM")
        show("150,000 pods, all listed whole, as tables and in a watch: ≤ 200 MB", f"{read / 1e6:.0f} MB at most")
        mock.ask(SetChurn(churn=Churn(rate=1000)))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["sleep", "15"], check=True)
            churned = mock.ask(SetChurn())
            assert isinstance(churned, Churned)
            changed = mock.memory()
            show(
                f"(none) … and {churned.events:,} changes of it by churn",
                f"{changed / 1e6:.0f} MB",
                f"{changed / read:.1f} ×",
            )
            spent = cost(mock, lambda: mock.ask(Reset(record=str(Path(folder) / "record"))))
        show(
            f"reset after {churned.events:,} changes: ≤ 50 ms",
            f"{spent.seconds * 1e3:.1f} ms ({spent.cpu * 1e3:.1f} ms CPU)",
        )


def _bare() -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return perf_counter() - began


def _first_list(shape: str, pods: int) -> tuple[float, float, int]:
    began = perf_counter()
    with server.mock(shape, pods) as mock, server.connected(mock.port) as connection:
        server.fetch(connection, "/api/v1/pods?limit=500")
        return perf_counter() - began, mock.cpu, mock.memory()
