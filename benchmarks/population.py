"""How fast a real cluster is filled with pods, and emptied: pods a second.

    python benchmarks/population.py KUBECONFIG [PODS]

The cluster is the current context's: one made for tests, since perfkit writes into it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from perfkit.client.access import load_access
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way
from perfkit.model.scenario import ClusterSpec


def main() -> None:
    """Measure and print."""
    kubeconfig, pods = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    spec = ClusterSpec(kind="context", name="benchmark", populate=True, pods=pods)
    with tempfile.TemporaryDirectory() as folder:
        cluster = ContextCluster(spec, Way(load_access(kubeconfig), str(kubeconfig)), Path(folder))
        before = time.monotonic()
        try:
            cluster.open()
            filled = time.monotonic()
            cpu = cluster.cpu()
        finally:
            leaving = time.monotonic()
            cluster.close()
        emptied = time.monotonic()
    sys.stdout.write(f"filled: {pods:,} pods in {filled - before:.1f} s, {pods / (filled - before):.0f} pods/s, ")
    sys.stdout.write(f"{cpu:.1f} s of the gateway's CPU; emptied in {emptied - leaving:.1f} s\n")


if __name__ == "__main__":
    main()
