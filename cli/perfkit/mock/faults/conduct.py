"""Putting faults in force and ending them, with what each does beyond single requests."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

from perfkit.model.faults import DOWN, ON_WATCHES

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from perfkit.mock.faults.board import Faults, InForce
    from perfkit.mock.record import Record
    from perfkit.mock.store import Store
    from perfkit.mock.watching import Watches
    from perfkit.model.faults import ApiFault, FaultKind


class Front(Protocol):
    """The server that clients connect to."""

    def restart(self, down: float) -> Coroutine[None, None, None]:
        """Close all connections, refuse new ones for ``down`` seconds, and serve again at the same port."""
        ...

    def hurry(self) -> None:
        """Serve again at once, should it be down."""
        ...


class Conduct:
    """What happens when a fault begins, ends, is cleared or reset. Begins and ends are ticks of the store's clock."""

    def __init__(self, faults: Faults, store: Store, watches: Watches, record: Record, front: Front) -> None:
        self._faults = faults
        self._store = store
        self._watches = watches
        self._record = record
        self._front = front
        self._restarting: asyncio.Task[None] | None = None

    def add(self, faults: Iterable[ApiFault]) -> None:
        """Put faults in force beside the others."""
        for fault in faults:
            self._store.clock.catch_up()
            force = self._faults.add(fault)
            if fault.start:
                self._store.clock.after(fault.start, lambda force=force: self._begin(force))  # type: ignore[misc]
            else:
                self._begin(force)

    def clear(self, kind: FaultKind | None = None) -> None:
        """End all faults, or those of a kind; what they have planned does not happen any more."""
        for force in self._faults.clear(kind):
            self._watches.spare(force.fault)
        self._set_clock()

    async def reset(self) -> None:
        """Be as new: what was in force from the start is so again. The store was reset, its clock stands at 0."""
        if self._restarting is not None and not self._restarting.done():
            self._front.hurry()
            with contextlib.suppress(Exception):  # whoever cannot listen again has ended the process
                await self._restarting
        self._faults.reset()
        self.add(self._faults.initial)

    def _begin(self, force: InForce) -> None:
        fault = force.fault
        if not self._faults.has(force):
            return
        if fault.kind == "restart":
            self._restart(fault)
        elif fault.kind in ON_WATCHES:
            self._watches.strike(lambda request: self._faults.strike(force, request))
        self._set_clock()
        if fault.duration is not None:
            self._store.clock.after(fault.duration, lambda: self._end(fault))

    def _end(self, fault: ApiFault) -> None:
        self._watches.release(fault)
        self._set_clock()

    def _set_clock(self) -> None:
        self._store.skew = round(self._faults.offset)

    def _restart(self, fault: ApiFault) -> None:
        if self._restarting is not None and not self._restarting.done():
            return  # it is down already
        self._record.strike("restart")
        if fault.window == "lost":
            self._store.forget_events()
        down = DOWN if fault.duration is None else fault.duration
        self._restarting = asyncio.get_running_loop().create_task(self._front.restart(down))
