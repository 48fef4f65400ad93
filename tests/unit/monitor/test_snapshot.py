from __future__ import annotations

import msgspec

from perfkit.model.readings import METRICS, dimension, values
from perfkit.monitor.calls import Calls
from perfkit.monitor.meters import CacheState, QueueState
from perfkit.monitor.readings import readings
from perfkit.monitor.snapshot import Memory, Snapshot
from support.ticking import Ticking


def snapshot() -> Snapshot:
    clock = Ticking()
    calls = Calls(clock)
    for verb, seconds in (("list", 1.0), ("get", 0.25), ("watch", 9.0)):
        call = calls.begin(verb, "pods")
        clock.go(seconds)
        call.answered(200)
        call.end()
    return Snapshot(
        at="2026-01-01T00:00:00.000+00:00",
        uptime=60.0,
        memory=Memory(rss=50_000_000),
        api=calls.times(),
        caches=(CacheState("a", 9, 1, 0.9, None), CacheState("b", 1, 1, 0.5, None), CacheState("c", 0, 0, None, None)),
        queues=(QueueState("views", 3, 8),),
    )


def test_each_of_several_has_a_value_and_the_worst_stands_for_all() -> None:
    found = values(readings(snapshot()))
    assert found["api.latency.p95"] == found["api.latency.p95{verb=list,resource=pods}"] == 1.0
    assert found["api.latency.p95{verb=get,resource=pods}"] == 0.25
    assert found["cache.hit_ratio"] == found["cache.hit_ratio{cache=b}"] == 0.5
    assert found["queue.depth{queue=views}"] == 3
    assert "api.latency.p95{verb=watch,resource=pods}" not in found


def test_what_is_not_known_has_no_value() -> None:
    found = values(readings(snapshot()))
    assert "memory.peak" not in found
    assert "cache.hit_ratio{cache=c}" not in found


def test_every_value_is_of_a_metric_with_a_dimension() -> None:
    assert {dimension(name) for name in values(readings(snapshot()))} <= set(METRICS.values())


def test_a_snapshot_is_json_and_back() -> None:
    encoded = msgspec.json.encode(snapshot())
    assert msgspec.json.decode(encoded, type=Snapshot) == snapshot()
