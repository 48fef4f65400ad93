"""What the launcher costs, against a bare ``subprocess.run`` in the same run: ``python benchmarks/launcher.py``.

Starts of ``true`` are interleaved; medians and their ratio are printed, then what the launcher uses while it waits, and
how well it counts a tree whose truth is known.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.measure.cpu import process_cpu
from perfkit.model.scenario import TargetSpec
from perfkit.targets.process import ProcessLauncher

if TYPE_CHECKING:
    from collections.abc import Callable

TREE = Path(__file__).parent.parent / "tests" / "support" / "programs" / "tree.py"
IDLE = 5.0  # seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        launcher = ProcessLauncher("benchmark")
        bench = Bench(launcher, Path(folder))
        bench.run("true")  # the first one waits for the launcher itself
        _starts(bench, rounds)
        _idle(launcher)
        _count(bench, Path(folder) / "truth")
        launcher.close()


class Bench:
    """Starts programs through a launcher."""

    def __init__(self, launcher: ProcessLauncher, folder: Path) -> None:
        self.launcher = launcher
        self._home = folder / "home"
        self._output = folder / "output"

    def run(self, *command: str) -> tuple[float, float]:
        """Start, wait, end: seconds from exec to exit as told, and CPU seconds."""
        target = TargetSpec(name="bench", program=command[0], command=command)
        running = self.launcher.start(target, home=self._home, kubeconfig="", output=self._output, pattern="")
        ended = running.wait_exit(60.0)
        assert ended is not None
        return (ended - running.started_ns) / 1e9, running.stop(1.0).cpu_seconds


def _starts(bench: Bench, rounds: int) -> None:
    bare: list[float] = []
    whole: list[float] = []
    told: list[float] = []
    cpu = bench.launcher.cpu()
    for _ in range(rounds):
        bare.append(_timed(lambda: subprocess.run(["true"], check=True)))
        whole.append(_timed(lambda: told.append(bench.run("true")[0])))
    each = (bench.launcher.cpu() - cpu) / rounds
    base = statistics.median(bare)
    print(f"{rounds} starts of true, median")
    for name, values in (
        ("subprocess.run", bare),
        ("launcher, start to reaped", whole),
        ("  exec to exit, as told", told),
    ):
        median = statistics.median(values)
        print(f"  {name:28} {median * 1e3:7.2f} ms {median / base:7.2f} ×")
    print(f"  {'CPU of the launcher a start':28} {each * 1e3:7.2f} ms")


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _idle(launcher: ProcessLauncher) -> None:
    before = process_cpu(launcher.pid) or 0.0
    time.sleep(IDLE)
    used = (process_cpu(launcher.pid) or 0.0) - before
    status = Path(f"/proc/{launcher.pid}/status")
    print(f"idle: {used / IDLE:.4%} of a core", end="")
    if status.exists() and (match := re.search(r"VmRSS:\s+(\d+) kB", status.read_text())):
        print(f", {int(match[1]) / 1024:.1f} MiB resident")


def _count(bench: Bench, truth: Path) -> None:
    _, counted = bench.run(sys.executable, "-I", "-S", str(TREE), str(truth))
    told = sum(int(line) for line in truth.read_text().split()) / 1e9
    source = bench.launcher.sources()["cpu.seconds"]
    print(f"50 children and a daemon that count {told:.3f} s themselves: {counted / told - 1:+.2%} by {source}")


if __name__ == "__main__":
    main()
