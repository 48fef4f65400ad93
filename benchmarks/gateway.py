"""What the gateway costs: the same requests straight to the mock and through a gateway before it, side by side.

    python benchmarks/gateway.py [PODS]

Prints milliseconds that a small GET takes (median, one connection kept), and MB/s of a LIST of all pods, with the CPU
of the gateway. The cluster behind it is the mock, which shares this machine's processors with it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from perfkit.client.access import load_access
from perfkit.client.api import Api, Connection
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way
from perfkit.clusters.mock import MockCluster
from perfkit.model.scenario import ClusterSpec

GETS = 2000
LISTS = 12
SMALL = "/api/v1/namespaces/default"
PODS = "/api/v1/pods"


def connection(cluster: MockCluster | ContextCluster, folder: Path) -> Connection:
    """A client of a cluster."""
    path = folder / f"{cluster.kind}.json"
    path.write_text(cluster.kubeconfig())
    return Api(load_access(path)).connect()


def times(client: Connection, path: str, count: int) -> tuple[list[float], int]:
    """Seconds of so many requests, and the bytes of one answer."""
    taken, size = [], 0
    for _ in range(count):
        before = time.perf_counter()
        size = len(client.read(path, {}))
        taken.append(time.perf_counter() - before)
    return taken, size


def interleaved(clients: list[Connection], path: str, count: int, rounds: int) -> tuple[list[list[float]], int]:
    """The same for several clients in turn, so that all meet the same machine."""
    taken: list[list[float]] = [[] for _ in clients]
    size = 0
    for _ in range(rounds):
        for mine, client in zip(taken, clients, strict=True):
            found, size = times(client, path, count)
            mine.extend(found)
    return taken, size


def main() -> None:
    """Measure and print."""
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mock = MockCluster(ClusterSpec(pods=pods), folder)
        mock.open()
        (folder / "access.json").write_text(mock.kubeconfig())
        way = Way(load_access(folder / "access.json"))
        gateway = ContextCluster(ClusterSpec(kind="context", name="mock"), way, folder)
        gateway.open()
        try:
            clients = [connection(mock, folder), connection(gateway, folder)]
            interleaved(clients, SMALL, 100, 1)
            (direct, through), _ = interleaved(clients, SMALL, GETS // 10, 10)
            a, b = (1e3 * statistics.median(each) for each in (direct, through))
            sys.stdout.write(f"small GET: direct {a:.3f} ms, through the gateway {b:.3f} ms, added {b - a:.3f} ms\n")
            interleaved(clients, PODS, 1, 1)
            before = gateway.cpu()
            (direct, through), size = interleaved(clients, PODS, 1, LISTS)
            cpu = gateway.cpu() - before
            a, b = (size / 1e6 / statistics.median(each) for each in (direct, through))
            each = f"{1e3 * cpu / (size * LISTS / 1e6):.1f} ms of the gateway's CPU a MB"
            sys.stdout.write(
                f"LIST of {size / 1e6:.0f} MB: direct {a:.0f} MB/s, through the gateway {b:.0f} MB/s, {each}\n"
            )
        finally:
            gateway.close()
            mock.close()


if __name__ == "__main__":
    main()
