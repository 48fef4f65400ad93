"""The receiving end of a flow: puts segments in order, and acknowledges them as Linux does."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfkit.network.segment import Segment

DELAYED_ACK = 40_000_000  # ns that a single packet waits for company
EVERY = 2  # packets (RFC 5681)
QUICK = 16  # packets that are acknowledged one by one at the start and after a gap


class Receiver:
    """Knows what arrived. An acknowledgement is the count of segments arrived so far: all that is known is told."""

    def __init__(self) -> None:
        self.delivered = 0  # bytes in order
        self.ended = False
        self.arrivals = 0
        self.told = 0  # arrivals acknowledged
        self.deadline = 0  # ns at which a delayed acknowledgement leaves; 0: none waits
        self._awaiting: deque[Segment] = deque()
        self._packets = 0
        self._quick = QUICK
        self._latest = -DELAYED_ACK  # ns at which data came last

    def expect(self, segment: Segment) -> None:
        """The next segment of the stream was sent for the first time."""
        self._awaiting.append(segment)

    def take(self, now: int, segment: Segment) -> bool:
        """A copy arrives; whether an acknowledgement must leave at once."""
        self._latest = now
        if segment.arrived:
            return True  # a duplicate: the sender had better know
        self.arrivals += 1
        segment.arrived = self.arrivals
        segment.rescued = segment.repeated
        gap = self._order()
        self._packets += segment.packets
        if gap:
            self._quick = QUICK
        if gap or self._quick > 0 or self._packets >= EVERY:
            self._quick -= segment.packets
            return True
        if not self.deadline:
            self.deadline = now + DELAYED_ACK
        return False

    def tell(self) -> int:
        """An acknowledgement leaves: what it says."""
        self.told = self.arrivals
        self._packets = 0
        self.deadline = 0
        return self.told

    def answered(self, now: int) -> None:
        """Data leaves the other way: soon after some came it is an answer, and answers carry acknowledgements."""
        if now - self._latest < DELAYED_ACK:
            self._quick = 0

    def _order(self) -> bool:
        """Deliver what is in order; whether there was a gap."""
        awaiting = self._awaiting
        gap = bool(awaiting) and not awaiting[0].arrived
        while awaiting and awaiting[0].arrived:
            first = awaiting.popleft()
            self.delivered = first.end
            if first.start == first.end:
                self.ended = True
        # What was just filled is told at once, too, as long as something beyond it waited.
        return gap
