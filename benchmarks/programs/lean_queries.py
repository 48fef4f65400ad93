"""Asks a cache of pods what a terminal UI asks, for so many seconds, without the switches named; prints JSON."""

import gc
import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from perfkit.client import Client, Filter, Options, load_access

SORTS = ("", "name", "-restarts", "-created", "node")


def main() -> None:
    """Sort orders are made once; then filters are typed, and answers asked for again while rows change."""
    pauses: list[float] = []
    began = [0.0]

    def collected(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            began[0] = time.thread_time()
        else:
            pauses.append(time.thread_time() - began[0])

    with Client(load_access(), Options().without(*sys.argv[2:])) as client:
        pods = client.cache("pods")
        pods.wait_synced()
        gc.callbacks.append(collected)
        cold = {sort: timed(partial(pods.query, sort=sort, limit=50)) for sort in SORTS}
        source = random.Random(1)
        rows: list[Any] = list(pods.rows)
        words = [row.name[:length] for row in source.sample(rows, 40) for length in (1, 2, 4, 8)]
        nodes = sorted({row.node for row in rows})
        del rows
        new, again = [], []
        until = time.monotonic() + float(sys.argv[1])
        for word in itertools.cycle(words):
            question = Filter(text=word) if source.random() < 0.7 else Filter(equal={"node": source.choice(nodes)})
            sort = source.choice(SORTS[:3])
            new.append(timed(partial(pods.query, question, sort, limit=50)))
            for _ in range(3):
                time.sleep(0.01)
                again.append(timed(partial(pods.query, question, sort, limit=50)))
            if time.monotonic() > until:
                break
        before = timed(gc.collect)
        reads, asked = client.statistics().reads, client.statistics().hits["objects"].misses
    collections = {
        "full collection, ms": round(before, 2),
        "collections": len(pauses),
        "longest, ms": round(max(pauses, default=0) * 1e3, 2),
    }
    found = [
        {"first of an order, ms": {sort: round(took, 2) for sort, took in cold.items()}},
        {"a new filter, ms": spread(new)},
        {"the same again, ms": spread(again)},
        {"all, ms": spread(new + again)},
        collections,
        {"reads": reads, "of them by request": asked},
    ]
    print(json.dumps(found))


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of this thread's CPU: on a crowded machine the clock would tell of the others."""
    start = time.thread_time()
    action()
    return (time.thread_time() - start) * 1e3


def spread(times: list[float]) -> dict[str, float]:
    """Quantiles."""
    times = sorted(times)
    last = len(times) - 1
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    found = {name: round(times[min(last, int(len(times) * share))], 3) for name, share in shares.items()}
    return found | {"n": len(times)}


if __name__ == "__main__":
    main()
