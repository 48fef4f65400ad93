"""Holds N MB of touched memory for 50 ms and half a second after that none of it: spike.py N."""

import sys
import time

held = bytearray(b"\1") * (int(sys.argv[1]) * 1_000_000)
time.sleep(0.05)
del held
time.sleep(0.5)
