"""What a sender knows of the segments it has sent (RFC 2018), and how it finds the lost ones (RACK, RFC 8985)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.network.segment import Segment


class Scoreboard:
    """The segments that were sent and are not acknowledged in order. Counts are of packets, offsets of bytes."""

    def __init__(self) -> None:
        self.outstanding: deque[Segment] = deque()
        self.sent = 0  # bytes
        self.packets_out = 0
        self.sacked_out = 0
        self.lost_out = 0
        self.repeated_out = 0  # lost, and a repetition is on its way
        self._told = 0  # the highest acknowledgement
        self._heard = 0  # segments whose arrival is known
        self._newest = (0, 0)  # of the segments delivered, the one sent last: when, and its end
        self._newest_rtt = 0

    @property
    def una(self) -> int:
        """The first byte that is not acknowledged."""
        return self.outstanding[0].start if self.outstanding else self.sent

    @property
    def in_flight(self) -> int:
        """Packets that are on the wire, as far as is known."""
        return self.packets_out - self.sacked_out - self.lost_out + self.repeated_out

    @property
    def unrepaired(self) -> bool:
        """Whether something lost has not been sent again."""
        return self.lost_out > self.repeated_out

    def add(self, segment: Segment) -> None:
        """A segment goes out for the first time."""
        self.sent = segment.end
        self.outstanding.append(segment)
        self.packets_out += segment.packets

    def hear(self, told: int) -> list[Segment]:
        """Strike off what is known to have arrived; the segments of which that is news."""
        self._told = max(self._told, told)
        fresh = self._in_order()
        if self._heard + len(fresh) < self._told:
            fresh += self._behind_a_gap()
        self._heard += len(fresh)
        return fresh

    def learn(self, now: int, segment: Segment, least: int) -> None:
        """A segment arrived; ``least`` is the shortest round trip (ns): no copy is acknowledged sooner."""
        if segment.lost:
            self.lost_out -= segment.packets
        if segment.travelling:
            self.repeated_out -= segment.packets
        if segment.repeated and now - segment.sent < least:
            return  # the first copy arrived after all: the time says nothing
        if (segment.sent, segment.end) > self._newest:
            self._newest = (segment.sent, segment.end)
            self._newest_rtt = now - segment.sent

    def find_lost(self, now: int, patience: int) -> int:
        """Lost is what was sent before something delivered, by more than ``patience`` (ns) explains.

        Returns:
            How many ns more reordering may explain what is missing; 0: nothing waits.
        """
        wait = 0
        for segment in self.outstanding:
            if segment.sacked or (segment.lost and not segment.travelling):
                continue
            if (segment.sent, segment.end) >= self._newest:
                continue
            remaining = segment.sent + self._newest_rtt + patience - now
            if remaining <= 0:
                self._lose(segment)
            else:
                wait = max(wait, remaining)
        return wait

    def lose_all(self) -> None:
        """Whatever did not arrive counts as lost."""
        for segment in self.outstanding:
            if not segment.sacked:
                self._lose(segment)

    def to_repair(self) -> Iterator[Segment]:
        """Lost segments that were not sent again, in order."""
        return (each for each in self.outstanding if each.lost and not each.travelling and not each.sacked)

    def travels(self, segment: Segment) -> None:
        """A lost segment is sent again."""
        segment.travelling = True
        self.repeated_out += segment.packets

    def _in_order(self) -> list[Segment]:
        outstanding, known = self.outstanding, self._told
        fresh: list[Segment] = []
        while outstanding and 0 < outstanding[0].arrived <= known:
            segment = outstanding.popleft()
            self.packets_out -= segment.packets
            if segment.sacked:
                self.sacked_out -= segment.packets
            else:
                fresh.append(segment)
        return fresh

    def _behind_a_gap(self) -> list[Segment]:
        fresh = [each for each in self.outstanding if 0 < each.arrived <= self._told and not each.sacked]
        for segment in fresh:
            segment.sacked = True
            self.sacked_out += segment.packets
        return fresh

    def _lose(self, segment: Segment) -> None:
        if segment.travelling:
            segment.travelling = False
            self.repeated_out -= segment.packets
        if not segment.lost:
            segment.lost = True
            self.lost_out += segment.packets
