from __future__ import annotations

import pytest

from perfkit.measure.live.requests import Requests
from perfkit.model.control import OpenWatch
from perfkit.model.requests import Entry

SECOND = 1_000_000_000


def asked(number: int, verb: str, took: float | None, *, at: float = 1.0, status: int = 200, events: int = 0) -> Entry:
    ns = int(at * SECOND)
    last = None if took is None else ns + int(took * SECOND)
    return Entry(number=number, ns=ns, verb=verb, resource="pods", status=status, last_ns=last, events=events)


def test_each_verb_of_each_resource_has_its_count_failures_and_latency() -> None:
    requests = Requests(0)
    requests.take([asked(0, "list", 0.2), asked(1, "list", 0.2, status=500), asked(2, "get", 0.001)], (), SECOND)
    listed, got = requests.calls()
    assert (listed.verb, listed.resource, listed.count, listed.failed) == ("list", "pods", 2, 1)
    assert listed.p95 == pytest.approx(0.2, rel=0.12)
    assert got.count == 1


def test_what_is_older_than_the_watch_is_not_counted() -> None:
    requests = Requests(2 * SECOND)
    requests.take([asked(0, "list", 0.2, at=1.0)], [watch(1, at=1.0)], 3 * SECOND)
    assert requests.calls() == ()
    assert requests.watches(3 * SECOND) == ()


def test_a_request_that_a_collection_shows_open_is_counted_when_it_ends() -> None:
    requests = Requests(0)
    requests.take([asked(0, "list", None), asked(0, "list", 0.2)], (), SECOND)
    assert requests.calls()[0].count == 1


def watch(number: int, *, at: float = 1.0, events: int = 0, heard: float | None = None) -> OpenWatch:
    heard_ns = None if heard is None else int(heard * SECOND)
    return OpenWatch(number=number, resource="pods", ns=int(at * SECOND), events=events, heard_ns=heard_ns)


def test_a_watch_is_counted_once_and_its_events_while_it_is_open_and_after() -> None:
    requests = Requests(0)
    requests.take([asked(0, "watch", None)], [watch(0, events=5, heard=3.0)], 4 * SECOND)
    (seen,) = requests.watches(4 * SECOND)
    assert (seen.events, seen.staleness, seen.restarts) == (5, 1.0, 0)
    assert (requests.calls()[0].count, requests.calls()[0].under_way) == (1, 1)
    requests.take([asked(0, "watch", 5.0, events=7)], (), 6 * SECOND)
    (seen,) = requests.watches(6 * SECOND)
    assert (seen.events, seen.staleness) == (7, None)
    assert (requests.calls()[0].count, requests.calls()[0].under_way) == (1, 0)


def test_a_watch_after_one_that_ended_is_a_restart() -> None:
    requests = Requests(0)
    requests.take([asked(0, "watch", None), asked(1, "watch", None)], (), SECOND)
    assert requests.watches(SECOND)[0].restarts == 0
    requests.take([asked(0, "watch", 2.0), asked(2, "watch", None)], (), 2 * SECOND)
    assert requests.watches(SECOND)[0].restarts == 1


def test_of_several_watches_the_stalest_counts() -> None:
    requests = Requests(0)
    lines = [asked(0, "watch", None), asked(1, "watch", None)]
    requests.take(lines, [watch(0, heard=9.0), watch(1, heard=4.0)], 10 * SECOND)
    assert requests.watches(10 * SECOND)[0].staleness == 6.0


def test_slow_requests_are_told_with_their_time() -> None:
    requests = Requests(0)
    requests.take([asked(0, "list", 0.4), asked(1, "list", 0.6)], (), SECOND)
    (slow,) = requests.slow()
    assert slow.name == "list pods"
    assert slow.seconds == pytest.approx(0.6)
    assert slow.at[10] == "T"


def test_latency_is_that_of_late() -> None:
    requests = Requests(0)
    requests.take([asked(0, "list", 3.0)], (), SECOND)
    for second in (40, 80):
        requests.take([asked(second, "list", 0.1, at=float(second))], (), second * SECOND)
    p99 = requests.calls()[0].p99
    assert p99 is not None
    assert p99 < 1.0
