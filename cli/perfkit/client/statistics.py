"""What a client tells of itself, as data: what a performance view shows."""

from __future__ import annotations

from typing import Any

import msgspec


class CacheState(msgspec.Struct, frozen=True, kw_only=True):
    """One cache.

    ``staleness``: seconds since it was told anything, None before; ``restarts`` of its watch, by reason (ended, cut,
    gone, busy, refused); ``problem``: what is wrong, in a line; empty when all is well.
    """

    resource: str
    namespace: str
    labels: str
    selector: str
    rows: int
    synced: bool
    connected: bool
    trusted: bool  # reads are answered from it
    staleness: float | None
    version: int
    resource_version: str
    events: int
    restarts: dict[str, int]
    reads: int
    problem: str


class HitState(msgspec.Struct, frozen=True):
    """What was asked of a cache; ``ratio`` is None before the first question."""

    hits: int
    misses: int

    @property
    def ratio(self) -> float | None:
        """The share that it had."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """A client at one moment. Requests by verb and resource, and waits, are the meters' to tell (``Client.meters``).

    ``hits``: of the caches ``views``, ``objects`` and ``discovery``; ``memory``: bytes by component (rows, views,
    originals, objects); ``switches``: options that are not what they are by default.
    """

    caches: tuple[CacheState, ...]
    hits: dict[str, HitState]
    reads: int
    shared: int  # requests saved, since the same was asked for just then
    tasks: int  # on the pool, waiting or running
    threads: int  # of the pool
    connections: int  # for requests; each watch has one beside
    subscribers: int
    memory: dict[str, int]
    switches: dict[str, Any]
