"""Drives the model of a link on an invented clock: one connection, so many bytes each way, no time passing."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfkit.model.link import LinkProfile
from perfkit.network.model import Connection, Network

FOREVER = 10**13  # ns: three hours, after which nothing will happen any more


@dataclass
class Transfer:
    """What the far end saw of ``size`` bytes: (ns, bytes in order so far), and when the end of the stream came."""

    profile: LinkProfile
    size: int
    seed: int = 1
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    ended: int | None = None
    chunk: int = 1 << 30
    established: int | None = None

    def run(self) -> Transfer:
        """Send towards the client as fast as the model takes it."""
        network = Network(self.profile, self.seed)
        connection = network.connect(0)
        offered = 0
        while self.ended is None and (now := network.due()) is not None and now < FOREVER:
            network.advance(now)
            offered = self._serve(now, connection, offered)
            network.schedule(connection)
        return self

    def _serve(self, now: int, connection: Connection, offered: int) -> int:
        if connection.wanted and not self.arrivals and self.established is None:
            self.established = now
            connection.accept(now)
        flow = connection.down
        while offered < self.size and (room := min(flow.appetite(), self.chunk)):
            step = min(room, self.size - offered)
            flow.offer(now, step)
            offered += step
            if offered == self.size:
                flow.finish(now)
        if flow.delivered > (self.arrivals[-1][1] if self.arrivals else 0):
            self.arrivals.append((now, flow.delivered))
            flow.consume(now, flow.delivered)
        if flow.ended:
            self.ended = now
        return offered


def opened(profile: LinkProfile, seed: int = 1) -> tuple[Network, Connection, int]:
    """A link with one connection over which both ends may send, and the time (ns) by which that is so."""
    network = Network(profile, seed)
    connection = network.connect(0)
    accepted, now = False, 0
    while not (connection.established and connection.down.open):
        now = network.due() or now
        network.advance(now)
        if connection.wanted and not accepted:
            accepted = True
            connection.accept(now)
            network.schedule(connection)
    return network, connection, now


def catch_up(network: Network, now: int) -> None:
    """Let everything happen in its own time up to ``now``."""
    while (due := network.due()) is not None and due <= now:
        network.advance(due)
