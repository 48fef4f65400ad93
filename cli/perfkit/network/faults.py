"""What goes wrong on the wire: resets, stalls, truncation and slow drips, on the connections that chance picks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from perfkit.model.link import Fault
    from perfkit.network.pair import Pair
    from perfkit.network.relay import Relay

BILLION = 1_000_000_000
DRIP = 0.05  # seconds between two drops, unless a byte takes longer


class Faults:
    """Strikes connections, those that are open and those to come, while a fault is in force."""

    def __init__(self, relay: Relay, random: Random) -> None:
        self._relay = relay
        self._random = random
        self._fault: Fault | None = None
        self._until = 0  # ns; 0: for ever
        self._left: int | None = None
        self.struck = 0
        relay.opened.append(self._opened)

    def reset(self, random: Random) -> None:
        """Nothing goes wrong any more, and chance begins anew."""
        self._fault, self._random = None, random

    def set(self, now: int, fault: Fault | None) -> None:
        """Put a fault in force in place of the former one; None: nothing goes wrong any more."""
        self._fault = fault
        if fault is None:
            return
        self._until = now + round(fault.duration * BILLION) if fault.duration is not None else 0
        self._left = fault.count
        for pair in list(self._relay.pairs.values()):
            self._strike(now, pair, fault)

    def _opened(self, now: int, pair: Pair) -> None:
        if self._fault is not None and not (self._until and now >= self._until):
            self._strike(now, pair, self._fault)

    def _strike(self, now: int, pair: Pair, fault: Fault) -> None:
        if self._left == 0 or self._random.random() >= fault.share:
            return
        if self._left is not None:
            self._left -= 1
        self.struck += 1
        pair.down.limit = pair.down.written + fault.after
        match fault.kind:
            case "reset":
                pair.at_limit = pair.abort
            case "truncate":
                pair.at_limit = pair.truncate
            case "stall":
                if fault.duration is not None:
                    self._relay.at(self._until, pair.unlimit)
            case "drip":
                pair.at_limit = Drip(self._relay, pair, fault.rate).begin
        pair.work(now)


class Drip:
    """Lets bytes through at so many a second, from when the fault's point is reached."""

    def __init__(self, relay: Relay, pair: Pair, rate: float) -> None:
        self._relay = relay
        self._pair = pair
        self._rate = rate
        self._began = 0
        self._base = 0

    def begin(self, now: int) -> None:
        """The point is reached: the first drop follows."""
        self._pair.at_limit = None
        self._began, self._base = now, self._pair.down.limit
        self._next(now)

    def _next(self, now: int) -> None:
        self._relay.at(now + round(max(DRIP, 1 / self._rate) * BILLION), self._drop)

    def _drop(self, now: int) -> None:
        if not self._pair.closed:
            self._pair.down.limit = self._base + int((now - self._began) / BILLION * self._rate)
            self._pair.work(now)
            self._next(now)
