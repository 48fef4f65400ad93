"""What looking costs: ``python benchmarks/top.py [--seconds 20]``.

1. CPU of ``perfkit top PID`` with its sampler, as the view in 80 × 24 and 140 × 45, and as lines, over a program that
   computes a little and a child; beside it procps' ``top`` once a second over the same program, in the same terminal.
   Each is looked at when it has started.
2. A scrape of an exposition of 12,000 lines, of which a sixth is read, beside prometheus-client's parser over all.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time
import timeit
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from perfkit.measure.cpu import process_cpu
from perfkit.measure.live.endpoint import Endpoint
from perfkit.measure.live.exposition import Exposition

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED = 6.0  # seconds after which what starts has started
BUSY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
while True:
    end = time.process_time() + 0.005
    while time.process_time() < end: pass
    time.sleep(0.1)
"""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    print(f"load {os.getloadavg()[0]:.1f}")
    with subprocess.Popen([sys.executable, "-c", BUSY]) as program:
        try:
            _looking(str(program.pid), seconds)
        finally:
            program.kill()
    _scraping()


def _looking(pid: str, seconds: float) -> None:
    perfkit = [sys.executable, "-m", "perfkit", "top", pid]
    cases = {
        "view, 80 × 24": (perfkit, (80, 24)),
        "view, 140 × 45": (perfkit, (140, 45)),
        "lines": ([*perfkit, "-o", "table"], (80, 24)),
    }
    beside = _share(["top", "-d", "1", "-p", pid], (140, 45), seconds) if shutil.which("top") else None
    for name, (command, size) in cases.items():
        share = _share(command, size, seconds)
        ratio = f", {share / beside:.1f} × procps top -d 1" if beside else ""
        print(f"perfkit top, {name}: {share:.2%} of a core{ratio}")
    print(f"procps top -d 1: {beside:.2%} of a core" if beside else "procps top is not here")


def _share(command: list[str], size: tuple[int, int], seconds: float) -> float:
    """CPU of a program in a terminal and of its children, as a share of a core."""
    with _in_terminal(command, size) as pid:
        time.sleep(STARTED)
        began, before = time.monotonic(), _cpu(pid)
        time.sleep(seconds)
        return (_cpu(pid) - before) / (time.monotonic() - began)


def _cpu(pid: int) -> float:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        children = [int(each) for each in file.read().split()]
    return sum(process_cpu(each) or 0.0 for each in (pid, *children))


@contextmanager
def _in_terminal(command: list[str], size: tuple[int, int]) -> Iterator[int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as program:
        os.close(theirs)
        threading.Thread(target=_drain, args=(ours,), daemon=True).start()
        try:
            yield program.pid
        finally:
            program.terminate()


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 1 << 16):
            pass
    except OSError:
        return


def _scraping() -> None:
    text = _exposition()

    def ours() -> None:
        Endpoint().readings(Exposition(text), 1.0, 1.0)

    def whole() -> None:
        for family in text_string_to_metric_families(text):
            list(family.samples)

    quick, slow = (min(timeit.repeat(each, number=1, repeat=5)) for each in (ours, whole))
    print(
        f"a scrape of {text.count(chr(10)):,} lines, {len(text) / 1e6:.1f} MB: {quick * 1e3:.0f} ms of a second's pause"
    )
    print(f"prometheus-client's parser over all of it: {slow * 1e3:.0f} ms, {slow / quick:.1f} ×")


def _exposition() -> str:
    """Histograms of an API server, and those of its client."""
    lines = ["# TYPE apiserver_request_duration_seconds histogram"]
    for number in range(500):
        labels = f'component="apiserver",resource="r{number}",verb="LIST",scope="cluster",version="v1"'
        lines += [f'apiserver_request_duration_seconds_bucket{{{labels},le="{le}"}} {number}' for le in range(20)]
    lines.append("# TYPE workqueue_queue_duration_seconds histogram")
    for number in range(200):
        lines += [f'workqueue_queue_duration_seconds_bucket{{name="q{number}",le="{le}"}} {number}' for le in range(10)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
