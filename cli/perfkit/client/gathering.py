"""Reading an endless response: at once after a silence; where much comes, all that a span of time brought together.

A hundred events a second that are read one by one are a hundred wake-ups; read four times a second they are four, and
decoding many together is cheaper than one by one.
"""

from __future__ import annotations

import ssl
from mmap import mmap
from select import POLLIN, poll
from time import monotonic
from typing import TYPE_CHECKING, Final

from perfkit.client.chunks import Chunks

if TYPE_CHECKING:
    import socket
    from http.client import HTTPResponse

MOST: Final = 1 << 19  # bytes that are read together at most
_PIECE: Final = 1 << 17  # and what follows at once where that was not all: pieces that stay in a processor's cache
_NOTHING: Final = (BlockingIOError, ssl.SSLWantReadError)


class Gathering:
    """The body of a response whose headers were read; the socket's timeout is how long a silence may last.

    ``span``: seconds between two readings, in which what comes gathers; 0: none.
    """

    def __init__(self, sock: socket.socket, response: HTTPResponse) -> None:
        patience = sock.gettimeout()
        sock.settimeout(0)  # so that a reading ends where there is no more, without asking before each record
        self._sock = sock
        self._patience = None if patience is None else patience * 1000
        self._chunks = Chunks() if response.chunked else None
        self._left = response.length  # bytes, where the server said how many
        self._early = _early(response)
        self._buffer = memoryview(mmap(-1, MOST))  # only pages that were ever used take memory
        self._comes, self._ends = poll(), poll()
        self._comes.register(sock, POLLIN)
        self._ends.register(sock, 0)  # whatever comes, it waits on: until somebody hangs up
        self._due = 0.0  # no reading before
        self._most = MOST  # bytes of the next reading
        self.span = 0.0

    def read(self) -> bytes:
        """What has come, at least a byte; b"" at the end. Raises OSError, ValueError."""
        chunks = self._chunks
        if chunks is None:
            return self._plain()
        while not chunks.done:
            data = self._received()
            if not data:
                raise ConnectionResetError("the server hung up")
            if body := chunks.feed(data):
                return body
        return b""

    def _plain(self) -> bytes:
        if self._left == 0:
            return b""
        data = bytes(self._received())
        if self._left is not None:
            self._left -= len(data)
        return data

    def _received(self) -> bytes | memoryview:
        """Good until the next call; empty at the end."""
        if self._early:
            early, self._early = self._early, b""
            return early
        wait = self._due - monotonic() if self.span else 0.0
        if wait > 0:
            self._ends.poll(wait * 1000)
        while (size := self._take(0)) is None:
            if not self._comes.poll(self._patience):
                raise TimeoutError("timed out")
        if self.span:
            size += self._rest(size)
        return self._buffer[:size]

    def _rest(self, at: int) -> int:
        """Whatever else has come; where that is all of it, the next reading may wait."""
        size, most, self._most = at, self._most, _PIECE
        while size < most:
            more = self._take(size)
            if more is None:
                self._due, self._most = monotonic() + self.span, MOST
            if not more:
                break
            size += more
        return size - at

    def _take(self, at: int) -> int | None:
        """How many bytes there were, 0 at the end; None where there is nothing yet."""
        try:
            return self._sock.recv_into(self._buffer[at:])
        except _NOTHING:
            return None


def _early(response: HTTPResponse) -> bytes:
    """What came of the body together with the headers."""
    try:
        return bytes(response.fp.peek(1))
    except _NOTHING:
        return b""
