"""Two threads and a child that each sleep COUNT times and then stay: naps.py COUNT."""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import os
import sys
import threading
import time


def nap() -> None:
    for _ in range(int(sys.argv[1])):
        time.sleep(0.0001)


def nap_and_stay(rested: threading.Barrier) -> None:
    nap()
    rested.wait()
    time.sleep(60)


asleep, awake = os.pipe()
if os.fork() == 0:
    nap()
    os.write(awake, b"rested")
    time.sleep(60)
    os._exit(0)
barrier = threading.Barrier(3)
for _ in range(2):
    threading.Thread(target=nap_and_stay, args=(barrier,), daemon=True).start()
barrier.wait()
os.read(asleep, 6)
print("ready", flush=True)
time.sleep(60)
