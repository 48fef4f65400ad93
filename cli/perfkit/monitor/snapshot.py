"""Everything a monitor knows at one moment, as data; and the same as metrics with names, for alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ScenarioError
from perfkit.monitor.calls import CallTimes  # noqa: TC001
from perfkit.monitor.components import ComponentUse  # noqa: TC001
from perfkit.monitor.garbage import Collections
from perfkit.monitor.meters import CacheState, LimiterState, Mark, QueueState, WatchState  # noqa: TC001
from perfkit.monitor.operations import OperationTimes, SlowOperation  # noqa: TC001
from perfkit.monitor.timing import Recent, Times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.units import Dimension

SCHEMA: Final = "perfkit.monitor/1"


class Memory(msgspec.Struct, frozen=True):
    """Bytes; None: not measurable here."""

    rss: int | None = None
    peak: int | None = None


class Cpu(msgspec.Struct, frozen=True):
    """``share`` of one core between the last two looks, ``peak`` the greatest of these, ``own`` the monitor's part."""

    seconds: float = 0.0
    share: float = 0.0
    peak: float = 0.0
    own: float = 0.0


class LoopState(msgspec.Struct, frozen=True):
    """Event loops: how late they run what is due; ``overdue`` is how late they are just now."""

    lag: Times = Times()
    recent: Recent = Recent()
    overdue: float = 0.0


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One moment. Times are seconds, sizes bytes, shares fractions."""

    schema: str = SCHEMA
    at: str
    uptime: float
    memory: Memory = Memory()
    cpu: Cpu = Cpu()
    threads: int = 0
    tasks: int = 0
    loop: LoopState = LoopState()
    gc: Collections = Collections()
    api: tuple[CallTimes, ...] = ()
    operations: tuple[OperationTimes, ...] = ()
    caches: tuple[CacheState, ...] = ()
    queues: tuple[QueueState, ...] = ()
    limiters: tuple[LimiterState, ...] = ()
    watches: tuple[WatchState, ...] = ()
    components: tuple[ComponentUse, ...] = ()
    start: tuple[Mark, ...] = ()
    slow: tuple[SlowOperation, ...] = ()
    slow_seen: int = 0
    alerts: tuple[str, ...] = ()  # names of those that are firing


METRICS: Final[dict[str, Dimension]] = {
    "memory.rss": "bytes",
    "memory.peak": "bytes",
    "cpu.share": "ratio",
    "cpu.peak": "ratio",
    "cpu.seconds": "time",
    "threads": "count",
    "tasks": "count",
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
    "limiter.wait.p95": "time",
    "watch.staleness": "time",
    "component.bytes": "bytes",
}


def dimension(metric: str) -> Dimension:
    """The dimension of a metric, with or without labels; raises ScenarioError for one that there is not."""
    name = metric.partition("{")[0]
    if name not in METRICS:
        raise ScenarioError(f"no metric {name!r} of a monitor", f"there are {', '.join(METRICS)}")
    return METRICS[name]


def values(snapshot: Snapshot) -> dict[str, float]:
    """Metric → value. What exists several times has one each (``queue.depth{queue=views}``), and the worst of them."""
    found = dict(_single(snapshot))
    for name, labels, value in _labelled(snapshot):
        worst = min if name == "cache.hit_ratio" else max
        found[f"{name}{{{labels}}}"] = value
        found[name] = worst(found.get(name, value), value)
    return found


def _single(snapshot: Snapshot) -> Iterator[tuple[str, float]]:
    if snapshot.memory.rss is not None:
        yield "memory.rss", snapshot.memory.rss
    if snapshot.memory.peak is not None:
        yield "memory.peak", snapshot.memory.peak
    yield "cpu.share", snapshot.cpu.share
    yield "cpu.peak", snapshot.cpu.peak
    yield "cpu.seconds", snapshot.cpu.seconds
    yield "threads", snapshot.threads
    yield "tasks", snapshot.tasks
    yield "loop.lag.p99", snapshot.loop.recent.p99
    yield "loop.overdue", snapshot.loop.overdue
    yield "gc.pause.longest", max(snapshot.gc.longest)


def _labelled(snapshot: Snapshot) -> Iterator[tuple[str, str, float]]:
    """Metric, labels, value."""
    yield from _of_calls(snapshot.api)
    known: list[tuple[str, str, float | None]] = [
        *(("cache.hit_ratio", f"cache={cache.name}", cache.ratio) for cache in snapshot.caches),
        *(("queue.depth", f"queue={queue.name}", queue.depth) for queue in snapshot.queues),
        *(("limiter.wait.p95", f"limiter={limiter.name}", limiter.recent.p95) for limiter in snapshot.limiters),
        *(("watch.staleness", f"resource={watch.resource}", watch.staleness) for watch in snapshot.watches),
        *(("component.bytes", f"component={part.name}", part.bytes) for part in snapshot.components),
    ]
    for name, labels, value in known:
        if value is not None:
            yield name, labels, value


def _of_calls(calls: tuple[CallTimes, ...]) -> Iterator[tuple[str, str, float]]:
    for call in calls:
        labels = f"verb={call.verb},resource={call.resource}"
        yield "api.under_way", labels, call.under_way
        yield "api.failed", labels, call.failed
        if call.recent.count and call.verb != "watch":
            yield "api.latency.p50", labels, call.recent.p50
            yield "api.latency.p95", labels, call.recent.p95
            yield "api.latency.p99", labels, call.recent.p99
