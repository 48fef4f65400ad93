"""A link and its connections on an invented clock: no sockets, no time of its own, numbers of bytes instead of data.

The relay, and a test, drive it: ``due`` says when something happens next, ``advance`` lets it happen.
"""

from __future__ import annotations

import heapq
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from perfkit.network.flow import HEADERS, Flow
from perfkit.network.traces import read_trace
from perfkit.network.wire import Pace, Steady, Trace, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.link import LinkProfile

SYN_TIMEOUT = 1_000_000_000  # ns, doubling
SYN_TRIES = 7  # Linux gives up after 127 s
HANDSHAKE = HEADERS + 8  # a SYN carries more options than data does
BURST_TIME = 1e-4  # seconds of the wire that pass as one


class Connection:
    """Two flows and the handshake before them. ``wanted``: the SYN is at the server, which must be asked."""

    def __init__(self, network: Network, now: int) -> None:
        self._network = network
        mtu = network.profile.mtu
        self.up = Flow((network.up, network.down), mtu, self._touch, network.soon.append)
        self.down = Flow((network.down, network.up), mtu, self._touch, network.soon.append)
        self.up.peer, self.down.peer = self.down, self.up
        self.wanted = False
        self.established = False
        self.failed = False  # no SYN was ever answered
        self._accepted = False
        self._began = now
        self._tries = 0
        self._deadline = 0
        self._answers = 0
        self._answer_at = 0
        self._try(now)

    def accept(self, now: int) -> None:
        """The server has taken the connection: its answer leaves, again and again until it is confirmed."""
        self._accepted = True
        if self._answers < SYN_TRIES:
            self._answer_at = now + (SYN_TIMEOUT << self._answers)
            self._answers += 1
        self._network.down.send(now, HANDSHAKE, self._answered, now)

    def refuse(self, now: int) -> None:
        """The server does not take the connection: its reset leaves."""
        self._network.down.send(now, HEADERS, self._refused, None)

    def expire(self, now: int) -> None:
        """Do what was due at a timer."""
        if self._deadline and self._deadline <= now:
            self._try(now)
        if self._answer_at and self._answer_at <= now:
            self._answer_at = 0
            self.accept(now)
        for flow in (self.up, self.down):
            if flow.deadline and flow.deadline <= now:
                flow.expire(now)

    def deadline(self) -> int:
        """When a timer of it wants to be called (ns); 0: none does."""
        return min(
            (each for each in (self._deadline, self._answer_at, self.up.deadline, self.down.deadline) if each),
            default=0,
        )

    def close(self) -> None:
        """It is over: no timer rings any more."""
        self._deadline = self._answer_at = 0
        for flow in (self.up, self.down):
            flow.close()

    def _try(self, now: int) -> None:
        if self._tries == SYN_TRIES:
            self._deadline, self.failed = 0, True
            self._touch()
            return
        self._deadline = now + (SYN_TIMEOUT << self._tries)
        self._tries += 1
        self._network.up.send(now, HANDSHAKE, self._asked, now)

    def _asked(self, now: int, _packet: object) -> None:
        if self._accepted:
            self.accept(now)  # the answer was lost, and so is repeated
        elif not self.wanted:
            self.wanted = True
            self._touch()

    def _answered(self, now: int, packet: object) -> None:
        assert isinstance(packet, int)
        if not self.established:
            self.established, self._deadline = True, 0
            self.up.start(now, now - self._began if self._tries == 1 else 0)
        self._network.up.send(now, HEADERS, self._confirmed, packet)
        self._touch()

    def _refused(self, _now: int, _packet: object) -> None:
        self.failed, self._deadline = True, 0
        self._touch()

    def _confirmed(self, now: int, packet: object) -> None:
        """The last packet of the handshake is with the server."""
        assert isinstance(packet, int)
        if not self.down.open:
            self._answer_at = 0
            self.down.start(now, now - packet)
            self._touch()

    def confirm(self, now: int) -> None:
        """Data from the client reached the server, which stands for a lost end of the handshake."""
        if not self.down.open:
            self._answer_at = 0
            self.down.start(now, 0)

    def _touch(self) -> None:
        self._network.stirred[self] = None


class Network:
    """A link: one wire each way, shared by all connections. All times are ns of one clock, which never goes back."""

    def __init__(self, profile: LinkProfile, seed: int) -> None:
        self.down = Wire(Random(f"{seed} down"))
        self.up = Wire(Random(f"{seed} up"))
        self.stirred: dict[Connection, None] = {}  # to which something happened, in that order
        self.soon: list[Callable[[int], None]] = []  # what is done after everything else that happens at this time
        self._timers: list[tuple[int, int, Connection]] = []
        self._armed: dict[int, int] = {}
        self.change(profile)

    def change(self, profile: LinkProfile) -> None:
        """From now on the link is like this; what is on its way stays as it was."""
        self.profile = profile
        sides = ((self.down, profile.down, profile.trace_down), (self.up, profile.up, profile.trace_up))
        for wire, rate, trace in sides:
            wire.delay = round(profile.rtt * 5e8)
            wire.jitter = round(profile.jitter * 1e9)
            wire.loss = profile.loss
            wire.pace = pace_of(rate, trace)
            wire.burst = 1 if trace else int(rate / 8 * BURST_TIME) if rate else 1 << 16

    def cut(self) -> None:
        """Everything sent from now on is lost."""
        self.down.dead = self.up.dead = True

    def restore(self) -> None:
        """End a cut."""
        self.down.dead = self.up.dead = False

    def connect(self, now: int) -> Connection:
        """A client connects: the SYN leaves."""
        connection = Connection(self, now)
        self.schedule(connection)
        return connection

    def due(self) -> int | None:
        """When the next event is (ns); None: nothing is under way."""
        times = [queue[0][0] for queue in (self.down.queue, self.up.queue) if queue]
        if self._timers:
            times.append(self._timers[0][0])
        return min(times, default=None)

    def advance(self, now: int) -> list[Connection]:
        """Let everything happen that is due by ``now``; the connections to which something happened."""
        news: dict[Connection, None] = {}
        while (due := self.due()) is not None and due <= now:
            self._happen(due)
            for connection in self.stirred:
                self.schedule(connection)
            news.update(self.stirred)
            self.stirred.clear()
        return list(news)

    def forget(self, connection: Connection) -> None:
        """A connection is closed: its timers are void."""
        self._armed.pop(id(connection), None)
        connection.close()

    def schedule(self, connection: Connection) -> None:
        """Keep its timers in mind; to be called after anything was done to a connection from outside."""
        deadline = connection.deadline()
        armed = self._armed.get(id(connection))
        if deadline and (armed is None or deadline < armed):
            self._armed[id(connection)] = deadline
            heapq.heappush(self._timers, (deadline, id(connection), connection))

    def _happen(self, now: int) -> None:
        """All that happens at ``now``, the time of the next event: packets arrive, timers ring, writers go on."""
        down, up, timers = self.down.queue, self.up.queue, self._timers
        while True:
            if down and down[0][0] <= now:
                _, arrive, packet = down.popleft()
                arrive(now, packet)
            elif up and up[0][0] <= now:
                _, arrive, packet = up.popleft()
                arrive(now, packet)
            elif timers and timers[0][0] <= now:
                self._ring()
            else:
                break
        soon, self.soon[:] = self.soon[:], []
        for call in soon:
            call(now)

    def _ring(self) -> None:
        at, key, connection = heapq.heappop(self._timers)
        if self._armed.get(key) != at:
            return  # an earlier one took its place
        del self._armed[key]
        if 0 < connection.deadline() <= at:
            connection.expire(at)
        self.schedule(connection)


def pace_of(rate: float, trace: str) -> Pace:
    """The pace of one direction: ``rate`` in bit/s, or the trace of that path."""
    return Trace(read_trace(Path(trace))) if trace else Steady(rate)
