"""The limit above which a server answers 429: a rate, or a number of requests in flight."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfkit.model.faults import ApiFault


class Limiter:
    """A token bucket that holds what one second brings, or a number of seats."""

    def __init__(self, fault: ApiFault) -> None:
        self._rate = fault.rate
        self._seats = fault.inflight
        self._tokens = self._most = max(1.0, fault.rate or 0.0)
        self._at: float | None = None

    def admits(self, now: float, inflight: int) -> bool:
        """Whether a request may pass at ``now`` (seconds), ``inflight`` being answered with it."""
        if self._rate is None:
            assert self._seats is not None
            return inflight <= self._seats
        if self._at is not None:
            self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
