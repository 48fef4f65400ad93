"""Watches itself, and keeps each ``Leaked`` that it makes: ``leaky.py [SECONDS]``."""

from __future__ import annotations

import sys
import time

from perfkit.monitor import Monitor


class Leaked:
    pass


class Given:
    pass


kept: list[Leaked] = []

with Monitor():
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        Given()
        kept.append(Leaked())
        time.sleep(0.001)
