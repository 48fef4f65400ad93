"""One direction of a relayed connection: bytes from one socket, through the model, to the other."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from perfkit.network.edges import Edge, EdgeLog
    from perfkit.network.flow import Flow

READ = 1 << 18  # bytes at once, and room for as many is what is waited for
UNLIMITED = 1 << 62


class Stream:
    """Holds the bytes that are under way; the flow says when they may be written. ``limit``: bytes it lets through."""

    def __init__(self, flow: Flow, number: int, edges: tuple[Edge, Edge], log: EdgeLog) -> None:
        self.flow = flow
        self.limit = UNLIMITED
        self.read = 0
        self.written = 0
        self.finished = False  # the source has ended
        self.closed = False  # the sink was told so
        self.blocked = False  # the sink takes no more at present
        self._number = number
        self._entry, self._exit = edges
        self._log = log
        self._chunks: deque[memoryview] = deque()
        self.overheard: Callable[[int, bytes], None] | None = None  # is told of all that is read

    @property
    def hungry(self) -> bool:
        """Whether it would read now."""
        return not self.finished and self.flow.appetite() >= READ

    @property
    def waiting(self) -> bool:
        """Whether bytes have arrived that the sink has not taken."""
        return self.written < min(self.flow.delivered, self.limit)

    def fill(self, now: int, source: socket.socket) -> None:
        """Read ahead: the model takes of it in its own time. Raises OSError when the source is broken."""
        if not self.hungry:
            return
        try:
            data = source.recv(READ)
        except BlockingIOError:
            return
        if not data:
            self.end(now)
            return
        self._chunks.append(memoryview(data))
        self.read += len(data)
        if self.overheard is not None:
            self.overheard(now, data)
        self._log.add(now, self.read, self._number, self._entry)
        self.flow.offer(now, len(data))

    def end(self, now: int) -> None:
        """No more comes: tell the far end, behind all that is under way."""
        if not self.finished:
            self.finished = True
            self.flow.finish(now)

    def drain(self, now: int, sink: socket.socket) -> None:
        """Write what has arrived. Raises OSError when the sink is broken."""
        before = self.written
        self.blocked = False
        while (left := min(self.flow.delivered, self.limit) - self.written) > 0:
            piece = self._chunks[0][:left]
            try:
                sent = sink.send(piece)
            except BlockingIOError:
                self.blocked = True
                break
            self._strike(sent)
        if self.written > before:
            self.flow.consume(now, self.written)
            self._log.add(now, self.written, self._number, self._exit)

    @property
    def done(self) -> bool:
        """Whether the end has arrived and everything before it was written."""
        return self.flow.ended and self.written == self.flow.delivered

    def _strike(self, sent: int) -> None:
        self.written += sent
        if sent == len(self._chunks[0]):
            self._chunks.popleft()
        else:
            self._chunks[0] = self._chunks[0][sent:]
