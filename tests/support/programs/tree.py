"""Burns a known amount of CPU in 50 short children and a double-forked daemon: tree.py TRUTH.

Each process appends the CPU time it counted itself, in ns, to the file TRUTH right before it ends; the root says
"done" when all but itself have, and ends.
"""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import os
import sys
import time

CHILDREN = 50
CHILD_NS = 20_000_000
DAEMON_NS = 300_000_000


def burn(until_ns: int) -> None:
    while time.process_time_ns() < until_ns:
        pass


def tell(truth: int) -> None:
    os.write(truth, b"%d\n" % time.process_time_ns())


def burn_in_child(truth: int, ns: int) -> None:
    if os.fork() == 0:
        burn(ns)
        tell(truth)
        os._exit(0)


def main() -> None:
    truth = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    finished, working = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.setsid()
        burn_in_child(truth, DAEMON_NS)  # it inherits the pipe's end; its parent goes at once
        tell(truth)
        os._exit(0)
    os.waitpid(parent, 0)
    os.close(working)
    for _ in range(CHILDREN):
        burn_in_child(truth, CHILD_NS)
        os.wait()
    while os.read(finished, 1):
        pass
    print("done", flush=True)
    tell(truth)
    os._exit(0)


main()
