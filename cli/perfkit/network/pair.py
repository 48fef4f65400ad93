"""A relayed connection: the client's socket, the server's, and the model of what lies between."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
from typing import TYPE_CHECKING

from perfkit.network.edges import Edge
from perfkit.network.handshake import Handshake
from perfkit.network.stream import UNLIMITED, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.network.edges import Outcome
    from perfkit.network.model import Connection
    from perfkit.network.relay import Relay

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER without lingering


class Side:
    """One socket, and what the selector watches it for. ``ready(now, events)`` is called when it is."""

    def __init__(
        self, sock: socket.socket, selector: selectors.BaseSelector, ready: Callable[[int, int], None]
    ) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.gone = False
        self._selector = selector
        self._ready = ready
        self._watched = 0

    def watch(self, events: int) -> None:
        """Be told of these events, and no others."""
        if events == self._watched or self.gone:
            return
        if not self._watched:
            self._selector.register(self.sock, events, self._ready)
        elif not events:
            self._selector.unregister(self.sock)
        else:
            self._selector.modify(self.sock, events, self._ready)
        self._watched = events

    def close(self) -> None:
        """Orderly end. May be called twice."""
        self.watch(0)
        self.gone = True
        self.sock.close()

    def reset(self) -> None:
        """Make the other end see a reset."""
        if not self.gone:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.close()


class Pair:
    """Moves bytes between the two sockets as the model says."""

    def __init__(
        self, relay: Relay, number: int, sockets: tuple[socket.socket, socket.socket], connection: Connection
    ) -> None:
        client, self._to_server = sockets
        self.relay = relay
        self.number = number
        self.connection = connection
        self.client = Side(client, relay.selector, self._client_ready)
        self.server: Side | None = None
        log = relay.log
        self.up = Stream(connection.up, number, (Edge.FROM_CLIENT, Edge.TO_SERVER), log)
        self.down = Stream(connection.down, number, (Edge.FROM_SERVER, Edge.TO_CLIENT), log)
        self._handshake = Handshake(self._shaken)
        self.up.overheard, self.down.overheard = self._handshake.from_client, self._handshake.from_server
        self.at_limit: Callable[[int], None] | None = None  # what a fault does once its point is reached
        self.closed = False
        self._connecting = False
        self._heard = False  # whether the client was read from
        self._broken = ""  # which end was reset: the other learns of it when the end of the stream gets there

    def work(self, now: int) -> None:
        """Do all that can be done: called when the model or a socket has news."""
        if self.closed:
            return
        if self.connection.failed:
            self.relay.refused += 1
            self.abort(now)
            return
        if self.connection.wanted and self.server is None and not self._connecting:
            self._connect(now)
        if self.connection.established and not self._heard:
            self._heard = True
            self._fill(now, self.up, self.client)  # what the client sent meanwhile is here already
        if self.server is not None and not self._connecting:
            if self.up.flow.delivered:
                self.connection.confirm(now)
            self._move(now, self.up, self.server)
            self._move(now, self.down, self.client)
            if self.at_limit is not None and self.down.written >= self.down.limit:
                self.at_limit(now)
        self._settle(now)

    def unlimit(self, now: int) -> None:
        """A stall is over."""
        self.down.limit = UNLIMITED
        self.work(now)

    def abort(self, now: int) -> None:
        """Reset both ends and forget the connection, unless that is done."""
        if self.closed:
            return
        self.client.reset()
        if self.server is not None:
            self.server.reset()
        self._forget(now)

    def truncate(self, now: int) -> None:
        """End it towards the client as if all had come."""
        self.client.close()
        if self.server is not None:
            self.server.reset()
        self._forget(now)

    def _client_ready(self, now: int, events: int) -> None:
        self._read(now, events, self.up, self.client)

    def _server_ready(self, now: int, events: int) -> None:
        if self._connecting:
            self._connected(now)
            self.work(now)
        else:
            assert self.server is not None
            self._read(now, events, self.down, self.server)

    def _read(self, now: int, events: int, stream: Stream, source: Side) -> None:
        if events & selectors.EVENT_READ and not source.gone:
            self._fill(now, stream, source)
        self.work(now)

    def _fill(self, now: int, stream: Stream, source: Side) -> None:
        try:
            stream.fill(now, source.sock)
        except OSError:
            self._break(now, stream, source)

    def _move(self, now: int, stream: Stream, sink: Side) -> None:
        """Write on what arrived, and the end when that has."""
        if sink.gone:
            return
        try:
            stream.drain(now, sink.sock)
            if stream.done and not stream.closed:
                self._end(now, stream, sink)
        except OSError:
            self._break(now, self._other(stream), sink)

    def _end(self, now: int, stream: Stream, sink: Side) -> None:
        """The end of a stream has arrived: an orderly one, or the news of a reset. Raises OSError."""
        if self._broken:
            self.abort(now)
        else:
            stream.closed = True
            sink.sock.shutdown(socket.SHUT_WR)

    def _other(self, stream: Stream) -> Stream:
        return self.down if stream is self.up else self.up

    def _break(self, now: int, stream: Stream, side: Side) -> None:
        """An end was reset: ``stream``, which begins there, carries the news to the other end.

        Where it has ended in good order before, the reset follows alone.
        """
        if not self._broken:
            self._broken = "client" if side is self.client else "server"
            self.relay.resets += 1
        side.close()
        if stream.closed:
            self.relay.at(now + self.relay.network.up.delay, self.abort)
        stream.end(now)
        self._other(stream).finished = True  # nobody is left to read it

    def _settle(self, now: int) -> None:
        """Close what is done; else watch each socket for what it can be used for."""
        if self.closed:
            return
        if self.up.closed and self.down.closed:
            self.client.close()
            if self.server is not None:
                self.server.close()
            self._forget(now)
            return
        self.relay.network.schedule(self.connection)
        self.client.watch(_events(self.up, self.down))
        if self.server is not None and not self._connecting:
            self.server.watch(_events(self.down, self.up))

    def _connect(self, now: int) -> None:
        """The SYN has come to the server: ask it."""
        self.server = Side(self._to_server, self.relay.selector, self._server_ready)
        self._connecting = True
        error = self.server.sock.connect_ex(self.relay.to)
        if error and error not in self.relay.under_way:
            self._refuse(now)
        elif _reached(self.server.sock):
            self._connected(now)
        else:
            self.server.watch(selectors.EVENT_WRITE)

    def _connected(self, now: int) -> None:
        assert self.server is not None
        if self.server.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._refuse(now)
            return
        self._connecting = False
        self.relay.log.add(now, self.server.sock.getsockname()[1], self.number, Edge.OPENED)
        self.connection.accept(now)

    def _refuse(self, now: int) -> None:
        if self.server is not None:
            self.server.close()
        self._connecting = True  # and it stays so: there is nothing to connect to
        self.connection.refuse(now)
        self.relay.network.schedule(self.connection)

    def _shaken(self, now: int, outcome: Outcome | None) -> None:
        """Its TLS handshake came to an end, or there is none: what else is said concerns nobody."""
        self.up.overheard = self.down.overheard = None
        if outcome is not None:
            self.relay.log.add(now, outcome, self.number, Edge.SHAKEN)

    def _forget(self, now: int) -> None:
        self.closed = True
        self._handshake.ended(now)
        self._to_server.close()  # it may never have been asked to connect
        self.relay.log.add(now, 0, self.number, Edge.CLOSED)
        self.relay.forget(self)


def _reached(sock: socket.socket) -> bool:
    """Whether it is connected: over loopback that is so at once, though the system says that it is under way."""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def _events(source: Stream, sink: Stream) -> int:
    """What a socket is watched for from which ``source`` reads and to which ``sink`` writes."""
    reading = selectors.EVENT_READ if source.hungry else 0
    writing = selectors.EVENT_WRITE if sink.blocked and sink.waiting else 0
    return reading | writing
