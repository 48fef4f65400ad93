"""What a client asked, as metrics."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.api import api_values
from perfkit.model.catalogue import metric_of
from perfkit.model.requests import FLOW_NS, Entry
from perfkit.model.result import Trial, sample
from perfkit.model.windows import Window

S = 1_000_000_000
WINDOWS = (
    Window(name="launch", do="launch", start_ns=0, end_ns=10 * S),
    Window(name="quiet", do="idle", start_ns=10 * S, end_ns=40 * S),
    Window(name="busy", do="churn", start_ns=40 * S, end_ns=50 * S),
)
PODS = {"path": "/api/v1/pods", "resource": "pods"}


def lists(at: float, **more: Any) -> Entry:
    return asked(at, verb="list", **PODS | more)


def watches(at: float, until: float | None = None, **more: Any) -> Entry:
    end = None if until is None else round(until * S)
    given: dict[str, Any] = {"query": "watch=1&resourceVersion=7", "last_ns": end}
    return asked(at, verb="watch", **PODS | given | more)


def asked(at: float, **more: Any) -> Entry:
    ns = round(at * S)
    given: dict[str, Any] = {"method": "GET", "agent": "test", "status": 200, "last_ns": ns + 1000, "ns": ns}
    return Entry(**given | more)


def values(*entries: Entry) -> dict[str, float]:
    numbered = count()
    for entry in entries:
        entry.number = next(numbered)
    return api_values(entries, WINDOWS)


def trial(*entries: Entry) -> Trial:
    return Trial(index=0, block=0, order=0, target="one", values=values(*entries), windows=WINDOWS)


def test_requests_are_counted_by_verb_resource_and_step_and_a_sum_needs_no_storing() -> None:
    found = trial(
        asked(1, path="/api", resource=""),
        lists(2, bytes=100),
        lists(41, bytes=50, query="fieldSelector=a%3Db"),
        asked(42, verb="get", path="/api/v1/nodes/a", resource="nodes", bytes=7),
        asked(43, verb="get", path="/api/v1/namespaces/a/pods/b/log", resource="pods", subresource="log", status=404),
    )
    expected = {
        "api.requests": 5,
        "api.requests{resource=nonresource,verb=get}": 1,
        "api.requests{verb=list}": 2,
        "api.requests{resource=pods,verb=list}": 2,
        "busy/api.requests": 3,
        "busy/api.requests{resource=pods/log}": 1,
        "quiet/api.requests": 0,
        "quiet/api.requests{verb=list}": 0,
        "api.bytes_received": 157,
        "busy/api.bytes_received": 57,
        "api.errors{resource=pods/log}": 1,
        "launch/api.errors": 0,
        "api.relists": 0,
    }
    assert {name: sample(found, name) for name in expected} == expected
    assert sample(found, "nowhere/api.requests") is None
    assert all(metric_of(name) is not None for name in found.values)


def test_the_same_list_twice_is_a_duplicate_but_not_its_pages_and_not_one_that_failed() -> None:
    found = values(
        lists(1),
        lists(2, query="limit=500"),
        lists(3, query="limit=500&continue=abc"),
        lists(4, query="labelSelector=app"),
        lists(5, query="fieldSelector=x", status=503),
        lists(6, query="fieldSelector=x"),
        lists(7, path="/api/v1/namespaces/a/pods"),
        lists(8, agent="another"),
    )
    assert (found["api.duplicates"], found["api.relists"]) == (1, 0)


@pytest.mark.parametrize(
    ("again", "relists", "restarts"),
    [
        ((watches(8),), 0, 1),
        ((lists(7), watches(8)), 1, 1),
        ((lists(7, status=503), lists(8), watches(9)), 1, 1),
        ((watches(8, query="watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"),), 1, 1),
        ((watches(8, query="watch=1"),), 1, 1),
        ((lists(7, query="labelSelector=app"),), 0, 0),
        ((watches(4),), 0, 0),
        ((lists(4),), 0, 0),
    ],
)
def test_after_a_watch_ended_a_watch_is_a_restart_and_a_full_read_a_relist(
    again: tuple[Entry, ...], relists: int, restarts: int
) -> None:
    found = values(lists(1), watches(2, until=6), *again)
    assert (found["api.relists"], found["api.watch_restarts"]) == (relists, restarts)


def test_what_was_not_taken_is_that_of_the_last_watch() -> None:
    """Of the one before it the next one took the rest."""
    found = values(lists(1), watches(2, until=6, behind=70), watches(7, until=9, behind=5))
    assert found["api.watch_behind"] == 5


def test_a_list_beside_a_watch_that_stands_is_a_duplicate_and_no_relist() -> None:
    found = values(lists(1), watches(2), lists(3))
    assert (found["api.duplicates"], found["api.relists"]) == (1, 0)


def test_a_retry_repeats_a_refused_request_and_may_come_too_soon() -> None:
    found = values(
        lists(1, status=429, retry_after=2.0),
        lists(2, status=503),
        lists(5),
        lists(6),
        lists(7, query="limit=1", status=500),
    )
    assert (found["api.retries"], found["api.retry_after_ignored"], found["api.errors"]) == (2, 1, 3)


def test_who_waits_as_long_as_asked_ignores_nothing() -> None:
    found = values(lists(1, status=429, retry_after=2.0), lists(3.1))
    assert (found["api.retries"], found["api.retry_after_ignored"]) == (1, 0)


def test_faults_are_counted_by_what_they_struck() -> None:
    found = values(lists(1, fault="latency,429"), lists(2, fault="latency"), lists(3))
    assert found["api.faults"] == found["api.faults{resource=pods,verb=list}"] == 3


def test_chatter_is_what_is_asked_in_idle_windows_by_time() -> None:
    found = values(lists(1), lists(20), lists(21), lists(22), lists(45))
    assert found["api.chattiness"] == found["quiet/api.chattiness"] == pytest.approx(0.1)
    assert "busy/api.chattiness" not in found


def test_a_watchs_events_and_bytes_belong_to_the_step_in_which_they_were_delivered() -> None:
    flow = {41 * S // FLOW_NS: [3, 300], 20 * S // FLOW_NS: [1, 100]}
    lags = {41 * S // FLOW_NS: {10_000_000: 2, 20_000_000: 1}, 20 * S // FLOW_NS: {50_000_000: 1}}
    found = trial(watches(2, bytes=1000, events=4, flow=flow, lags=lags))
    expected = {
        "api.bytes_received": 1000,
        "launch/api.bytes_received": 600,
        "quiet/api.bytes_received": 100,
        "busy/api.bytes_received{verb=watch}": 300,
        "api.watch_events": 4,
        "busy/api.watch_events{resource=pods}": 3,
        "api.watch_lag.p50": 0.01,
        "api.watch_lag.peak": 0.05,
        "busy/api.watch_lag.p50": 0.01,
        "busy/api.watch_lag.peak": 0.02,
        "quiet/api.watch_lag.p50": 0.05,
    }
    assert {name: sample(found, name) for name in expected} == expected
    assert "launch/api.watch_lag.peak" not in found.values


@given(
    st.lists(
        st.builds(
            asked,
            st.floats(0, 60),
            verb=st.sampled_from(["get", "list", "watch"]),
            resource=st.sampled_from(["pods", "nodes"]),
            path=st.sampled_from(["/a", "/b"]),
            status=st.sampled_from([200, 404, 429]),
            bytes=st.integers(0, 1000),
        ),
        max_size=12,
    )
)
def test_the_parts_of_whatever_adds_up_sum_to_the_whole(entries: list[Entry]) -> None:
    found = trial(*sorted(entries, key=lambda entry: entry.ns))
    for name in found.values:
        metric = metric_of(name)
        assert metric is not None
        if metric.adds_up and "{" not in name:
            parts = [sample(found, f"{name}{{verb={verb}}}") or 0 for verb in ("get", "list", "watch")]
            assert sum(parts) == found.values[name]
