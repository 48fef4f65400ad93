"""The body of an HTTP/1.1 response in chunks (RFC 9112, 7.1), decoded as it comes.

The standard library gives at most one chunk a read, and an API server sends each event in one of its own: so many
events a second are so many reads. This takes whatever has come, many chunks or a part of one.
"""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,15}")
_LONGEST_SIZE: Final = 1 << 10  # bytes of a size line with its extensions, and of all trailers


class Chunks:
    """Feed it bytes, get bodies. ``done``: the last chunk has come."""

    def __init__(self) -> None:
        self._rest = b""  # of a size line that is not whole
        self._left = 0  # bytes of the current chunk, its line end included
        self.done = False

    def feed(self, data: bytes | memoryview) -> bytes:
        """What these bytes hold of the body. Raises ValueError: they are no chunks."""
        view = memoryview(self._rest + data if self._rest else data)
        at, parts = 0, []
        while not self.done:
            if self._left:
                at, part = self._body(view, at)
                parts.append(part)
                if self._left:
                    break
            line = bytes(view[at : at + _LONGEST_SIZE]).partition(b"\n")
            if not line[1]:
                break
            self._begin(line[0])
            at += len(line[0]) + 1
        self._rest = b"" if self.done else bytes(view[at:])
        if len(self._rest) >= _LONGEST_SIZE:
            raise ValueError("a chunk of the response does not begin with its size")
        return b"".join(parts)

    def _body(self, view: memoryview, at: int) -> tuple[int, memoryview]:
        """Where the chunk ends in ``view`` or ``view`` ends in it; what of the body lies before."""
        size = min(len(view) - at, self._left)
        body = view[at : at + min(size, max(0, self._left - 2))]
        self._left -= size
        return at + size, body

    def _begin(self, line: bytes) -> None:
        digits = line.partition(b";")[0].strip()
        if not _SIZE.fullmatch(digits):
            raise ValueError("a chunk of the response does not begin with its size")
        size = int(digits, 16)
        self.done = size == 0
        self._left = size + 2 if size else 0  # the line end after it
