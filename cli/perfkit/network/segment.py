"""What travels over a flow, and what its sender knows of time."""

from __future__ import annotations

RTO_MIN = 200_000_000
RTO_MAX = 120_000_000_000
RTO_FIRST = 1_000_000_000
NEVER = 1 << 60


class Segment:
    """Bytes ``start`` to ``end`` of a stream, in ``packets`` packets; none for the end of the stream itself."""

    __slots__ = (
        "arrived",
        "carried",
        "end",
        "lost",
        "packets",
        "repeated",
        "rescued",
        "sacked",
        "sent",
        "start",
        "travelling",
    )

    def __init__(self, start: int, end: int, packets: int) -> None:
        self.start = start
        self.end = end
        self.packets = packets
        self.sent = 0  # ns, of the latest copy
        self.carried = 0  # the acknowledgement of the other direction that rides on it
        self.arrived = 0  # its place in the order of arrivals, from 1
        self.rescued = False  # a repetition arrived first
        self.sacked = False
        self.lost = False
        self.repeated = False
        self.travelling = False  # it is lost, and a repetition is on its way


class RoundTrips:
    """Smoothed round trip and retransmission timeout (RFC 6298, with Linux' lower bound on the variation)."""

    def __init__(self) -> None:
        self.smoothed = 0
        self.least = NEVER
        self.timeout = RTO_FIRST
        self._deviation = 0

    def sample(self, rtt: int) -> None:
        """Learn from one round trip (ns)."""
        self.least = min(self.least, rtt)
        if not self.smoothed:
            self.smoothed, self._deviation = rtt, rtt // 2
        else:
            self._deviation += (abs(rtt - self.smoothed) - self._deviation) // 4
            self.smoothed += (rtt - self.smoothed) // 8
        self.timeout = min(RTO_MAX, self.smoothed + max(RTO_MIN, 4 * self._deviation))
