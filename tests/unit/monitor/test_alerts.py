from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError
from perfkit.monitor.alerts import DEFAULT_RULES, Alerts, Rule

MB = 1_000_000
MEMORY = Rule("memory", "memory.rss", "< 100 MB", lasting="5 s", calm="10 s")


def turns(rule: Rule, values: Sequence[tuple[float, float | None]]) -> list[tuple[float, str]]:
    alerts = Alerts([rule])
    found: list[tuple[float, str]] = []
    for now, value in values:
        seen = alerts.see(now, {} if value is None else {rule.metric: value})
        found += [(now, alert.turn) for alert in seen]
    return found


def test_it_fires_when_broken_for_as_long_as_is_said_and_no_sooner() -> None:
    assert turns(MEMORY, [(second, 101 * MB) for second in range(10)]) == [(5, "firing")]


def test_a_single_good_look_starts_the_wait_anew() -> None:
    values = [(second, (99 if second == 3 else 101) * MB) for second in range(10)]
    assert turns(MEMORY, values) == [(9, "firing")]


def test_it_resolves_only_when_well_within_the_limit_for_a_while() -> None:
    high = [(float(second), 120.0 * MB) for second in range(6)]
    at_the_edge = [(float(second), 95.0 * MB) for second in range(6, 60)]
    low = [(float(second), 89.0 * MB) for second in range(60, 75)]
    assert turns(MEMORY, [*high, *at_the_edge, *low]) == [(5.0, "firing"), (70.0, "resolved")]


def test_a_limit_from_below_has_its_margin_above() -> None:
    rule = Rule("cache", "cache.hit_ratio", "> 50 %", calm="0 s")
    assert turns(rule, [(0, 0.4), (1, 0.52), (2, 0.56)]) == [(0, "firing"), (2, "resolved")]


def test_a_metric_without_a_value_does_not_fire_and_lets_resolve() -> None:
    rule = Rule("latency", "api.latency.p95", "< 500 ms", calm="2 s")
    assert turns(rule, [(0, None), (1, 0.9), (2, None), (3, None), (4, None)]) == [(1, "firing"), (4, "resolved")]


@given(st.lists(st.floats(0, 2e8), max_size=60))
def test_firing_and_resolved_take_turns(values: list[float]) -> None:
    found = [turn for _, turn in turns(MEMORY, list(enumerate(values)))]
    assert found == (["firing", "resolved"] * len(found))[: len(found)]


def test_an_alert_reads_as_a_sentence() -> None:
    (alert,) = Alerts([Rule("memory", "memory.rss", "< 100 MB")]).see(0, {"memory.rss": 128 * 1024**2})
    assert str(alert) == "alert memory: memory.rss 134 MB, limit < 100 MB"


def test_the_default_limits_are_100_mb_10_percent_and_500_ms() -> None:
    alerts = Alerts(DEFAULT_RULES)
    assert alerts.see(0, {"memory.rss": 99e6, "cpu.share": 0.09, "api.latency.p95": 0.49}) == []
    fired = alerts.see(1, {"memory.rss": 101e6, "cpu.share": 0.11, "api.latency.p95": 0.51})
    assert [alert.name for alert in fired] == ["memory", "cpu", "latency"]
    assert alerts.firing() == ("memory", "cpu", "latency")


@pytest.mark.parametrize(
    ("metric", "limit", "told"),
    [
        ("memory.res", "< 1 MB", "no metric 'memory.res'"),
        ("memory.rss", "< 1 s", "is a time, but the metric is a number of bytes"),
        ("memory.rss", "100 MB", "is not a limit"),
        ("memory.rss", "+5 %", "against a base"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(metric: str, limit: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        Alerts([Rule("x", metric, limit)])
