"""Five threads, of which one, named burner, burns SECONDS of CPU, and 20 open files: threads.py SECONDS."""

# ruff: noqa: T201, PTH123, SIM115 - a program: it prints, and its files stay open

import ctypes
import os
import sys
import threading
import time

PR_SET_NAME = 15


def burn() -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"burner", 0, 0, 0)
    while time.thread_time() < float(sys.argv[1]):
        pass
    print("ready", flush=True)
    time.sleep(60)


files = [open(os.devnull) for _ in range(20)]
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
threading.Thread(target=burn, daemon=True).start()
time.sleep(60)
