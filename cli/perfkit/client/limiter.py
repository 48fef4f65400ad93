"""Token buckets: so many requests a second, and a few at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Bucket:
    """``rate`` tokens a second flow in, ``burst`` fit. A token may be taken in advance: then it is waited for."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens = burst
        self._seen = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """A token; the seconds until it is there. Those who ask later wait longer: it is a queue."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate) - 1
            self._seen = now
            return max(0.0, -self._tokens / self._rate)


class Limiter:
    """A bucket of the whole client and one for each verb that has a rate of its own; a rate of 0 is no limit."""

    def __init__(
        self, rate: float, burst: float, verbs: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._all = Bucket(rate, burst, clock) if rate else None
        self._verbs = {verb: Bucket(own, max(1.0, own), clock) for verb, own in verbs.items() if own}

    def take(self, verb: str) -> float:
        """The right to one request; the seconds to wait before it."""
        buckets = (self._all, self._verbs.get(verb))
        return max((bucket.take() for bucket in buckets if bucket is not None), default=0.0)
