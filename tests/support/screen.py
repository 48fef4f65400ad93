"""A program in a terminal of its own: what its screen shows, and keys for it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROWS, COLUMNS = 40, 180
TIMEOUT = 30.0  # seconds


class Screen:
    """The screen of a running program."""

    def __init__(self, terminal: int, columns: int, rows: int) -> None:
        self._terminal = terminal
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What it shows now, row by row."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def until(self, pattern: str) -> str:
        """Read on until the screen matches; what it shows then."""
        end = time.monotonic() + TIMEOUT
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self._terminal], [], [], max(end - time.monotonic(), 0))
            assert ready, f"{pattern!r} is not on the screen:\n{self.text}"
            try:
                self._stream.feed(os.read(self._terminal, 1 << 16))
            except OSError as error:  # how Linux says that nobody has the other end any more
                raise AssertionError(f"it ended before {pattern!r} was on the screen:\n{self.text}") from error
        return self.text


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], *, columns: int = COLUMNS, rows: int = ROWS
) -> Iterator[Screen]:
    """A program in a terminal; it is killed at the end."""
    sizeless = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}  # of xdist
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    try:
        with subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=sizeless,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - it is /dev/tty, too
        ) as program:
            os.close(theirs)
            try:
                yield Screen(ours, columns, rows)
            finally:
                program.kill()
    finally:
        os.close(ours)
