"""What looking costs, the looker and the looked-at: ``python benchmarks/sampler.py [--seconds 10] [--pairs 30]``.

1. CPU of the sampler on a tree of 10 processes at 50 Hz, quiet ones and such as wake up 100 times a second each, beside
   a psutil sampler of the same tree and rate.
2. CPU of a target (starting Python with a few imports, reading a list) with the sampler against without, in adjacent
   pairs in random order: the median ratio and its 99 % interval.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from math import expm1, log
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from perfkit.measure.cpu import process_cpu
from perfkit.measure.sampling import Sampler
from perfkit.model.scenario import TargetSpec
from perfkit.statistics.interval import paired_shift
from perfkit.targets.process import ProcessLauncher

if TYPE_CHECKING:
    from perfkit.targets.process import RunningProcess

HERDS = {
    "quiet": "import subprocess, sys, time; [subprocess.Popen(['sleep', '600']) for _ in range(9)]; time.sleep(600)",
    "awake": "import os, time; any(os.fork() == 0 for _ in range(9)); [time.sleep(0.01) for _ in range(60_000)]",
}
WORK = "import json, email, http.client; x = json.loads(json.dumps([{'a': i} for i in range(200_000)]))"
PSUTIL = """
import psutil, sys, time
root, until = psutil.Process(int(sys.argv[1])), time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    for process in root.children(recursive=True):
        with process.oneshot():
            process.cpu_times(), process.memory_info(), process.num_threads()
    time.sleep(0.02)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--pairs", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            for herd in HERDS:
                bench.cost(herd, arguments.seconds)
            bench.effect(arguments.pairs)
        finally:
            bench.close()


class Bench:
    """A launcher and a sampler of what it starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._launcher = ProcessLauncher("benchmark")
        self._sampler = Sampler(self._launcher.pid, folder)

    def close(self) -> None:
        """End both."""
        self._sampler.close()
        self._launcher.close()

    def cost(self, herd: str, seconds: float) -> None:
        """The looker's CPU, ours and psutil's, one after the other on one tree."""
        running = self._start(HERDS[herd])
        time.sleep(1.0)  # until the herd is complete
        self._sampler.start(self._folder / "samples.csv", None)
        time.sleep(seconds)
        ours = self._sampler.stop() / seconds
        command = [sys.executable, "-c", PSUTIL, str(self._launcher.pid), str(seconds)]
        with subprocess.Popen(command) as other:
            time.sleep(seconds * 0.9)
            theirs = (process_cpu(other.pid) or 0.0) / (seconds * 0.9)
        running.stop(1.0)
        ratio = theirs / ours
        print(f"a tree of 10, {herd}, at 50 Hz: sampler {ours:.2%} of a core, psutil {theirs:.2%} ({ratio:.1f} x)")

    def effect(self, pairs: int) -> None:
        """The looked-at's CPU with and without."""
        source = random.Random(1)
        alone, sampled = [], []
        for _ in range(pairs):
            took = {looked: self._work(looked=looked) for looked in source.sample((False, True), 2)}
            alone.append(log(took[False]))
            sampled.append(log(took[True]))
        shift = paired_shift(alone, sampled)
        interval = shift.interval(0.01)
        change, low, high = (expm1(value) for value in (shift.estimate, interval.low, interval.high))
        print(f"CPU of the target, sampled against not: {change:+.2%} ({low:+.2%} … {high:+.2%}), {pairs} pairs")

    def _work(self, *, looked: bool) -> float:
        if looked:
            self._sampler.start(self._folder / "samples.csv", None)
        running = self._start(WORK)
        running.wait_exit(60.0)
        used = running.stop(1.0).cpu_seconds
        if looked:
            self._sampler.stop()
        return used

    def _start(self, code: str) -> RunningProcess:
        target = TargetSpec(name="bench", program="python", command=(sys.executable, "-c", code))
        return self._launcher.start(
            target, home=self._folder / "home", kubeconfig="", output=self._folder / "output", pattern=""
        )


if __name__ == "__main__":
    print(f"psutil {psutil.__version__}, load {os.getloadavg()[0]:.1f}")
    main()
