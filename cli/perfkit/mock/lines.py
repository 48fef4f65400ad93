"""A file of lines that costs its writer little: they are gathered and written in large pieces, or after a moment."""

from __future__ import annotations

import asyncio
import contextlib
from io import FileIO
from typing import TYPE_CHECKING

from perfkit.model.requests import turned

if TYPE_CHECKING:
    from pathlib import Path

_BUFFER = 256 * 1024
FOLLOWED = 0.1  # seconds after which a line can be read by somebody who follows the file


class Lines:
    """A file of whole lines. A failure to write is kept for ``flush``, since no request must fail by it."""

    def __init__(self, path: Path) -> None:
        """Begin the file anew. Raises OSError."""
        self._path = path
        self._file = FileIO(path, "wb")
        self._waiting = bytearray()
        self._failure: OSError | None = None

    def add(self, line: bytes) -> None:
        """Have a line written, sooner or later."""
        self._waiting += line
        if len(self._waiting) > _BUFFER:
            self._write()

    def flush(self) -> None:
        """Write all out. Raises OSError, also for a line that could not be written earlier."""
        self._write()
        if self._failure is not None:
            raise self._failure

    def clear(self) -> None:
        """Begin anew. Raises OSError."""
        self._failure = None
        self._waiting.clear()
        self._file.truncate(0)
        self._file.seek(0)

    def close(self) -> None:
        """Let go of the file; what was not flushed is lost."""
        self._file.close()

    def _write(self) -> None:
        whole = self._file.tell()
        try:
            while self._waiting:
                del self._waiting[: self._file.write(self._waiting)]
        except OSError as error:  # of a full disk there may be room again: later lines are tried all the same
            self._failure = self._failure or error
            self._waiting.clear()
            with contextlib.suppress(OSError):  # where it is no file on a disk
                self._file.truncate(whole)
                self._file.seek(whole)


class FollowedLines(Lines):
    """Lines that a person may follow for days: each is there after a moment, and the file never grows beyond a size.

    A full file is renamed to ``NAME.1``, over the one that had the name; so between one and two sizes are kept.
    """

    def __init__(self, path: Path, largest: int) -> None:
        super().__init__(path)
        self._largest = largest
        self._due: asyncio.TimerHandle | None = None

    def add(self, line: bytes) -> None:
        """Have a line written within a moment."""
        super().add(line)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(FOLLOWED, self._write)

    def clear(self) -> None:
        """Begin anew, also what was renamed. Raises OSError."""
        super().clear()
        turned(self._path).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        if self._due is not None:
            self._due.cancel()
        super().close()

    def _write(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        super()._write()
        if self._file.tell() > self._largest:
            self._turn()

    def _turn(self) -> None:
        try:
            self._path.replace(turned(self._path))
            full, self._file = self._file, FileIO(self._path, "wb")
            full.close()
        except OSError as error:
            self._failure = self._failure or error
