"""Known to a profile: ``hot_function`` is where the time goes, ``allocator`` holds the memory, ``leak`` loses some.

``spent`` asks for more memory than either and gives it back at once.
``busy.py [SECONDS]``: works so long, says ``ready``, then goes on until it is ended.
"""

from __future__ import annotations

import sys
import time

kept: list[bytearray] = []


def hot_function(count: int) -> int:
    total = 0
    for number in range(count):
        total += number * number
    return total


def allocator() -> list[bytearray]:
    return [bytearray(1_000_000) for _ in range(12)]


def spent() -> None:
    for _ in range(40):
        bytearray(500_000)


def leak() -> None:
    kept.extend(bytearray(100_000) for _ in range(30))


def work(seconds: float) -> None:
    spent()
    held = allocator()
    leak()
    held.clear()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        hot_function(10_000)


if __name__ == "__main__":
    work(float(sys.argv[1]) if len(sys.argv) > 1 else 0.5)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
