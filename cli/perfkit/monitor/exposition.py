"""What a monitor knows, for Prometheus.

A collector that reads the monitor when it is scraped: nothing is counted twice, and between scrapes it costs nothing.
The only module that imports prometheus-client, which the extra ``monitor`` brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from perfkit.monitor.timing import SECOND, Timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.monitor.core import Monitor
    from perfkit.monitor.snapshot import Snapshot

    Values = Sequence[tuple[tuple[str, ...], float]]  # labels, value
    Row = tuple[str, str, tuple[str, ...], Values]  # name, help, names of labels

__all__ = ["CONTENT_TYPE", "MonitorCollector", "exposed"]

_BOUNDS: Final = tuple(2**power for power in range(19, 36))  # ns: 0.5 ms to 34 s; where buckets of a Timing end too


class MonitorCollector(Collector):
    """Register it: ``REGISTRY.register(monitor.collector())``."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: what there is shows when it is scraped."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Everything, as of now."""
        snapshot = self._monitor.snapshot()
        for name, text, labels, values in (*_of_process(snapshot), *_of_parts(snapshot)):
            yield _gauge(name, text, labels, values)
        for name, text, labels, values in (*_counted_process(snapshot), *_counted_parts(snapshot)):
            yield _counter(name, text, labels, values)
        firing = dict.fromkeys(snapshot.alerts, 1.0)
        rules = [((rule.name,), firing.get(rule.name, 0.0)) for rule in self._monitor.options.rules]
        yield _gauge("alert_firing", "Whether an alert of the monitor fires", ("alert",), rules)
        yield from self._histograms()

    def _histograms(self) -> Iterator[Metric]:
        monitor = self._monitor
        parts = [
            ((verb, resource, part), timing)
            for (verb, resource), series in monitor.calls.series()
            for part, timing in series.parts().items()
        ]
        operations = [((name,), timing) for name, timing in monitor.operations.timings()]
        limiters = [((name,), timing) for name, timing in monitor.meters.limiters.items()]
        yield _histogram("api_seconds", "Requests, by part of their time", ("verb", "resource", "part"), parts)
        yield _histogram("operation_seconds", "Operations", ("operation",), operations)
        yield _histogram("limiter_wait_seconds", "Waits for a rate limiter", ("limiter",), limiters)
        yield _histogram("loop_lag_seconds", "How late event loops run what is due", (), [((), monitor.loops.lag)])


def exposed(monitor: Monitor) -> bytes:
    """The monitor's metrics in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MonitorCollector(monitor))
    return generate_latest(registry)


def _of_process(snapshot: Snapshot) -> list[Row]:
    memory = [((kind,), value) for kind in ("rss", "peak") if (value := getattr(snapshot.memory, kind)) is not None]
    longest = [((str(generation),), seconds) for generation, seconds in enumerate(snapshot.gc.longest)]
    return [
        ("memory_bytes", "Memory of the process", ("kind",), memory),
        ("cpu_share", "Share of a core between the last two looks", (), [((), snapshot.cpu.share)]),
        ("threads", "Threads", (), [((), snapshot.threads)]),
        ("tasks", "Unfinished asyncio tasks", (), [((), snapshot.tasks)]),
        ("gc_longest_pause_seconds", "The longest collection", ("generation",), longest),
        ("start_seconds", "Moments of the start", ("mark",), [((mark.name,), mark.seconds) for mark in snapshot.start]),
    ]


def _of_parts(snapshot: Snapshot) -> list[Row]:
    stale = [((w.resource,), w.staleness) for w in snapshot.watches if w.staleness is not None]
    sizes = [((cache.name,), float(cache.size)) for cache in snapshot.caches if cache.size is not None]
    held = [((part.name,), float(part.bytes)) for part in snapshot.components if part.bytes is not None]
    under_way = [((call.verb, call.resource), float(call.under_way)) for call in snapshot.api]
    return [
        ("api_under_way", "Requests that are under way", ("verb", "resource"), under_way),
        ("cache_size", "Size of a cache", ("cache",), sizes),
        ("queue_depth", "Depth of a queue", ("queue",), [((queue.name,), queue.depth) for queue in snapshot.queues]),
        ("watch_staleness_seconds", "Since the last event or bookmark", ("resource",), stale),
        ("component_bytes", "Memory that a component says it holds", ("component",), held),
    ]


def _counted_process(snapshot: Snapshot) -> list[Row]:
    runs = [((str(generation),), float(count)) for generation, count in enumerate(snapshot.gc.runs)]
    return [
        ("cpu_seconds", "CPU time of the process", (), [((), snapshot.cpu.seconds)]),
        ("monitor_cpu_seconds", "CPU time of the monitor's thread", (), [((), snapshot.cpu.own)]),
        ("gc_runs", "Collections", ("generation",), runs),
        ("gc_seconds", "Time in collections", (), [((), snapshot.gc.seconds)]),
        ("slow_operations", "Operations above the threshold", (), [((), snapshot.slow_seen)]),
    ]


def _counted_parts(snapshot: Snapshot) -> list[Row]:
    outcomes = [
        ((call.verb, call.resource, outcome), float(count))
        for call in snapshot.api
        for outcome, count in call.outcomes.items()
    ]
    restarts = [((w.resource, reason), float(count)) for w in snapshot.watches for reason, count in w.restarts.items()]
    cpu = [((part.name,), part.cpu) for part in snapshot.components]
    return [
        ("api_requests", "Requests", ("verb", "resource", "outcome"), outcomes),
        ("cache_hits", "Hits", ("cache",), [((cache.name,), cache.hits) for cache in snapshot.caches]),
        ("cache_misses", "Misses", ("cache",), [((cache.name,), cache.misses) for cache in snapshot.caches]),
        ("watch_events", "Events", ("resource",), [((watch.resource,), watch.events) for watch in snapshot.watches]),
        ("watch_restarts", "Watches begun anew", ("resource", "reason"), restarts),
        ("component_cpu_seconds", "CPU time of a component", ("component",), cpu),
    ]


def _gauge(name: str, text: str, labels: Sequence[str], values: Values) -> Metric:
    family = GaugeMetricFamily(f"perfkit_{name}", text, labels=labels)
    for labelled, value in values:
        family.add_metric(labelled, value)
    return family


def _counter(name: str, text: str, labels: Sequence[str], values: Values) -> Metric:
    family = CounterMetricFamily(f"perfkit_{name}", text, labels=labels)
    for labelled, value in values:
        family.add_metric(labelled, value)
    return family


def _histogram(
    name: str, text: str, labels: Sequence[str], timings: Sequence[tuple[tuple[str, ...], Timing]]
) -> Metric:
    family = HistogramMetricFamily(f"perfkit_{name}", text, labels=labels)
    for labelled, timing in timings:
        times = timing.times()
        buckets = [
            (f"{bound / SECOND:.9g}", float(count))
            for bound, count in zip(_BOUNDS, timing.cumulative(_BOUNDS), strict=True)
        ]
        family.add_metric(labelled, [*buckets, ("+Inf", float(times.count))], times.total)
    return family
