"""A Prometheus endpoint as readings: by the names of client-go, controller-runtime, runtimes, and perfkit.monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.measure.live.exposition import Exposition, Late
from perfkit.model.readings import (
    CacheReading,
    CallReading,
    GcReading,
    LimiterReading,
    PartReading,
    QueueReading,
    Readings,
    WatchReading,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.measure.live.exposition import Buckets, Key

_REFUSED: Final = "4", "5", "<"  # how codes of refused requests begin; client-go writes <error> where none came
_FINE: Final = "2", "3", "1", "ok"  # how outcomes of perfkit.monitor that are no failures begin
CLIENT_GO: Final = "rest_client_request_duration_seconds"
LIMITER: Final = "rest_client_rate_limiter_duration_seconds"
RECONCILE: Final = "controller_runtime_reconcile_time_seconds"
QUEUE_WAIT: Final = "workqueue_queue_duration_seconds"
QUEUE_WORK: Final = "workqueue_work_duration_seconds"
OWN_CALLS: Final = "perfkit_api_seconds"
OWN_LIMITER: Final = "perfkit_limiter_wait_seconds"
OWN_LAG: Final = "perfkit_loop_lag_seconds"


class Endpoint:
    """Folds what is exposed, scrape by scrape."""

    def __init__(self) -> None:
        self._late = Late()
        self._peak = 0.0

    def readings(self, exposed: Exposition, at: float, wall: float) -> Readings:
        """What was exposed at ``at`` (seconds, monotonic), which was ``wall`` since the epoch."""
        self._late.keep(at, dict(_histograms(exposed)))
        memory = exposed.one("process_resident_memory_bytes") or exposed.one("perfkit_memory_bytes", kind="rss")
        self._peak = max(self._peak, memory or 0.0, exposed.one("perfkit_memory_bytes", kind="peak") or 0.0)
        started = exposed.one("process_start_time_seconds")
        return Readings(
            at=at,
            uptime=None if started is None else max(0.0, wall - started),
            memory=memory,
            memory_peak=self._peak or None,
            cpu_seconds=exposed.one("process_cpu_seconds_total", "perfkit_cpu_seconds_total"),
            threads=_count(exposed.one("go_threads", "perfkit_threads")),
            tasks=_count(exposed.one("perfkit_tasks")),
            goroutines=_count(exposed.one("go_goroutines")),
            descriptors=_count(exposed.one("process_open_fds")),
            loop_lag=self._late.quantiles(OWN_LAG)[2],
            gc=_gc(exposed),
            calls=(*self._client_go(exposed), *self._reconcilers(exposed), *self._own_calls(exposed)),
            caches=tuple(_caches(exposed)),
            watches=tuple(_watches(exposed)),
            queues=(*self._queues(exposed), *_own_queues(exposed)),
            limiters=tuple(self._limiters(exposed)),
            parts=tuple(_parts(exposed)),
            alerts=tuple(name for (name,), firing in exposed.by("perfkit_alert_firing", "alert").items() if firing),
        )

    def _client_go(self, exposed: Exposition) -> Iterator[CallReading]:
        """Of client-go: by method and host, the host left out where there is but one."""
        durations = exposed.by(f"{CLIENT_GO}_count", "verb", "host")
        asked = exposed.by("rest_client_requests_total", "method", "host", "code")
        total: dict[Key, float] = {}
        failed: dict[Key, float] = {}
        for (method, host, code), count in asked.items():
            total[method, host] = total.get((method, host), 0.0) + count
            failed[method, host] = failed.get((method, host), 0.0) + count * code.startswith(_REFUSED)
        keys = sorted({*durations, *total})
        hosts = {host for _, host in keys}
        for key in keys:
            yield self._call(
                (key[0].lower(), key[1] if len(hosts) > 1 else ""),
                f"{CLIENT_GO} {' '.join(key)}",
                (durations.get(key) or total.get(key, 0.0), failed.get(key, 0.0)),
            )

    def _reconcilers(self, exposed: Exposition) -> Iterator[CallReading]:
        """Of controller-runtime: what each controller does about an object counts as a call, too."""
        done = exposed.by("controller_runtime_reconcile_total", "controller")
        failed = exposed.by("controller_runtime_reconcile_errors_total", "controller")
        active = exposed.by("controller_runtime_active_workers", "controller")
        for key, count in done.items():
            name = f"{RECONCILE} {key[0]}"
            yield self._call(("reconcile", key[0]), name, (count, failed.get(key, 0.0)), active.get(key, 0.0))

    def _own_calls(self, exposed: Exposition) -> Iterator[CallReading]:
        done = exposed.by("perfkit_api_requests_total", "verb", "resource")
        failed: dict[Key, float] = {}
        for (verb, resource, outcome), count in exposed.by(
            "perfkit_api_requests_total", "verb", "resource", "outcome"
        ).items():
            failed[verb, resource] = failed.get((verb, resource), 0.0) + count * (not outcome.startswith(_FINE))
        open_ = exposed.by("perfkit_api_under_way", "verb", "resource")
        for key in sorted({*done, *open_}):
            name = f"{OWN_CALLS} {' '.join(key)}"
            counts = done.get(key, 0.0), failed.get(key, 0.0)
            yield self._call((key[0], key[1]), name, counts, open_.get(key, 0.0))

    def _call(
        self, key: tuple[str, str], histogram: str, counts: tuple[float, float], under_way: float = 0.0
    ) -> CallReading:
        p50, p95, p99 = self._late.quantiles(histogram)
        return CallReading(
            verb=key[0],
            resource=key[1],
            count=int(counts[0]),
            failed=int(counts[1]),
            under_way=int(under_way),
            p50=p50,
            p95=p95,
            p99=p99,
        )

    def _queues(self, exposed: Exposition) -> Iterator[QueueReading]:
        added = exposed.by("workqueue_adds_total", "name")
        retries = exposed.by("workqueue_retries_total", "name")
        for key, depth in exposed.by("workqueue_depth", "name").items():
            yield QueueReading(
                name=key[0],
                depth=int(depth),
                added=_count(added.get(key)),
                retries=_count(retries.get(key)),
                wait=self._late.quantiles(f"{QUEUE_WAIT} {key[0]}")[1],
                work=self._late.quantiles(f"{QUEUE_WORK} {key[0]}")[1],
            )

    def _limiters(self, exposed: Exposition) -> Iterator[LimiterReading]:
        for name, label in ((LIMITER, "verb"), (OWN_LIMITER, "limiter")):
            for key, count in exposed.by(f"{name}_count", label).items():
                p95 = self._late.quantiles(f"{name} {key[0]}")[1]
                yield LimiterReading(name=key[0].lower(), p95=p95, count=int(count))


def _histograms(exposed: Exposition) -> Iterator[tuple[str, Buckets]]:
    """All whose quantiles are told, by name and labels."""
    kept: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
        (CLIENT_GO, ("verb", "host"), {}),
        (LIMITER, ("verb",), {}),
        (RECONCILE, ("controller",), {}),
        (QUEUE_WAIT, ("name",), {}),
        (QUEUE_WORK, ("name",), {}),
        (OWN_CALLS, ("verb", "resource"), {"part": "total"}),
        (OWN_LIMITER, ("limiter",), {}),
        (OWN_LAG, (), {}),
    )
    for name, labels, having in kept:
        for key, buckets in exposed.buckets(name, *labels, **having).items():
            yield " ".join([name, *key]), buckets


def _gc(exposed: Exposition) -> GcReading | None:
    """Go's, perfkit.monitor's, or what Python's own collector counts."""
    runs = exposed.one("go_gc_duration_seconds_count", "perfkit_gc_runs_total", "python_gc_collections_total")
    if runs is None:
        return None
    longest = exposed.by("perfkit_gc_longest_pause_seconds", "generation").values()
    return GcReading(
        runs=int(runs),
        seconds=exposed.one("go_gc_duration_seconds_sum", "perfkit_gc_seconds_total"),
        longest=max(longest) if longest else exposed.one("go_gc_duration_seconds", quantile="1"),
    )


def _caches(exposed: Exposition) -> Iterator[CacheReading]:
    hits = exposed.by("perfkit_cache_hits_total", "cache")
    misses = exposed.by("perfkit_cache_misses_total", "cache")
    sizes = exposed.by("perfkit_cache_size", "cache")
    for key in sorted({*hits, *misses, *sizes}):
        yield CacheReading(
            name=key[0], hits=int(hits.get(key, 0)), misses=int(misses.get(key, 0)), size=_count(sizes.get(key))
        )


def _watches(exposed: Exposition) -> Iterator[WatchReading]:
    restarts = exposed.by("perfkit_watch_restarts_total", "resource")
    stale = exposed.by("perfkit_watch_staleness_seconds", "resource")
    for key, events in exposed.by("perfkit_watch_events_total", "resource").items():
        yield WatchReading(
            resource=key[0], events=int(events), restarts=int(restarts.get(key, 0)), staleness=stale.get(key)
        )


def _own_queues(exposed: Exposition) -> Iterator[QueueReading]:
    for key, depth in exposed.by("perfkit_queue_depth", "queue").items():
        yield QueueReading(name=key[0], depth=int(depth))


def _parts(exposed: Exposition) -> Iterator[PartReading]:
    held = exposed.by("perfkit_component_bytes", "component")
    cpu = exposed.by("perfkit_component_cpu_seconds_total", "component")
    for key in sorted({*held, *cpu}):
        yield PartReading(name=key[0], cpu=cpu.get(key), bytes=_count(held.get(key)))


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)
