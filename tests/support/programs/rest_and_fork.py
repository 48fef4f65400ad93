"""Sleeps; at SIGUSR1 it forks a child, and both sleep from then on."""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import os
import signal
import time


def fork(_number: int, _frame: object) -> None:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    print("forked", flush=True)


signal.signal(signal.SIGUSR1, fork)
print("ready", flush=True)
while True:
    signal.pause()
