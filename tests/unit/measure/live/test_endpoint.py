from __future__ import annotations

from perfkit.measure.live.endpoint import Endpoint
from perfkit.measure.live.exposition import Exposition
from perfkit.model.readings import Readings, rated, values
from perfkit.monitor import Monitor, Options
from perfkit.monitor.exposition import exposed
from perfkit.monitor.readings import readings as of_snapshot

# The names and labels of client-go v0.3x, controller-runtime v0.2x and Go's and Python's own collectors.
OPERATOR = """\
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 5.2e+07
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total {cpu}
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1000
process_open_fds 14
go_goroutines 98
go_threads 11
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{{quantile="0"}} 0.0001
go_gc_duration_seconds{{quantile="1"}} 0.002
go_gc_duration_seconds_sum 0.03
go_gc_duration_seconds_count 70
# TYPE rest_client_request_duration_seconds histogram
rest_client_request_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="0.005"}} {quick}
rest_client_request_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="0.1"}} {all}
rest_client_request_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="+Inf"}} {all}
rest_client_request_duration_seconds_sum{{host="10.0.0.1:443",verb="GET"}} 1
rest_client_request_duration_seconds_count{{host="10.0.0.1:443",verb="GET"}} {all}
# TYPE rest_client_requests_total counter
rest_client_requests_total{{code="200",host="10.0.0.1:443",method="GET"}} {all}
rest_client_requests_total{{code="409",host="10.0.0.1:443",method="PUT"}} 3
rest_client_requests_total{{code="<error>",host="10.0.0.1:443",method="PUT"}} 1
# TYPE rest_client_rate_limiter_duration_seconds histogram
rest_client_rate_limiter_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="0.25"}} {all}
rest_client_rate_limiter_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="+Inf"}} {all}
rest_client_rate_limiter_duration_seconds_count{{host="10.0.0.1:443",verb="GET"}} {all}
# TYPE workqueue_depth gauge
workqueue_depth{{name="deployment"}} 7
# TYPE workqueue_adds_total counter
workqueue_adds_total{{name="deployment"}} {all}
# TYPE workqueue_retries_total counter
workqueue_retries_total{{name="deployment"}} 2
# TYPE workqueue_queue_duration_seconds histogram
workqueue_queue_duration_seconds_bucket{{name="deployment",le="1"}} {all}
workqueue_queue_duration_seconds_bucket{{name="deployment",le="+Inf"}} {all}
# TYPE controller_runtime_reconcile_total counter
controller_runtime_reconcile_total{{controller="deployment",result="success"}} 90
controller_runtime_reconcile_total{{controller="deployment",result="error"}} 10
# TYPE controller_runtime_reconcile_errors_total counter
controller_runtime_reconcile_errors_total{{controller="deployment"}} 10
# TYPE controller_runtime_active_workers gauge
controller_runtime_active_workers{{controller="deployment"}} 1
# TYPE controller_runtime_reconcile_time_seconds histogram
controller_runtime_reconcile_time_seconds_bucket{{controller="deployment",le="0.5"}} {all}
controller_runtime_reconcile_time_seconds_bucket{{controller="deployment",le="+Inf"}} {all}
"""


def scraped() -> Readings:
    """An operator, scraped twice within ten seconds."""
    endpoint = Endpoint()
    before = endpoint.readings(Exposition(OPERATOR.format(cpu=3.0, quick=90, all=100)), 10.0, 1600.0)
    after = endpoint.readings(Exposition(OPERATOR.format(cpu=3.5, quick=95, all=200)), 20.0, 1610.0)
    return rated(after, before)


def test_the_process_is_told_by_the_names_of_the_runtimes() -> None:
    found = scraped()
    assert (found.memory, found.cpu, found.uptime) == (52_000_000, 0.05, 610.0)
    assert (found.goroutines, found.threads, found.descriptors) == (98, 11, 14)
    assert found.gc is not None
    assert (found.gc.runs, found.gc.longest, found.gc.seconds) == (70, 0.002, 0.03)


def test_requests_of_client_go_are_told_by_method_with_their_failures() -> None:
    get, put, reconcile = scraped().calls
    assert (get.verb, get.resource, get.count, get.failed, get.rate) == ("get", "", 200, 0, 10.0)
    assert get.p50 is not None
    assert 0.005 < get.p50 < 0.1
    assert (put.verb, put.count, put.failed, put.p50) == ("put", 4, 4, None)
    assert (reconcile.verb, reconcile.resource) == ("reconcile", "deployment")
    assert (reconcile.count, reconcile.failed, reconcile.under_way) == (100, 10, 1)


def test_queues_and_limiters_have_their_waits() -> None:
    found = scraped()
    (queue,) = found.queues
    assert (queue.name, queue.depth, queue.added, queue.retries, queue.rate) == ("deployment", 7, 200, 2, 10.0)
    assert queue.wait == 0.95
    (limiter,) = found.limiters
    assert (limiter.name, limiter.p95) == ("get", 0.2375)


def test_hosts_are_named_where_there_are_several() -> None:
    lines = [f'rest_client_requests_total{{code="200",host="{host}",method="GET"}} 1' for host in ("a", "b")]
    found = Endpoint().readings(Exposition("\n".join(lines) + "\n"), 0.0, 0.0)
    assert [call.resource for call in found.calls] == ["a", "b"]


def test_what_a_monitor_exposes_reads_as_its_snapshot_does() -> None:
    """The names of perfkit.monitor: counts, sizes and alerts agree; quantiles within the widths of the buckets."""
    with Monitor(Options(rules=())) as monitor:
        for status in (200, 500):
            call = monitor.call("list", "pods")
            call.answered(status)
            call.end()
        monitor.cache("objects").hit(3)
        monitor.cache("objects").miss()
        monitor.cache("objects").size = lambda: 12
        monitor.queue("views").depth = lambda: 5
        monitor.watching("pods").heard(4)
        monitor.watching("pods").restarted("gone")
        monitor.components.holds("rows", lambda: 4096)
        monitor.limiter("api").add(12_000_000)
        own = of_snapshot(monitor.snapshot())
        read = Endpoint().readings(Exposition(exposed(monitor).decode()), 1.0, 1.0)
    assert [(call.verb, call.resource, call.count, call.failed) for call in read.calls] == [("list", "pods", 2, 1)]
    assert read.caches == own.caches
    assert [(watch.resource, watch.events, watch.restarts) for watch in read.watches] == [("pods", 4, 1)]
    assert [(queue.name, queue.depth) for queue in read.queues] == [("views", 5)]
    assert [(part.name, part.bytes) for part in read.parts] == [("rows", 4096)]
    assert read.limiters[0].p95 is not None
    assert (read.limiters[0].name, 0.008 < read.limiters[0].p95 < 0.017) == ("api", True)
    for name in ("cache.hit_ratio", "queue.depth", "api.failed", "component.bytes", "tasks"):
        assert values(read)[name] == values(own)[name]
