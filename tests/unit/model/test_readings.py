from __future__ import annotations

import msgspec
import pytest

from perfkit.errors import ScenarioError
from perfkit.model.readings import (
    METRICS,
    CallReading,
    LimiterReading,
    QueueReading,
    Readings,
    WatchReading,
    dimension,
    rated,
    values,
)


def readings(at: float, count: int, cpu: float) -> Readings:
    return Readings(
        at=at,
        cpu_seconds=cpu,
        calls=(CallReading(verb="list", resource="pods", count=count),),
        watches=(WatchReading(resource="pods", events=10 * count),),
        queues=(QueueReading(name="views", depth=1, added=count), QueueReading(name="unknown")),
    )


def test_rates_are_what_was_counted_between_two_readings() -> None:
    found = rated(readings(12.0, 30, 1.5), readings(10.0, 10, 1.0))
    assert found.calls[0].rate == 10.0
    assert found.watches[0].rate == 100.0
    assert [queue.rate for queue in found.queues] == [10.0, None]
    assert found.cpu == 0.25


def test_the_first_readings_have_no_rates() -> None:
    first = readings(10.0, 10, 1.0)
    assert rated(first, None) == first
    assert rated(first, first) == first


def test_counters_that_fell_began_anew() -> None:
    found = rated(readings(12.0, 4, 0.5), readings(10.0, 1000, 9.0))
    assert found.calls[0].rate == 2.0
    assert found.cpu == 0.0


def test_a_share_of_a_core_that_the_source_tells_is_left_alone() -> None:
    now = msgspec.structs.replace(readings(12.0, 4, 5.0), cpu=0.07)
    assert rated(now, readings(10.0, 4, 1.0)).cpu == 0.07


def test_every_value_is_of_a_metric_and_the_worst_stands_for_all() -> None:
    found = values(
        Readings(
            at=0.0,
            memory=5.0,
            goroutines=7,
            calls=(
                CallReading(verb="list", resource="pods", p95=2.0),
                CallReading(verb="watch", resource="pods", p95=9.0),
            ),
            queues=(QueueReading(name="a", depth=3), QueueReading(name="b", depth=8)),
            limiters=(LimiterReading(name="rest", p95=0.5),),
        )
    )
    assert {name.partition("{")[0] for name in found} <= set(METRICS)
    assert (found["api.latency.p95"], found["queue.depth"], found["goroutines"]) == (2.0, 8, 7)
    assert "memory.peak" not in found


def test_a_metric_that_there_is_not_is_refused() -> None:
    assert dimension("queue.depth{queue=views}") == "count"
    with pytest.raises(ScenarioError, match=r"no metric 'queue\.dept'"):
        dimension("queue.dept")
