"""The record of requests, read while it grows: each verb of each resource, each watch, what was slow."""

from __future__ import annotations

import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from perfkit.model.readings import CallReading, SlowReading, WatchReading
from perfkit.monitor.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.control import OpenWatch
    from perfkit.model.requests import Entry

SLOW: Final = 500_000_000  # ns, as in perfkit.monitor
_KEPT: Final = 20  # slow ones
_HALF: Final = 30_000_000_000  # ns: "of late" is the last 30 to 60 s
_REFUSED: Final = 400  # statuses from here on


class _Series:
    def __init__(self) -> None:
        self.timing = Timing()
        self.count = self.failed = 0


class _Watches:
    """Those of one resource."""

    def __init__(self) -> None:
        self.events = 0  # of those that have ended
        self.open: set[int] = set()  # by number of the request
        self.ended = self.restarts = 0


class Requests:
    """What clients have asked since ``since`` (ns)."""

    def __init__(self, since: int) -> None:
        self._since = self._rotated = since
        self._series: dict[tuple[str, str], _Series] = {}
        self._watches: dict[str, _Watches] = {}
        self._open: Sequence[OpenWatch] = ()
        self._slow: deque[SlowReading] = deque(maxlen=_KEPT)
        self._skew = time.time_ns() - time.monotonic_ns()

    def take(self, entries: Iterable[Entry], watches: Sequence[OpenWatch], now: int) -> None:
        """Take in lines of the record and the watches that are open, at ``now`` (ns)."""
        if now - self._rotated >= _HALF:
            self._rotated = now
            for series in self._series.values():
                series.timing.rotate()
        self._open = [watch for watch in watches if watch.ns >= self._since]
        for entry in entries:
            if entry.ns >= self._since:
                self._add(entry)

    def calls(self) -> tuple[CallReading, ...]:
        """Each verb of each resource."""
        return tuple(self._call(*key, series) for key, series in self._series.items())

    def watches(self, now: int) -> tuple[WatchReading, ...]:
        """The watches of each resource; of several open ones the stalest counts."""
        live = Counter[str]()
        heard: dict[str, int] = {}
        for watch in self._open:
            live[watch.resource] += watch.events
            last = watch.heard_ns or watch.ns
            heard[watch.resource] = min(last, heard.get(watch.resource, last))
        return tuple(
            WatchReading(
                resource=resource,
                events=watches.events + live[resource],
                restarts=watches.restarts,
                staleness=max(0, now - heard[resource]) / 1e9 if resource in heard else None,
            )
            for resource, watches in self._watches.items()
        )

    def slow(self) -> tuple[SlowReading, ...]:
        """The last ones, oldest first."""
        return tuple(self._slow)

    def _call(self, verb: str, resource: str, series: _Series) -> CallReading:
        late = series.timing.recent()
        quantiles = (late.p50, late.p95, late.p99) if late.count else (None, None, None)
        p50, p95, p99 = quantiles
        open_ = len(self._watches[resource].open) if verb == "watch" and resource in self._watches else 0
        return CallReading(
            verb=verb,
            resource=resource,
            count=series.count,
            failed=series.failed,
            under_way=open_,
            p50=p50,
            p95=p95,
            p99=p99,
        )

    def _add(self, entry: Entry) -> None:
        if entry.verb == "watch":
            self._add_watch(entry)
        elif entry.last_ns is not None:  # else somebody collected the record: it has a line when it ends
            self._count(entry, entry.last_ns - entry.ns)

    def _add_watch(self, entry: Entry) -> None:
        """A watch has a line when it opens, and one when it ends."""
        watches = self._watches.setdefault(entry.what, _Watches())
        if entry.number not in watches.open:
            watches.restarts += watches.ended > watches.restarts
            self._count(entry, None if entry.first_ns is None else entry.first_ns - entry.ns)
        if entry.last_ns is None:
            watches.open.add(entry.number)
        else:
            watches.open.discard(entry.number)
            watches.ended += 1
            watches.events += entry.events

    def _count(self, entry: Entry, took: int | None) -> None:
        """A request of a kind; ``took`` None: not known, of a watch that has just opened."""
        series = self._series.setdefault((entry.action, entry.what), _Series())
        series.count += 1
        series.failed += entry.status >= _REFUSED
        if took is None:
            return
        series.timing.add(took)
        if took >= SLOW:
            at = datetime.fromtimestamp((entry.ns + self._skew) / 1e9, UTC).isoformat(timespec="milliseconds")
            self._slow.append(SlowReading(at=at, name=f"{entry.action} {entry.what}", seconds=took / 1e9))
