"""Reading what a program prints, line by line, never waiting for ever."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

TIMEOUT = 60.0


class Lines:
    """The lines a program prints. It is read all the time, so it never waits for us."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> str:
        """The next line; fails with what went wrong when the program ended or says nothing."""
        line = self._lines.get(timeout=TIMEOUT)
        if line is None:
            assert self._program.stderr is not None
            raise AssertionError(f"it ended: {self._program.stderr.read()[-2000:]}")
        return line

    def until(self, wanted: str) -> None:
        """Read up to a line."""
        while self.next() != wanted:
            pass

    def _read(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)
