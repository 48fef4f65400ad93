"""Telling when nobody has written for a while: what there was to do is done."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from perfkit.model.control import ExpectQuiet, Reached

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.record import Record

_LOOKS: Final = 0.02  # seconds between looks


class Quiet:
    """Waits for quiet on the record of requests; ``tell`` gets the moment at which it began, once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, wanted: ExpectQuiet, tell: Callable[[Reached], None]) -> None:
        """Tell when no request to write was open for so many seconds from now on. Replaces what was expected before."""
        self.forget()
        self._look(wanted, tell, time.monotonic_ns())

    def forget(self) -> None:
        """Expect nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, wanted: ExpectQuiet, tell: Callable[[Reached], None], armed: int) -> None:
        written = self._record.written_ns()
        now = time.monotonic_ns()
        if written is not None and now - max(written, armed) >= wanted.seconds * 1e9:
            self._timer = None
            tell(Reached(verb="quiet", resource="", ns=max(written, wanted.since)))
        else:
            self._timer = asyncio.get_running_loop().call_later(_LOOKS, self._look, wanted, tell, armed)
