"""What a cluster's own changes cost, in processor time of one core, beside the plain way to make the same change.

    python benchmarks/churn.py --pods 10000 --events 5000

No server and no clients: the store, its log of changes and the ticks, which are moved by hand.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.mock.changes import ChangeLog
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Shape
from perfkit.mock.life.life import Life
from perfkit.mock.resources.pods import PODS
from perfkit.mock.store import LAST_KEY, Change, Store
from perfkit.mock.writes.control_plane import ControlPlane
from perfkit.model.churn import KINDS, Churn
from perfkit.model.control import Scale

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 1000.0  # events a simulated second


class Cluster:
    """A living store without a server."""

    def __init__(self, pods: int, folder: Path) -> None:
        self.store = Store(populate(Shape(pods=pods, namespaces=20), 1))
        self.life = Life(self.store, ControlPlane(self.store), 1)
        ChangeLog(self.store).restart(folder / "churn.requests.jsonl")

    def churn(self, mix: dict[str, float], events: int) -> float:
        """Seconds of processor time a change, over so many."""
        self.life.churn(Churn(rate=RATE, mix=mix))
        spent = measured(lambda: self.store.clock.advance(events / RATE))
        done = self.life.churn(None)
        return spent / done.events


def measured(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def plain(cluster: Cluster, events: int) -> float:
    """Seconds a change, where each pod is decoded, changed and encoded whole."""
    keys = [cluster.store.shelf(PODS).collection.key(number) for number in range(events)]

    def change() -> None:
        for key in keys:
            pod = cluster.store.read(PODS, key)
            assert pod is not None
            pod["status"]["containerStatuses"][0]["ready"] = False
            cluster.store.apply(Change(PODS, key, pod))

    return measured(change) / events


def report(name: str, seconds: float, base: float) -> None:
    """One line: microseconds, ratio, and how many a core could make a second."""
    print(f"{name:<34}{seconds * 1e6:>9.1f} µs{seconds / base:>8.2f} x{1 / seconds:>10,.0f} /s")


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = plain(Cluster(options.pods, folder), min(options.events, options.pods))
        report("decoded, changed, encoded whole", base, base)
        for kind in KINDS[:-1]:
            report(f"churn, {kind}", Cluster(options.pods, folder).churn({kind: 1}, options.events), base)
        busy = Cluster(options.pods, folder)
        report("churn, usual mix", busy.churn(Churn(rate=1).mix, options.events), base)
        added = 500
        spent = measured(lambda: _scaled(busy, added))
        report(f"a pod's way to Running ({added} pods)", spent / added, base)
        changed = len(busy.store.shelf(PODS).changed_between("", LAST_KEY))
        print(f"reset after {changed:,} changed pods: {measured(busy.store.reset) * 1e3:.1f} ms")


def _scaled(cluster: Cluster, pods: int) -> None:
    done: list[int] = []
    cluster.life.scale(Scale(pods=pods), done.append)
    while not done:
        cluster.store.clock.advance(0.1)


if __name__ == "__main__":
    main()
