"""Limits of the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import UsageError
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.scenario import MetricLimit
from perfkit.storage.limits import parse_limits
from perfkit.storage.scenarios import with_limits, with_project_limits
from support.stored import make_scenario


@pytest.mark.parametrize(
    ("written", "metric", "limit"),
    [
        ("memory.peak=+0.5 %", "memory.peak", Limit("+", 0.005, relative=True, written="+0.5 %")),
        ("memory.peak=+2MB", "memory.peak", Limit("+", 2e6, written="+2MB")),
        ("startup.ready=< 2 s", "startup.ready", Limit("<", 2.0, written="< 2 s")),
        ("startup.ready=<=1,500 ms", "startup.ready", Limit("<=", 1.5, written="<= 1,500 ms")),
        (" api.requests ===4", "api.requests", Limit("==", 4.0, written="== 4")),
        ("api.requests=+0", "api.requests", Limit("+", 0.0, written="+0")),
        ("startup.ready<=2 s", "startup.ready", Limit("<=", 2.0, written="<= 2 s")),
        ("memory.peak < 100 MB", "memory.peak", Limit("<", 1e8, written="< 100 MB")),
        ("api.requests == 4", "api.requests", Limit("==", 4.0, written="== 4")),
        ("busy/api.requests=< 3", "busy/api.requests", Limit("<", 3.0, written="< 3")),
        (
            "api.requests{verb=list,resource=pods}=== 1",
            "api.requests{resource=pods,verb=list}",
            Limit("==", 1.0, written="== 1"),
        ),
    ],
)
def test_a_limit_is_a_metric_and_a_bound_with_an_equals_sign_where_it_wants_one(
    written: str, metric: str, limit: Limit
) -> None:
    assert parse_limits([written]) == (MetricLimit(metric=metric, limits=(limit,)),)


def test_several_limits_of_a_metric_all_hold() -> None:
    (both,) = parse_limits(["cpu.seconds=+5 %", "cpu.seconds=< 2 s"])
    assert [limit.written for limit in both.limits] == ["+5 %", "< 2 s"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("memory.peak", "is not METRIC=LIMIT"),
        ("", "is not METRIC=LIMIT"),
        ("=+5 %", "is not METRIC=LIMIT"),
        ("memory.peek=+5 %", "unknown metric 'memory.peek'"),
        ("busy/cache.saved=+0", "cache.saved is not known by step"),
        ("api.requests{colour=red}=+0", "api.requests is not known by colour"),
        ("memory.peak=", "'' is not a limit"),
        ("memory.peak=5 %", "'5 %' is not a limit"),
        ("memory.peak=+5 s", "is a time, but the metric is a number of bytes"),
        ("memory.peak=+5 parsecs", "unknown unit 'parsecs'"),
        ("cpu.seconds=< 5 %", "is a percentage, but the metric is a time"),
        ("api.requests=+one", "is not a number with a unit"),
    ],
)
def test_what_is_no_limit_is_one_clear_line(written: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_limits([written])
    assert said in caught.value.message
    assert caught.value.message.startswith(f"--limit {written!r}")


@given(st.text(max_size=30))
def test_any_text_is_a_limit_or_a_usage_error(written: str) -> None:
    try:
        (limit,) = parse_limits([written])
    except UsageError:
        return
    assert limit.metric in BY_NAME


def test_the_command_line_goes_before_the_scenario_and_that_before_the_project() -> None:
    def limit(metric: str, written: str) -> MetricLimit:
        return MetricLimit(metric=metric, limits=(Limit.parse(written, BY_NAME[metric].kind),))

    scenario = make_scenario()  # startup.ready < 2 s
    project = (limit("startup.ready", "< 9 s"), limit("memory.peak", "< 9 MB"), limit("cpu.seconds", "< 9 s"))
    merged = with_limits(with_project_limits(scenario, project), (limit("memory.peak", "+1 %"),))
    assert {each.metric: each.limits[0].written for each in merged.limits} == {
        "startup.ready": "< 2 s",
        "memory.peak": "+1 %",
        "cpu.seconds": "< 9 s",
    }
