"""Leaks RATE bytes a second by the clock, for SECONDS, and ends: leak.py RATE SECONDS. Says "ready" when it begins.

What it holds beside that it takes and gives back, so that a heap in use is no leak.
"""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import sys
import time

PAGE = 4096
rate, seconds = float(sys.argv[1]), float(sys.argv[2])
held: list[bytearray] = []
begun = time.monotonic()
print("ready", flush=True)
while (spent := time.monotonic() - begun) < seconds:
    while len(held) * 16 * PAGE < rate * spent:
        held.append(bytearray(b"\1") * (16 * PAGE))
    used = bytearray(b"\1") * (64 * PAGE)
    del used
    time.sleep(0.01)
