"""A target in a terminal that paints as told: paint.py BEHAVIOUR [ARGUMENT …]. It tells times in CLOCK_MONOTONIC ns."""

# ruff: noqa: PTH123 - a program: it prints, and loads no more than it needs

import os
import random
import signal
import sys
import termios
import time
import tty


def write(text: str) -> None:
    os.write(1, text.encode())


def hang() -> None:
    while True:
        signal.pause()


def at_times(truth: str, count: str, pause: str) -> None:
    """Paint a number every ``pause`` seconds; tell when, right before each write."""
    with open(truth, "w") as file:
        for number in range(int(count)):
            time.sleep(float(pause))
            file.write(f"{time.monotonic_ns()}\n")
            file.flush()
            write(f"\x1b[H\x1b[2Jframe {number}")
    hang()


def echo(delay: str, truth: str) -> None:
    """Show each key ``delay`` seconds after it came, and tell when that was; end on q."""
    tty.setraw(0)
    write("\x1b[?1049h\x1b[Hready")
    with open(truth, "w") as file:
        number = 0
        while (key := os.read(0, 100)) != b"q":
            time.sleep(float(delay))
            number += 1
            file.write(f"{time.monotonic_ns()}\n")
            file.flush()
            write(f"\x1b[2;1H\x1b[Kkey {number}: {key!r}")
    write("\x1b[?1049l")


def size() -> None:
    """Show the size of the terminal, now and whenever it changes."""

    def show(_number: int, _frame: object) -> None:
        columns, rows = os.get_terminal_size(0)
        write(f"\x1b[H\x1b[2J{columns} by {rows}, of {os.environ['TERM']}\x1b[{rows};{columns}H#")

    signal.signal(signal.SIGWINCH, show)
    show(0, None)
    hang()


def garbage(count: str) -> None:
    """Print ``count`` bytes that mean nothing, then repair the terminal and say so."""
    chance = random.Random(1)
    for _ in range(int(count) // 1000):
        os.write(1, chance.randbytes(500) + b"\x1b" + chance.randbytes(499))
    write("\x18\x1b\\\x1bc\x1b[2Jrepaired")
    hang()


def flood(megabytes: str) -> None:
    """Print so much, and end."""
    line = b"".join(b"line %07d of a lot of output that nobody will ever read\r\n" % n for n in range(16_000))
    left = int(megabytes) * 1_000_000
    while left > 0:
        left -= os.write(1, line[:left])
    write("\x1b[2J\x1b[Hthe end")


def ask() -> None:
    """Ask the terminal what it is, as programs do, and show what it says."""
    tty.setraw(0)
    heard = []
    for question in ("\x1b[c", "\x1b[6n", "\x1b]11;?\x07", "\x1b[?2026$p", "\x1b[18t"):
        write(question)
        heard.append(os.read(0, 100))
    write(f"heard {b' '.join(heard)!r}")
    hang()


def names_of_keys() -> None:
    """Show the name of each key, as a library that goes by the description of the terminal knows it."""
    import curses

    def show(screen: curses.window) -> None:
        screen.addstr("ready")
        while True:
            screen.refresh()
            screen.addstr(f" {curses.keyname(screen.getch()).decode()}")

    curses.wrapper(show)


def log_on_signal() -> None:
    """Say so on each SIGUSR1, and for each line of input."""
    signal.signal(signal.SIGUSR1, lambda *_: write("caught\n"))
    write("listening\n")
    while line := sys.stdin.readline():
        write(f"read {line}")


def controlling() -> None:
    """Say whether this is the leader of a session in the terminal's foreground."""
    own = os.getpid()
    where = termios.tcgetattr(0)[3] & termios.ECHO
    write(f"leader {os.getsid(0) == own}, foreground {os.tcgetpgrp(0) == own}, echo {bool(where)}\n")
    hang()


BEHAVIOURS = (at_times, echo, size, garbage, flood, ask, names_of_keys, log_on_signal, controlling, hang)

if __name__ == "__main__":
    {each.__name__: each for each in BEHAVIOURS}[sys.argv[1]](*sys.argv[2:])
