"""What a target prints: kept within bounds, and searched for a line."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

HEAD: Final = 1 << 20  # bytes of output kept from its beginning
TAIL: Final = 64 << 10  # bytes kept from its end
LINE: Final = 64 << 10  # bytes of a line that are compared with the pattern


class Tail:
    """The last TAIL bytes of a stream; cut seldom, since a flood comes in very many pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self._held += data
        if len(self._held) > 8 * TAIL:
            del self._held[:-TAIL]

    def last(self, size: int = TAIL) -> bytes:
        """The last ``size`` bytes, at most TAIL."""
        return bytes(self._held[-size:])


class Output:
    """What a target prints: kept up to HEAD bytes from its beginning and TAIL bytes from its end.

    A file that can't be written is no reason to disturb the target: ``error`` says so at the end.
    """

    def __init__(self, path: str) -> None:
        self.total = 0
        self.error = ""
        self.tail = Tail()
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            self.error = os.strerror(error.errno or 0)

    @property
    def omitted(self) -> int:
        """Bytes that are in no file: those between head and tail."""
        return max(0, self.total - HEAD - TAIL)

    def feed(self, data: bytes) -> None:
        """Take what was printed next."""
        room = HEAD - self.total
        if room > 0:
            self._write(data[:room])
        self.total += len(data)
        self.tail.feed(data)

    def close(self) -> None:
        """Append the tail, and before it how much was left out."""
        rest = min(self.total - HEAD, TAIL)
        if rest > 0:
            if self.omitted:
                self._write(b"\n[perfkit: %d bytes left out]\n" % self.omitted)
            self._write(self.tail.last(rest))
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, data: bytes) -> None:
        while data and self._file is not None:
            try:
                data = data[os.write(self._file, data) :]
            except OSError as error:  # a full disk
                self.error = os.strerror(error.errno or 0)
                os.close(self._file)
                self._file = None


class Pattern:
    """Looks for a line that matches; of a longer line only its first LINE bytes are looked at."""

    def __init__(self, expression: str) -> None:
        self._expression = re.compile(expression)
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Take what was printed next; whether one of the lines completed by it matches."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LINE]
        return any(self._matches(line[:LINE]) for line in lines)

    def end(self) -> bool:
        """The output ended: whether its last line, without an end of line, matches."""
        return self._matches(self._rest)

    def _matches(self, line: bytes) -> bool:
        return self._expression.search(line.removesuffix(b"\r").decode(errors="replace")) is not None
