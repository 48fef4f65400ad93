"""A target that behaves as told: behave.py BEHAVIOUR [ARGUMENT]."""

# ruff: noqa: PTH109, PTH123, T201 - a program: it prints, and loads no more than it needs

import os
import signal
import sys
import time


def ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def daemonise() -> None:
    """Leave a daemon in a session of its own that ignores SIGTERM and keeps nothing of what we have open."""
    arrived, ready = os.pipe()
    if os.fork() == 0:
        os.setsid()
        ignore_sigterm()
        if os.fork() == 0:
            os.closerange(0, 3)
            os.write(ready, b".")
            hang()
        os._exit(0)
    os.read(arrived, 1)


def hang() -> None:
    while True:
        signal.pause()


def ready_and_hang() -> None:
    print("ready", flush=True)
    hang()


def fail(status: str) -> None:
    print("it went wrong", file=sys.stderr)
    sys.exit(int(status))


def stubborn() -> None:
    ignore_sigterm()
    ready_and_hang()


def polite(path: str) -> None:
    """On each SIGTERM append to a file; end on the first."""

    def note(_number: int, _frame: object) -> None:
        with open(path, "a") as file:
            file.write("SIGTERM\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, note)
    ready_and_hang()


def daemons(count: str) -> None:
    for _ in range(int(count)):
        daemonise()
    ready_and_hang()


def daemons_left(count: str) -> None:
    for _ in range(int(count)):
        daemonise()


def flood(size: str) -> None:
    line = b"x" * 99 + b"\n"
    chunk = line * 1000
    for _ in range(int(size) // len(chunk)):
        os.write(1, chunk)
    os.write(1, b"the last line\n")


def endless_line() -> None:
    while True:
        os.write(1, b"y" * 65536)


def close_output() -> None:
    print("before", flush=True)
    os.close(1)
    os.close(2)
    hang()


def environment() -> None:
    for name, value in sorted(os.environ.items()):
        print(f"{name}={value}")
    print(f"cwd={os.getcwd()}")
    print(f"stdin={os.read(0, 10)!r}")
    print(f"session={os.getsid(0) == os.getpid()}")


def lines(delay: str) -> None:
    for word in ("starting", "synced", "going on"):
        print(word, flush=True)
        time.sleep(float(delay))
    hang()


def unterminated() -> None:
    os.write(1, b"starting\nsynced")


def wait_for_orphan() -> None:
    """End when an orphaned grandchild has gone, as a service manager sees that: by its process id."""
    told, telling = os.pipe()
    if os.fork() == 0:
        pid = os.fork()
        if pid:
            os.write(telling, b"%d" % pid)
        os._exit(0)
    os.wait()
    pid = int(os.read(told, 20))
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)


globals()[sys.argv[1]](*sys.argv[2:])
