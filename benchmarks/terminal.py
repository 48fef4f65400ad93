"""Terminals: how late screen times are, what recording and looking cost, how quick the emulator is.

``python -m benchmarks.terminal``. Each figure stands beside one of something plain, measured in the same run: a bare
loop that reads a pseudo-terminal, and pyte.
"""

from __future__ import annotations

import os
import pty
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyte

from perfkit.model.scenario import TargetSpec, Terminal
from perfkit.targets.process import ProcessLauncher, RunningProcess
from perfkit.terminal.emulator import Emulator
from perfkit.terminal.recording import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAINT = Path(__file__).parent.parent / "tests" / "support" / "programs" / "paint.py"
SIZE = Terminal()
PAINTS, PAUSE = 300, 0.02
ROUNDS = 3
CHUNK = 4096


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        launcher = ProcessLauncher("benchmark")
        try:
            lateness(launcher, Path(folder))
            flood(launcher, Path(folder))
        finally:
            launcher.close()
    emulators()


def lateness(launcher: ProcessLauncher, folder: Path) -> None:
    """From a painter's own word to the time that its frame has."""
    ours: list[float] = []
    bare: list[float] = []
    looking = 0.0
    for number in range(ROUNDS):
        truth = folder / f"truth{number}"
        running = start(launcher, folder, "at_times", str(truth), str(PAINTS), str(PAUSE))
        before = time.process_time()
        running.wait_screen(f"frame {PAINTS - 1}$", 0, 60)
        looking += time.process_time() - before
        running.stop(5)
        ours += late([(chunk.ns, chunk.data) for chunk in Reader(folder / "recording")], truth)
        reads = bare_reads("at_times", str(folder / "bare"), str(PAINTS), str(PAUSE))
        bare += late(reads, folder / "bare")
    print(f"lateness of {len(ours)} paints    p50      p95      p99      max   within 5 ms")
    for name, values in (("perfkit", ours), ("a bare loop", bare)):
        ranks = " ".join(f"{1e3 * rank(values, share):5.2f} ms" for share in (0.5, 0.95, 0.99, 1.0))
        print(f"  {name:<20} {ranks}   {statistics.mean(value < 5e-3 for value in values):.1%}")
    seconds = ROUNDS * PAINTS * PAUSE
    print(f"following the screen at {1 / PAUSE:.0f} frames/s: {looking / seconds:.2%} of a core, in the engine")


def flood(launcher: ProcessLauncher, folder: Path) -> None:
    """How long a target takes to print 30 MB into a terminal that is recorded, and into one that is only read."""
    recorded, read = [], []
    for _ in range(ROUNDS):
        running = start(launcher, folder, "flood", "30")
        running.wait_exit(60)
        recorded.append(((running.exited_ns or 0) - running.started_ns) / 1e9)
        running.stop(5)
        began = time.monotonic()
        bare_reads("flood", "30")
        read.append(time.monotonic() - began)
    ours, bare = statistics.median(recorded), statistics.median(read)
    print(f"30 MB printed: recorded {ours:.2f} s, only read {bare:.2f} s: {ours / bare:.2f} ×")


def emulators() -> None:
    """Bytes a second, and how many times pyte's."""
    chance = random.Random(1)
    lines = "".join(f"line {n} of a log, about as long as they are in such programs\r\n" for n in range(9000))
    cells = "".join(
        f"\x1b[{chance.randint(1, 45)};{chance.randint(1, 99)}H\x1b[38;5;{chance.randint(0, 99)}mpod-{n} Running\x1b[m"
        for n in range(15000)
    )
    for name, text in (("log lines", lines), ("cells of a TUI", cells)):
        data = text.encode()
        ours, theirs = speed(Emulator(140, 45).feed, data), speed(pyte.ByteStream(pyte.Screen(140, 45)).feed, data)
        print(f"emulator, {name}: {ours / 1e6:.2f} MB/s, pyte {theirs / 1e6:.2f} MB/s: {ours / theirs:.1f} ×")


def start(launcher: ProcessLauncher, folder: Path, *arguments: str) -> RunningProcess:
    """A painter in a recorded terminal."""
    command = (sys.executable, "-I", "-S", str(PAINT), *arguments)
    target = TargetSpec(name="paint", program="paint", command=command, terminal=SIZE)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return launcher.start(target, home=home, kubeconfig="{}", output=folder / "recording", pattern="")


def bare_reads(*arguments: str) -> list[tuple[int, bytes]]:
    """What a loop that does nothing else read, and when (ns); until the last paint is there, or the painter ends."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, (sys.executable, "-I", "-S", str(PAINT), *arguments))
    reads: list[tuple[int, bytes]] = []
    while not reads or f"frame {PAINTS - 1}".encode() not in reads[-1][1]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        reads.append((time.monotonic_ns(), data))
    os.kill(pid, 15)
    os.waitpid(pid, 0)
    os.close(terminal)
    return reads


def late(reads: Sequence[tuple[int, bytes]], truth: Path) -> list[float]:
    """Seconds from the painter's word on each frame to the read that brought it."""
    told = [int(line) for line in truth.read_text().split()]
    seen = {int(number): ns for ns, data in reads for number in re.findall(rb"frame (\d+)", data)}
    return [(seen[number] - before) / 1e9 for number, before in enumerate(told)]


def speed(feed: Callable[[bytes], object], data: bytes) -> float:
    """Bytes a second of CPU time."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for at in range(0, len(data), CHUNK):
        feed(data[at : at + CHUNK])
    return len(data) / (resource.getrusage(resource.RUSAGE_SELF).ru_utime - before)


def rank(values: list[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


if __name__ == "__main__":
    main()
