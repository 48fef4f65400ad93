"""Whether a cache can be trusted, and how old what it says may be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Health:
    """Fed by the one who watches, for any thread to read.

    ``trusted`` has hysteresis: it ends when nothing was heard for ``stale_after`` seconds, and begins again only when
    the watch has been well for ``steady_after`` seconds: a watch that comes and goes does not make readers do so.
    """

    def __init__(self, stale_after: float, steady_after: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._stale_after, self._steady_after, self._clock = stale_after, steady_after, clock
        self._heard: float | None = None
        self._well_since: float | None = None  # connected and heard without a pause
        self._distrusted = False
        self.connected = False
        self.problem = ""

    def heard(self) -> None:
        """An event, a bookmark or the first state came."""
        now = self._clock()
        if self._heard is not None and now - self._heard > self._stale_after:
            self._distrusted = True
            self._well_since = None
        if self._well_since is None:
            self._well_since = now
        self._heard, self.connected, self.problem = now, True, ""

    def lost(self, problem: str) -> None:
        """The watch has ended."""
        self.connected, self._well_since, self.problem = False, None, problem

    @property
    def staleness(self) -> float | None:
        """Seconds since the cache was told anything; None before."""
        heard = self._heard
        return None if heard is None else self._clock() - heard

    @property
    def trusted(self) -> bool:
        """Whether reads may be answered from the cache."""
        staleness, since = self.staleness, self._well_since
        if staleness is None:
            return False
        if staleness > self._stale_after:
            self._distrusted = True
        elif self._distrusted and since is not None and self._clock() - since >= self._steady_after:
            self._distrusted = False
        return not self._distrusted
