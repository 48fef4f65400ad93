"""What a monitor knows at one moment, as the readings that alerts are about and a performance view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.readings import (
    CacheReading,
    CallReading,
    GcReading,
    LimiterReading,
    PartReading,
    QueueReading,
    Readings,
    SlowReading,
    WatchReading,
)

if TYPE_CHECKING:
    from perfkit.monitor.calls import CallTimes
    from perfkit.monitor.snapshot import Snapshot


def readings(snapshot: Snapshot) -> Readings:
    """The snapshot as readings, ``at`` the monitor's own uptime, without rates: ``rated`` makes those of two."""
    return Readings(
        at=snapshot.uptime,
        uptime=snapshot.uptime,
        memory=snapshot.memory.rss,
        memory_peak=snapshot.memory.peak,
        cpu=snapshot.cpu.share,
        cpu_peak=snapshot.cpu.peak,
        cpu_seconds=snapshot.cpu.seconds,
        threads=snapshot.threads,
        tasks=snapshot.tasks,
        loop_lag=snapshot.loop.recent.p99,
        loop_overdue=snapshot.loop.overdue,
        gc=GcReading(runs=sum(snapshot.gc.runs), seconds=snapshot.gc.seconds, longest=max(snapshot.gc.longest)),
        calls=tuple(map(_call, snapshot.api)),
        caches=tuple(CacheReading(name=c.name, hits=c.hits, misses=c.misses, size=c.size) for c in snapshot.caches),
        watches=tuple(
            WatchReading(
                resource=watch.resource,
                events=watch.events,
                restarts=sum(watch.restarts.values()),
                staleness=watch.staleness,
            )
            for watch in snapshot.watches
        ),
        queues=tuple(QueueReading(name=queue.name, depth=queue.depth) for queue in snapshot.queues),
        limiters=tuple(
            LimiterReading(name=each.name, p95=each.recent.p95, count=each.wait.count) for each in snapshot.limiters
        ),
        parts=tuple(PartReading(name=part.name, cpu=part.cpu, bytes=part.bytes) for part in snapshot.components),
        slow=tuple(SlowReading(at=slow.at, name=slow.operation, seconds=slow.seconds) for slow in snapshot.slow),
        alerts=snapshot.alerts,
        overhead=snapshot.cpu.own / snapshot.uptime if snapshot.uptime > 0 else None,
    )


def _call(call: CallTimes) -> CallReading:
    late = call.recent
    known = late.count > 0
    return CallReading(
        verb=call.verb,
        resource=call.resource,
        count=call.total.count,
        failed=call.failed,
        under_way=call.under_way,
        p50=late.p50 if known else None,
        p95=late.p95 if known else None,
        p99=late.p99 if known else None,
    )
