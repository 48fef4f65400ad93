"""How fast a real cluster is filled with pods, and emptied: pods a second.

    python benchmarks/population.py KUBECONFIG [PODS]

The cluster is the current context's: one made for tests, since perfkit writes into it.
"""

from __future__ import annotations

import argparse
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig", type=Path)
    parser.add_argument("pods", type=int, nargs="?", default=1000)
    kubeconfig, pods = vars(parser.parse_args()).values()
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
