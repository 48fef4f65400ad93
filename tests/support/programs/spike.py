"""Holds N MB of touched memory for 50 ms and half a second after that none of it: spike.py N.

Prints the peak that the kernel counts for it, in KiB.
"""

# ruff: noqa: PTH123, T201 - a program: it prints, and loads no more than it needs

import sys
import time

held = bytearray(b"\1") * (int(sys.argv[1]) * 1_000_000)
time.sleep(0.05)
del held
time.sleep(0.5)
with open("/proc/self/status") as file:
    print(next(line.split()[1] for line in file if line.startswith("VmHWM")), flush=True)
