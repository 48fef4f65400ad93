"""A TLS connection as a plain socket, so that another TLS can be spoken within it.

Python's ``ssl`` wraps sockets of the system alone. So one end of a socket pair stands for the connection, and a thread
carries bytes between the other end and it: whoever has the socket, reads, waits and cancels as on any other.
"""

from __future__ import annotations

import socket
import ssl
import threading
from select import POLLIN, POLLOUT, poll
from typing import Final

_BLOCK: Final = 1 << 16  # bytes
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def plain(secured: ssl.SSLSocket) -> socket.socket:
    """A socket on whose other end is what is at the other end of ``secured``, which is its own from now on."""
    near, far = socket.socketpair()
    near.settimeout(secured.gettimeout())
    threading.Thread(target=_carry, args=(far, secured), name="perfkit-proxy", daemon=True).start()
    return near


def _carry(far: socket.socket, secured: ssl.SSLSocket) -> None:
    """Until one side ends; then both do."""
    with far, secured:
        far.settimeout(0)
        secured.settimeout(0)
        up, down = _Way(far, secured), _Way(secured, far)
        try:
            while not (up.ended or down.ended):
                if not (up.move() | down.move()):
                    _wait(up, down)
        except OSError:
            return


class _Way:
    """One direction: what was read and is not yet written."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source, self.sink = source, sink
        self.waiting = b""
        self.ended = False

    def move(self) -> bool:
        """Read or write what can be at once; whether that was anything. Raises OSError."""
        try:
            if not self.waiting:
                self.waiting = self.source.recv(_BLOCK)
                self.ended = not self.waiting
            if self.waiting:
                self.waiting = self.waiting[self.sink.send(self.waiting) :]
        except _NOT_NOW:
            return False
        return True


def _wait(*ways: _Way) -> None:
    waited = poll()
    wanted: dict[socket.socket, int] = {}
    for way in ways:
        sock, event = (way.sink, POLLOUT) if way.waiting else (way.source, POLLIN)
        wanted[sock] = wanted.get(sock, 0) | event
    for sock, events in wanted.items():
        waited.register(sock, events)
    waited.poll()
