"""The faults that are in force, and whom they strike. Knows time and order only; what follows is done elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.faults.chance import chance, latency
from perfkit.mock.faults.limiter import Limiter
from perfkit.mock.faults.request import describes
from perfkit.model.faults import ERRORS, ApiFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfkit.mock.faults.request import Request
    from perfkit.model.faults import FaultKind


class Strike(msgspec.Struct, frozen=True):
    """One fault that strikes one request. ``delay`` is in seconds, of latencies."""

    fault: ApiFault
    delay: float = 0.0


def refuses(fault: ApiFault, request: Request) -> bool:
    """Whether a request that is struck gets nothing but an error."""
    return fault.kind in ERRORS or fault.kind == "limit" or (fault.kind == "410" and request.attempt.verb == "list")


class InForce:
    """A fault since it was put in force at ``since`` (seconds), the ``number``-th of its server."""

    def __init__(self, fault: ApiFault, seed: int, number: int, since: float) -> None:
        self.fault = fault
        self._seed, self._number = seed, number
        self._from = since + fault.start
        self._until = None if fault.duration is None else self._from + fault.duration
        self._ordinal = 0
        self._left = fault.count
        self._limiter = Limiter(fault) if fault.kind == "limit" else None

    def holds(self, now: float) -> bool:
        """Whether it strikes at ``now``."""
        return self._from <= now and (self._until is None or now < self._until)

    def strike(self, request: Request, now: float, inflight: int) -> Strike | None:
        """Whether it strikes a request that it describes; each such request is one draw."""
        if self._left == 0 or not self.holds(now) or not describes(self.fault, request):
            return None
        if self._limiter is not None:
            return None if self._limiter.admits(now, inflight) else Strike(self.fault)
        random = chance(self._seed, self._number, self._ordinal)
        self._ordinal += 1
        if random.random() >= self.fault.share:
            return None
        if self._left is not None:
            self._left -= 1
        return Strike(self.fault, latency(self.fault, random) if self.fault.kind == "latency" else 0.0)


class Faults:
    """All faults of a server; ``initial`` ones are in force from the start, and again after each reset.

    ``clock`` tells seconds.
    """

    def __init__(self, seed: int, initial: Iterable[ApiFault], clock: Callable[[], float]) -> None:
        self._seed = seed
        self.initial = tuple(initial)
        self._clock = clock
        self._forces: list[InForce] = []
        self._number = 0

    def clear(self, kind: FaultKind | None = None) -> list[InForce]:
        """End all faults, or those of a kind; which those were."""
        ended = [force for force in self._forces if kind in {None, force.fault.kind}]
        self._forces = [force for force in self._forces if force not in ended]
        return ended

    def reset(self) -> None:
        """End all, and number those to come from the start: chance repeats itself."""
        self._forces, self._number = [], 0

    def add(self, fault: ApiFault) -> InForce:
        """Put a fault in force beside the others."""
        force = InForce(fault, self._seed, self._number, self._clock())
        self._number += 1
        self._forces.append(force)
        return force

    def has(self, force: InForce) -> bool:
        """Whether a fault was not ended."""
        return force in self._forces

    def strike(self, force: InForce, request: Request) -> Strike | None:
        """Whether one fault strikes what is open already."""
        return force.strike(request, self._clock(), inflight=0)

    def strikes(self, request: Request, inflight: int = 1) -> list[Strike]:
        """What strikes a request that has arrived, in the order in which it was put in force, up to a refusal.

        ``inflight`` requests are being answered, it among them; watches take no seat.
        """
        found: list[Strike] = []
        if not self._forces:
            return found
        now = self._clock()
        for force in self._forces:
            strike = force.strike(request, now, inflight)
            if strike is None:
                continue
            found.append(strike)
            if refuses(strike.fault, request):
                break
        return found

    @property
    def offset(self) -> float:
        """Seconds by which the server's clock is wrong."""
        return sum(force.fault.offset for force in self._holding("clock"))

    @property
    def tokens(self) -> tuple[str, ...] | None:
        """The tokens that are taken in place of the expired one; None: it has not expired."""
        holding = self._holding("token")
        return tuple(filter(None, (force.fault.next for force in holding))) if holding else None

    def _holding(self, kind: FaultKind) -> list[InForce]:
        now = self._clock()
        return [force for force in self._forces if force.fault.kind == kind and force.holds(now)]
