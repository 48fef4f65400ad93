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
        pushed = 0
        while self.ended is None and (now := network.due()) is not None and now < FOREVER:
            network.advance(now)
            pushed = self._serve(now, connection, pushed)
            network.schedule(connection)
        return self

    def _serve(self, now: int, connection: Connection, pushed: int) -> int:
        if connection.wanted and not self.arrivals and self.established is None:
            self.established = now
            connection.accept(now)
        flow = connection.down
        while pushed < self.size and (room := min(flow.room(), self.chunk)):
            step = min(room, self.size - pushed)
            flow.push(now, step)
            pushed += step
            if pushed == self.size:
                flow.finish(now)
        if flow.delivered > (self.arrivals[-1][1] if self.arrivals else 0):
            self.arrivals.append((now, flow.delivered))
            flow.consume(flow.delivered)
        if flow.ended:
            self.ended = now
        return pushed
