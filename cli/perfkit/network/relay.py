"""The relay: sockets and the time on one side, the model of the link on the other."""

from __future__ import annotations

import errno
import heapq
import selectors
import socket
import time
from typing import TYPE_CHECKING, Final

from perfkit.model.histogram import Histogram
from perfkit.network.edges import EdgeLog
from perfkit.network.model import Network
from perfkit.network.pair import Pair
from perfkit.network.timer import timer_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.link import LinkProfile
    from perfkit.network.model import Connection

BACKLOG = 4096
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Relay:
    """Accepts on a port and leads each connection to ``to`` through the link. One thread, one loop."""

    under_way: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})

    def __init__(self, listener: socket.socket, to: tuple[str, int], profile: LinkProfile, seed: int) -> None:
        self.to = to
        self.network = Network(profile, seed)
        self.log = EdgeLog()
        self.lateness = Histogram()
        self.selector = selectors.DefaultSelector()
        self.timer = timer_for(self.selector)
        self.connections = self.refused = self.resets = 0
        self.pairs: dict[Connection, Pair] = {}
        self.opened: list[Callable[[int, Pair], None]] = []  # told of each new connection
        self._gone = [0, 0, 0]  # bytes down, bytes up and retransmissions of connections that are closed
        self._later: list[tuple[int, int, Callable[[int], None]]] = []
        self._serial = 0
        self._listener = listener
        listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._listen()

    def run(self) -> None:
        """Relay until an exception ends it."""
        while True:
            self.step()

    def step(self) -> None:
        """Wait for one thing to happen and do it."""
        ready = self.selector.select(self.timer.timeout(self._due()))
        now = time.monotonic_ns()
        self._advance(now)
        for key, events in ready:
            if key.data is not None:
                key.data(now, events)

    def restart(self, profile: LinkProfile, seed: int) -> None:
        """Be as new: no connections, nothing planned, the link as if it had just come up."""
        now = time.monotonic_ns()
        for pair in list(self.pairs.values()):
            pair.abort(now)
        self.network = Network(profile, seed)
        self.lateness.clear()
        self._later.clear()

    def at(self, ns: int, call: Callable[[int], None]) -> None:
        """Call ``call(now)`` at that time."""
        self._serial += 1
        heapq.heappush(self._later, (ns, self._serial, call))

    def totals(self) -> tuple[int, int, int]:
        """Bytes written towards the client, towards the server, and packets that were repeated."""
        live = self.pairs.values()
        down = sum(pair.down.written for pair in live)
        up = sum(pair.up.written for pair in live)
        again = sum(pair.up.flow.retransmissions + pair.down.flow.retransmissions for pair in live)
        return self._gone[0] + down, self._gone[1] + up, self._gone[2] + again

    def forget(self, pair: Pair) -> None:
        """A connection is over."""
        self.network.forget(pair.connection)
        del self.pairs[pair.connection]
        flows = (pair.up.flow, pair.down.flow)
        passed = (pair.down.written, pair.up.written, sum(flow.retransmissions for flow in flows))
        self._gone = [old + new for old, new in zip(self._gone, passed, strict=True)]
        self._listen()

    def close(self) -> None:
        """Reset all connections and free everything."""
        now = time.monotonic_ns()
        for pair in list(self.pairs.values()):
            pair.abort(now)
        self.log.switch(None)
        self.timer.close()
        self.selector.close()
        self._listener.close()

    def _due(self) -> int | None:
        times = [self._later[0][0]] if self._later else []
        due = self.network.due()
        return min([*times, due]) if due is not None else min(times, default=None)

    def _advance(self, now: int) -> None:
        """Let happen what is due. What this sets off at once is left to the next step, so that sockets get a turn."""
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2](now)
        due = self.network.due()
        if due is None or due > now:
            return
        self.lateness.add(now - due)
        for connection in self.network.advance(now):
            if connection in self.pairs:
                self.pairs[connection].work(now)

    def _listen(self) -> None:
        if self._listener not in self.selector.get_map():
            self.selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def _accept(self, now: int, _events: int) -> None:
        while True:
            try:
                sockets = self._both_sockets()
            except OSError as error:
                if error.errno in OUT_OF_DESCRIPTORS and self.pairs:
                    self.selector.unregister(self._listener)  # until a connection ends
                return
            connection = self.network.connect(now)
            self.connections += 1
            pair = self.pairs[connection] = Pair(self, self.connections, sockets, connection)
            for tell in self.opened:
                tell(now, pair)

    def _both_sockets(self) -> tuple[socket.socket, socket.socket]:
        """The next client's, and one to reach the server by: who is accepted can be led on. Raises OSError."""
        server = socket.socket(_family(self.to[0]), socket.SOCK_STREAM)
        try:
            return self._listener.accept()[0], server
        except OSError:
            server.close()
            raise


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken or may not be had."""
    return socket.create_server((host, port), family=_family(host), backlog=BACKLOG)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
