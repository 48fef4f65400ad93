"""Reading an endless response: what came within a span of time is read at once.

A hundred events a second that are read one by one are a hundred wake-ups; read ten times a second they are ten, and
decoding many together is cheaper than one by one.
"""

from __future__ import annotations

import ssl
from select import POLLIN, poll
from threading import Event
from typing import TYPE_CHECKING, Final

from perfkit.client.chunks import Chunks

if TYPE_CHECKING:
    import socket
    from http.client import HTTPResponse

READ: Final = 1 << 16  # bytes; what one read asks for at most
_MOST: Final = 1 << 20  # bytes that are gathered at most


class Gathering:
    """The body of a response whose headers were read. ``span``: seconds in which what comes gathers, 0: none."""

    def __init__(self, sock: socket.socket, response: HTTPResponse) -> None:
        self._sock = sock
        self._chunks = Chunks() if response.chunked else None
        self._left = response.length  # bytes, where the server said how many
        self._early = _early(sock, response)
        self._stopping = Event()
        self._poll = poll()
        self._poll.register(sock, POLLIN)
        self.span = 0.0

    def stop(self) -> None:
        """Gather no longer. For any thread."""
        self._stopping.set()

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
        data = self._received()
        if self._left is not None:
            self._left -= len(data)
        return data

    def _received(self) -> bytes:
        if self._early:
            early, self._early = self._early, b""
            return early
        data = self._sock.recv(READ)
        if not self.span or not data:
            return data
        self._stopping.wait(self.span)
        parts, size = [data], len(data)
        while data and size < _MOST and self._waiting():  # at the end there is nothing; the next read finds that too
            data = self._sock.recv(READ)
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def _waiting(self) -> bool:
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        return bool(self._poll.poll(0))


def _early(sock: socket.socket, response: HTTPResponse) -> bytes:
    """What came of the body together with the headers; looking must not wait for more."""
    patience = sock.gettimeout()
    sock.settimeout(0)
    try:
        return bytes(response.fp.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return b""
    finally:
        sock.settimeout(patience)
