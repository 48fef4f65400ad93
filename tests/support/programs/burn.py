"""A target that uses a known amount of CPU and ends: ``burn.py SECONDS [hang]``; with ``hang`` it never ends."""

import sys
import time

while time.process_time() < float(sys.argv[1]):
    pass
if "hang" in sys.argv:
    time.sleep(3600)
