"""Holds so many MB of touched memory for a moment for each line "N" of its standard input, and says so when it is over.

Prints "ready" when it listens.
"""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import sys

print("ready", flush=True)
for line in sys.stdin:
    held = bytearray(b"\1") * (int(line) * 1_000_000)
    del held
    print("over", flush=True)
