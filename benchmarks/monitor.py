"""What watching itself costs a program: ``python benchmarks/monitor.py [--seconds 10] [--pairs 8]``.

1. Importing ``perfkit.client`` and ``perfkit.monitor``, beside a bare interpreter.
2. CPU and memory of a program (an asyncio client's day: 50 requests, 10 operations and 200 events a second, 100 tasks)
   with the monitor, and with its metrics told to Prometheus once a second as well, against the same program without:
   adjacent starts in random order.
3. What one call of each kind costs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import timeit

from perfkit.monitor import Monitor

PROGRAM = """
import asyncio, contextlib, json, resource, sys, time
seconds, watched, scraped = float(sys.argv[1]), sys.argv[2] != "alone", sys.argv[2] == "scraped"
import msgspec, perfkit.client
BODY = json.dumps({"items": [{"metadata": {"name": f"p{i}"}, "spec": {"n": i}} for i in range(200)]}).encode()
if watched:
    from perfkit.monitor import Monitor, Options
    monitor = Monitor()
async def work():
    idle = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(100)]
    begun = time.monotonic()
    for turn in range(int(seconds * 10)):
        with monitor.operation("refresh", turn=turn) if watched else contextlib.nullcontext():
            for verb in ("get", "get", "get", "list", "patch"):
                call = monitor.call(verb, "pods") if watched else None
                await asyncio.sleep(0)
                if call: call.answered(200)
                await asyncio.sleep(0)
                if call: call.received(len(BODY))
                msgspec.json.decode(BODY)
                if call: call.end()
        for _ in range(20):
            if watched: monitor.watching("pods").heard(1)
        if watched: monitor.cache("objects").hit()
        if scraped and turn % 10 == 0: monitor.exposed()
        await asyncio.sleep(max(0, begun + (turn + 1) / 10 - time.monotonic()))
async def main():
    if watched:
        async with monitor: await work()
    else:
        await work()
before = time.process_time()
asyncio.run(main())
cpu = time.process_time() - before
status = open("/proc/self/status").read()
print(json.dumps({"cpu": cpu / seconds, "peak": int(status.split("VmHWM:")[1].split()[0]) * 1024}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--pairs", type=int, default=8)
    arguments = parser.parse_args()
    imports()
    program(arguments.seconds, arguments.pairs)
    calls()


def imports() -> None:
    """Wall and CPU seconds of starting Python, with and without imports; the best of 20 each."""
    took = {code: _best(code) for code in ("pass", "import perfkit.client", "import perfkit.client, perfkit.monitor")}
    bare_wall, bare_cpu = took.pop("pass")
    print(f"bare interpreter: {bare_wall:.3f} s, CPU {bare_cpu:.3f} s")
    for code, (wall, cpu) in took.items():
        print(f"{code}: +{wall - bare_wall:.3f} s, CPU +{cpu - bare_cpu:.3f} s (ratio {cpu / bare_cpu:.1f})")


def _best(code: str) -> tuple[float, float]:
    walls, cpus = zip(*(_start(code) for _ in range(20)), strict=True)
    return min(walls), min(cpus)


def _start(code: str) -> tuple[float, float]:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def program(seconds: float, pairs: int) -> None:
    """With against without."""
    source = random.Random(1)
    seen: dict[str, list[dict[str, float]]] = {"alone": [], "watched": [], "scraped": []}
    for _ in range(pairs):
        for kind in source.sample(sorted(seen), len(seen)):
            command = [sys.executable, "-c", PROGRAM, str(seconds), kind]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seen[kind].append(json.loads(done.stdout))
    for name, unit, factor in (("cpu", "% of a core", 100.0), ("peak", "MB", 1e-6)):
        alone = statistics.median(each[name] for each in seen["alone"]) * factor
        for kind in ("watched", "scraped"):
            more = statistics.median(
                (with_it[name] - without[name]) * factor
                for with_it, without in zip(seen[kind], seen["alone"], strict=True)
            )
            print(f"{name}: {alone:.2f} alone, {kind} +{more:.2f} {unit}, ratio {(alone + more) / alone:.3f}")


def calls() -> None:
    """Microseconds of one use of each."""
    with Monitor() as monitor:

        def call() -> None:
            with monitor.call("get", "pods") as each:
                each.answered(200)
                each.received(100)

        def operation() -> None:
            with monitor.operation("list", namespace="default"):
                pass

        def component() -> None:
            with monitor.component("ingest"):
                pass

        uses = {
            "call": call,
            "operation": operation,
            "component": component,
            "cache hit": monitor.cache("c").hit,
            "watch event": lambda: monitor.watching("pods").heard(1),
            "snapshot": monitor.snapshot,
        }
        for name, use in uses.items():
            print(f"{name}: {min(timeit.repeat(use, number=2_000, repeat=5)) / 2_000 * 1e6:.1f} µs")


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    main()
