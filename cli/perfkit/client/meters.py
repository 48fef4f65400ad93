"""What a client counts of itself. A ``perfkit.monitor.Monitor`` can be told instead: it has the same methods."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType


class CallMeter(Protocol):
    """One request under way; a context manager that ends it."""

    def answered(self, status: int) -> object:
        """Its headers are here."""

    def received(self, size: int) -> object:
        """Its last byte is."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class CacheMeter(Protocol):
    """Hits and misses of a cache."""

    hits: int
    misses: int

    def hit(self, count: int = 1) -> None:
        """It had what was asked for."""

    def miss(self, count: int = 1) -> None:
        """It had not."""


class WatchMeter(Protocol):
    """Events and restarts of a watch."""

    def heard(self, events: int) -> None:
        """So many came; 0: a bookmark."""

    def restarted(self, reason: str) -> None:
        """It begins anew."""


class WaitMeter(Protocol):
    """How long a limiter let wait."""

    def add(self, ns: int) -> None:
        """One wait."""


class Meters(Protocol):
    """Whom a client tells: ``Counters``, or a Monitor."""

    def call(self, verb: str, resource: str) -> CallMeter:
        """A request is sent now."""

    def cache(self, name: str) -> CacheMeter:
        """The cache of that name."""

    def watching(self, resource: str) -> WatchMeter:
        """The watch of that name."""

    def limiter(self, name: str) -> WaitMeter:
        """The limiter of that name."""


class Hits:
    """Hits and misses of a cache."""

    def __init__(self) -> None:
        self.hits = self.misses = 0

    def hit(self, count: int = 1) -> None:
        """It had what was asked for."""
        self.hits += count

    def miss(self, count: int = 1) -> None:
        """It had not."""
        self.misses += count


class Watched:
    """Events and restarts of a watch."""

    def __init__(self) -> None:
        self.events = 0
        self.restarts: Counter[str] = Counter()

    def heard(self, events: int) -> None:
        """So many came; 0: a bookmark."""
        self.events += events

    def restarted(self, reason: str) -> None:
        """It begins anew."""
        self.restarts[reason] += 1


class Waits:
    """How often, and how long in all, a limiter let wait."""

    def __init__(self) -> None:
        self.count = self.total = 0

    def add(self, ns: int) -> None:
        """One wait."""
        self.count += 1
        self.total += ns


class Requests:
    """Requests of one verb and resource: how many, how many bytes, how long in all (ns)."""

    def __init__(self) -> None:
        self.count = self.failed = self.bytes = self.total = 0


class Timed:
    """One request under way."""

    __slots__ = ("_began", "_requests")

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._began = time.monotonic_ns()

    def answered(self, status: int) -> None:
        """Its headers are here."""

    def received(self, size: int) -> None:
        """Its last byte is."""
        self._requests.bytes += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._requests.count += 1
        self._requests.failed += kind is not None
        self._requests.total += time.monotonic_ns() - self._began


class Counters:
    """Counts, where no monitor is told."""

    def __init__(self) -> None:
        self.requests: defaultdict[tuple[str, str], Requests] = defaultdict(Requests)
        self.caches: defaultdict[str, Hits] = defaultdict(Hits)
        self.watches: defaultdict[str, Watched] = defaultdict(Watched)
        self.limiters: defaultdict[str, Waits] = defaultdict(Waits)
        self._lock = threading.Lock()

    def call(self, verb: str, resource: str) -> Timed:
        """A request is sent now."""
        with self._lock:
            return Timed(self.requests[verb, resource])

    def cache(self, name: str) -> Hits:
        """The cache of that name."""
        with self._lock:
            return self.caches[name]

    def watching(self, resource: str) -> Watched:
        """The watch of that name."""
        with self._lock:
            return self.watches[resource]

    def limiter(self, name: str) -> Waits:
        """The limiter of that name."""
        with self._lock:
            return self.limiters[name]
