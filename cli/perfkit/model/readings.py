"""Readings: what a performance view shows of a program at one moment, whoever looked and however.

Times are seconds, sizes bytes, shares fractions of a core; None is what nobody knows. A source tells what it has
counted so far; ``rated`` makes rates of two readings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.units import Dimension  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import Iterator


class CallReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Requests of one verb and resource; the quantiles are those of late, of a watch until its first byte."""

    verb: str
    resource: str
    count: int = 0
    failed: int = 0
    under_way: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    rate: float | None = None  # a second


class CacheReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cache: questions so far, and what it holds."""

    name: str
    hits: int = 0
    misses: int = 0
    size: int | None = None  # entries
    bytes: int | None = None

    @property
    def ratio(self) -> float | None:
        """Share of hits among all questions; None before the first."""
        questions = self.hits + self.misses
        return self.hits / questions if questions else None


class WatchReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The watches of one resource; ``staleness`` counts from the last event or bookmark."""

    resource: str
    events: int = 0
    restarts: int = 0
    staleness: float | None = None
    rate: float | None = None  # events a second


class QueueReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A queue; ``wait`` and ``work`` are the p95 of late of what an entry waits and of what is done about it."""

    name: str
    depth: int | None = None
    added: int | None = None
    retries: int | None = None
    wait: float | None = None
    work: float | None = None
    rate: float | None = None  # entries a second


class LimiterReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long a rate limiter lets requests wait, of late."""

    name: str
    p95: float | None = None
    count: int = 0


class PartReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A component of the program: CPU seconds so far, and the memory that it says it holds."""

    name: str
    cpu: float | None = None
    bytes: int | None = None


class GcReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Garbage collections so far; ``longest`` is the longest pause."""

    runs: int = 0
    seconds: float | None = None
    longest: float | None = None


class SlowReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operation, or a request, that took long; ``at`` is UTC, ISO 8601."""

    at: str
    name: str
    seconds: float


class Switch(msgspec.Struct, frozen=True, omit_defaults=True):
    """An optimisation and whether it is on; ``state`` says more where there is more (``4 workers``)."""

    name: str
    on: bool
    state: str = ""


class Readings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program at one moment. ``at`` is on a monotonic clock of the source's."""

    at: float
    uptime: float | None = None
    memory: float | None = None
    memory_peak: float | None = None
    cpu: float | None = None  # of one core, of late
    cpu_mean: float | None = None
    cpu_peak: float | None = None
    cpu_seconds: float | None = None
    threads: int | None = None
    tasks: int | None = None  # of asyncio
    goroutines: int | None = None
    processes: int | None = None
    descriptors: int | None = None
    loop_lag: float | None = None  # p99 of late
    loop_overdue: float | None = None
    gc: GcReading | None = None
    calls: tuple[CallReading, ...] = ()
    caches: tuple[CacheReading, ...] = ()
    watches: tuple[WatchReading, ...] = ()
    queues: tuple[QueueReading, ...] = ()
    limiters: tuple[LimiterReading, ...] = ()
    parts: tuple[PartReading, ...] = ()
    slow: tuple[SlowReading, ...] = ()  # the last ones, oldest first
    switches: tuple[Switch, ...] = ()
    alerts: tuple[str, ...] = ()  # what fires, a line each
    notes: tuple[str, ...] = ()  # doubts: what is not known, and why
    overhead: float | None = None  # what looking costs, of one core


METRICS: Final[dict[str, Dimension]] = {
    "memory.rss": "bytes",
    "memory.peak": "bytes",
    "cpu.share": "ratio",
    "cpu.mean": "ratio",
    "cpu.peak": "ratio",
    "cpu.seconds": "time",
    "threads": "count",
    "tasks": "count",
    "goroutines": "count",
    "processes": "count",
    "descriptors": "count",
    "loop.lag.p99": "time",
    "loop.overdue": "time",
    "gc.pause.longest": "time",
    "api.latency.p50": "time",
    "api.latency.p95": "time",
    "api.latency.p99": "time",
    "api.under_way": "count",
    "api.failed": "count",
    "cache.hit_ratio": "ratio",
    "queue.depth": "count",
    "queue.wait.p95": "time",
    "limiter.wait.p95": "time",
    "watch.staleness": "time",
    "component.bytes": "bytes",
}
"""What limits and alerts may be set on."""


def dimension(metric: str) -> Dimension:
    """The dimension of a metric, with or without labels; raises ScenarioError for one that there is not."""
    name = metric.partition("{")[0]
    if name not in METRICS:
        raise ScenarioError(f"no metric {name!r} of a monitor", f"there are {', '.join(METRICS)}")
    return METRICS[name]


def values(readings: Readings) -> dict[str, float]:
    """Metric → value. What exists several times has one each (``queue.depth{queue=views}``), and the worst of them."""
    found = {name: value for name, value in _single(readings).items() if value is not None}
    for name, labels, value in _labelled(readings):
        if value is not None:
            worst = min if name == "cache.hit_ratio" else max
            found[f"{name}{{{labels}}}"] = value
            found[name] = worst(found.get(name, value), value)
    return found


def _single(readings: Readings) -> dict[str, float | None]:
    return {
        "memory.rss": readings.memory,
        "memory.peak": readings.memory_peak,
        "cpu.share": readings.cpu,
        "cpu.mean": readings.cpu_mean,
        "cpu.peak": readings.cpu_peak,
        "cpu.seconds": readings.cpu_seconds,
        "threads": readings.threads,
        "tasks": readings.tasks,
        "goroutines": readings.goroutines,
        "processes": readings.processes,
        "descriptors": readings.descriptors,
        "loop.lag.p99": readings.loop_lag,
        "loop.overdue": readings.loop_overdue,
        "gc.pause.longest": None if readings.gc is None else readings.gc.longest,
    }


def _labelled(readings: Readings) -> Iterator[tuple[str, str, float | None]]:
    """Metric, labels, value."""
    yield from _of_calls(readings.calls)
    for cache in readings.caches:
        yield "cache.hit_ratio", f"cache={cache.name}", cache.ratio
    for queue in readings.queues:
        yield "queue.depth", f"queue={queue.name}", queue.depth
        yield "queue.wait.p95", f"queue={queue.name}", queue.wait
    for limiter in readings.limiters:
        yield "limiter.wait.p95", f"limiter={limiter.name}", limiter.p95
    for watch in readings.watches:
        yield "watch.staleness", f"resource={watch.resource}", watch.staleness
    for part in readings.parts:
        yield "component.bytes", f"component={part.name}", part.bytes


def _of_calls(calls: tuple[CallReading, ...]) -> Iterator[tuple[str, str, float | None]]:
    for call in calls:
        labels = f"verb={call.verb},resource={call.resource}"
        yield "api.under_way", labels, call.under_way
        yield "api.failed", labels, call.failed
        if call.verb != "watch":
            yield "api.latency.p50", labels, call.p50
            yield "api.latency.p95", labels, call.p95
            yield "api.latency.p99", labels, call.p99


def rated(now: Readings, before: Readings | None) -> Readings:
    """``now`` with rates since ``before``, and the share of a core where the source only counts CPU seconds."""
    elapsed = now.at - before.at if before is not None else 0.0
    if before is None or elapsed <= 0:
        return now
    calls = {(call.verb, call.resource): call.count for call in before.calls}
    watches = {watch.resource: watch.events for watch in before.watches}
    queues = {queue.name: queue.added for queue in before.queues}
    return msgspec.structs.replace(
        now,
        cpu=_share(now, before, elapsed) if now.cpu is None else now.cpu,
        calls=tuple(
            msgspec.structs.replace(call, rate=_rate(call.count, calls.get((call.verb, call.resource), 0), elapsed))
            for call in now.calls
        ),
        watches=tuple(
            msgspec.structs.replace(watch, rate=_rate(watch.events, watches.get(watch.resource, 0), elapsed))
            for watch in now.watches
        ),
        queues=tuple(
            msgspec.structs.replace(queue, rate=_rate(queue.added, queues.get(queue.name, 0), elapsed))
            for queue in now.queues
        ),
    )


def _share(now: Readings, before: Readings, elapsed: float) -> float | None:
    if now.cpu_seconds is None or before.cpu_seconds is None:
        return None
    return max(0.0, now.cpu_seconds - before.cpu_seconds) / elapsed


def _rate(now: int | None, before: int | None, elapsed: float) -> float | None:
    """A second; counters that fell began anew."""
    if now is None:
        return None
    grown = now - (before or 0)
    return (grown if grown >= 0 else now) / elapsed
