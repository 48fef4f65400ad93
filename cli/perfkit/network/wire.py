"""One direction of a link: every packet of every connection goes through it, in order."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

OPPORTUNITY = 1504  # bytes that one line of a Mahimahi trace lets through (its PACKET_SIZE)
MILLISECOND = 1_000_000


class Pace(Protocol):
    """When a packet is through, given when the wire could begin with it."""

    def through(self, start: int, size: int) -> int:
        """The time (ns) at which ``size`` bytes have passed that began at ``start`` (ns)."""
        ...


class Steady:
    """A constant rate in bit/s; 0 takes no time."""

    def __init__(self, rate: float) -> None:
        self._ns_per_byte = 8e9 / rate if rate else 0.0

    def through(self, start: int, size: int) -> int:
        """See ``Pace``."""
        return start + int(size * self._ns_per_byte)


class Trace:
    """A Mahimahi trace: each line is a millisecond at which up to 1504 bytes pass; it repeats after its last line.

    An opportunity is shared by small packets and lost when nothing waits, as in Mahimahi's link emulator
    (Netravali et al., USENIX ATC 2015).
    """

    def __init__(self, milliseconds: Sequence[int]) -> None:
        self._times = [each * MILLISECOND for each in milliseconds]
        self._period = self._times[-1]
        self._began: int | None = None
        self._index = 0  # of the opportunity in use, counted through all repetitions
        self._left = OPPORTUNITY  # bytes of it

    def through(self, start: int, size: int) -> int:
        """See ``Pace``."""
        if self._began is None:
            self._began = start
        if self._at(self._index) < start:
            self._index, self._left = self._first(start), OPPORTUNITY
        while size > self._left:
            size -= self._left
            self._index, self._left = self._index + 1, OPPORTUNITY
        self._left -= size
        return max(start, self._at(self._index))

    def _at(self, index: int) -> int:
        rounds, place = divmod(index, len(self._times))
        return (self._began or 0) + rounds * self._period + self._times[place]

    def _first(self, start: int) -> int:
        rounds, rest = divmod(start - (self._began or 0), self._period)
        return int(rounds) * len(self._times) + bisect_left(self._times, rest)


class Wire:
    """Delay, jitter, loss and rate of one direction, as ``tc netem`` applies them.

    A packet sent at ``now`` arrives at ``max(now + delay ± jitter, last arrival)`` plus its own time on the wire. What
    is lost uses none of the rate.
    """

    def __init__(self, random: Random) -> None:
        self.delay = 0  # ns
        self.jitter = 0  # ns, uniform to both sides
        self.loss = 0.0
        self.pace: Pace = Steady(0)
        self.dead = False
        self.burst = 1 << 16  # bytes that may pass as one without being told from single packets
        self.queue: deque[tuple[int, Callable[[int, object], None], object]] = deque()
        self._random = random
        self._last = 0

    def send(self, now: int, size: int, arrive: Callable[[int, object], None], packet: object) -> None:
        """Put a packet of ``size`` bytes, headers included, on the wire: ``arrive(ns, packet)`` unless it is lost."""
        if self.dead or (self.loss and self._random.random() < self.loss):
            return
        delay = self.delay
        if self.jitter:
            delay = max(0, delay + int(self._random.uniform(-self.jitter, self.jitter)))
        self._last = self.pace.through(max(now + delay, self._last), size)
        self.queue.append((self._last, arrive, packet))
