from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from perfkit.monitor import Monitor
from perfkit.monitor.exposition import exposed


@pytest.fixture
def monitor() -> Monitor:
    """One that was told things and not started."""
    monitor = Monitor()
    for _ in range(3):
        with monitor.operation("list pods"), monitor.call("list", "pods") as call:
            call.answered(200)
            call.received(10)
    monitor.cache("objects").hit(4)
    monitor.queue("views").depth = lambda: 7
    monitor.limiter("api").add(2_000_000_000)
    monitor.watching("pods").heard(9)
    monitor.mark("synced")
    with monitor.component("ingest"):
        pass
    return monitor


def samples(monitor: Monitor) -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposed(monitor).decode())
        for sample in family.samples
    }


def test_all_that_is_known_is_exposed(monitor: Monitor) -> None:
    found = samples(monitor)
    assert found["perfkit_api_requests_total", "outcome=200,resource=pods,verb=list"] == 3
    assert found["perfkit_api_seconds_count", "part=total,resource=pods,verb=list"] == 3
    assert found["perfkit_operation_seconds_count", "operation=list pods"] == 3
    assert found["perfkit_cache_hits_total", "cache=objects"] == 4
    assert found["perfkit_queue_depth", "queue=views"] == 7
    assert found["perfkit_watch_events_total", "resource=pods"] == 9
    assert found["perfkit_memory_bytes", "kind=rss"] > 1e6
    assert found["perfkit_alert_firing", "alert=memory"] == 0
    assert found["perfkit_start_seconds", "mark=synced"] > 0
    assert ("perfkit_component_cpu_seconds_total", "component=ingest") in found


def test_a_histogram_counts_what_took_less_than_each_bound(monitor: Monitor) -> None:
    found = samples(monitor)
    buckets = {
        float(labels.removeprefix("le=").partition(",")[0].replace("+Inf", "inf")): value
        for (name, labels), value in found.items()
        if name == "perfkit_limiter_wait_seconds_bucket"
    }
    assert {bound: value for bound, value in buckets.items() if value} == {bound: 1 for bound in buckets if bound > 2.0}
    assert found["perfkit_limiter_wait_seconds_sum", "limiter=api"] == 2.0


def test_a_collector_can_stand_beside_others(monitor: Monitor) -> None:
    registry = CollectorRegistry()
    registry.register(monitor.collector())
    assert registry.get_sample_value("perfkit_queue_depth", {"queue": "views"}) == 7
