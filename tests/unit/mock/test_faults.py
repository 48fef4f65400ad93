"""Which requests faults strike, by what chance, and when."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.access import Attempt
from perfkit.mock.faults.board import Faults
from perfkit.mock.faults.chance import chance, latency
from perfkit.mock.faults.request import Request, describes
from perfkit.mock.telemetry import Meters
from perfkit.storage.faults import parse_fault
from support.asgi import Harness


class Clock:
    """Seconds, as a test sets them."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def asking(verb: str = "list", resource: str = "pods", namespace: str = "", **more: object) -> Request:
    group = "apps" if resource == "deployments" else ""
    return msgspec.structs.replace(Request(Attempt(verb, resource, group, namespace)), **more)


def board(*faults: str, seed: int = 1, clock: Clock | None = None) -> Faults:
    found = Faults(seed, (), clock or Clock())
    for words in faults:
        found.add(parse_fault(words))
    return found


def struck(faults: Faults, requests: Iterable[Request]) -> list[list[str]]:
    return [[strike.fault.kind for strike in faults.strikes(request)] for request in requests]


@pytest.mark.parametrize(
    ("words", "request_", "is_described"),
    [
        ("500", asking(), True),
        ("500 verb=list,get", asking("get"), True),
        ("500 verb=list", asking("get"), False),
        ("500 resource=pods", asking(resource="pods/log"), False),
        ("500 resource=pods/log,nodes", asking(resource="pods/log"), True),
        ("500 resource=deployments.apps", asking(resource="deployments"), True),
        ("500 resource=deployments", asking(resource="deployments"), True),
        ("500 resource=deployments.extensions", asking(resource="deployments"), False),
        ("500 namespace=default", asking(namespace="default"), True),
        ("500 namespace=default", asking(), False),
        ("500 agent=k9s", asking(agent="k9s/v0.50"), True),
        ("500 agent=k9s", asking(agent="kubectl"), False),
        ("drop", asking(), False),
        ("silent", asking("watch"), True),
        ("410", asking("watch"), False),
        ("410", asking("watch", from_past=True), True),
        ("410 resource=nodes", asking("watch", from_past=True), False),
        ("restart", asking(), False),
        ("token", asking(), False),
    ],
)
def test_a_fault_describes_those_requests_and_no_others(words: str, request_: Request, *, is_described: bool) -> None:
    assert describes(parse_fault(words), request_) is is_described


def test_count_ends_a_fault_and_requests_that_it_does_not_describe_do_not_count() -> None:
    faults = board("500 count=2 verb=list")
    assert struck(faults, [asking(), asking("get"), asking(), asking()]) == [["500"], [], ["500"], []]


def test_start_and_duration_bound_it_in_time() -> None:
    clock = Clock()
    faults = board("500 start=2s duration=3s", clock=clock)
    seen = []
    for clock.now in (0.0, 1.9, 2.0, 4.9, 5.0):  # noqa: B007, RUF100 - the loop sets the clock
        seen.append(bool(faults.strikes(asking())))
    assert seen == [False, False, True, True, False]


def test_latencies_add_up_and_the_first_refusal_ends_it() -> None:
    faults = board("latency 10ms", "503", "latency 20ms", "500")
    assert struck(faults, [asking()]) == [["latency", "503"]]


def test_faults_of_a_kind_are_cleared_alone() -> None:
    faults = board("latency 10ms", "503")
    faults.clear("503")
    assert struck(faults, [asking()]) == [["latency"]]
    faults.clear()
    assert struck(faults, [asking()]) == [[]]


def test_a_rate_admits_what_a_second_brings_and_refills() -> None:
    clock = Clock()
    faults = board("limit 4/s", clock=clock)
    assert struck(faults, [asking()] * 6) == [[]] * 4 + [["limit"]] * 2
    clock.now = 0.5
    assert struck(faults, [asking()] * 3) == [[], [], ["limit"]]


def test_a_number_in_flight_counts_all_but_watches() -> None:
    faults = board("limit inflight=1")
    meters = Meters()
    with meters.seat(asking("watch").attempt), meters.seat(asking().attempt):
        assert faults.strikes(asking(), meters.inflight.total()) == []
        with meters.seat(asking("create").attempt):
            assert faults.strikes(asking(), meters.inflight.total()) != []
    assert meters.inflight.total() == 0


REQUESTS = st.lists(st.sampled_from([asking(), asking("get"), asking("watch"), asking(resource="nodes")]), max_size=40)
SETS = st.lists(
    st.sampled_from(["429 share=30% verb=list", "latency 5ms p99=1s", "500 share=50%", "drop share=40% count=2"]),
    max_size=4,
)


@given(st.integers(0, 2**32), SETS, REQUESTS)
def test_one_seed_and_one_order_of_requests_give_the_same_faults(
    seed: int, words: list[str], requests: list[Request]
) -> None:
    first, second = board(*words, seed=seed), board(*words, seed=seed)
    wanted = [first.strikes(request) for request in requests]
    assert [second.strikes(request) for request in requests] == wanted
    first.reset()
    for each in words:
        first.add(parse_fault(each))
    assert [first.strikes(request) for request in requests] == wanted


@given(st.integers(0, 2**32), REQUESTS)
def test_requests_that_a_fault_does_not_describe_change_nothing_for_the_others(
    seed: int, others: list[Request]
) -> None:
    alone = struck(board("429 share=50% resource=secrets", seed=seed), [asking(resource="secrets")] * 10)
    faults = board("429 share=50% resource=secrets", seed=seed)
    mixed = []
    for _ in range(10):
        struck(faults, others)
        mixed += struck(faults, [asking(resource="secrets")])
    assert mixed == alone


def test_a_share_is_that_share() -> None:
    hits = [bool(found) for found in struck(board("429 share=10%"), [asking()] * 4000)]
    assert 0.08 < statistics.fmean(hits) < 0.12


@pytest.mark.parametrize(
    ("words", "middle", "beyond"),
    [
        ("latency 50ms", 0.05, None),
        ("latency 50ms spread=20ms", 0.05, None),
        ("latency 50ms spread=10ms distribution=normal", 0.05, None),
        ("latency 50ms distribution=exponential", 0.05 * 0.6931, None),
        ("latency 50ms p99=2s", 0.05, (2.0, 0.01)),
        ("latency 50ms p95=200ms", 0.05, (0.2, 0.05)),
    ],
)
def test_latencies_have_the_median_and_the_tail_that_they_say(
    words: str, middle: float, beyond: tuple[float, float] | None
) -> None:
    fault = parse_fault(words)
    drawn = [latency(fault, chance(1, 0, ordinal)) for ordinal in range(4000)]
    assert min(drawn) >= 0
    assert statistics.median(drawn) == pytest.approx(middle, rel=0.1)
    if beyond is not None:
        assert sum(each > beyond[0] for each in drawn) / 4000 == pytest.approx(beyond[1], rel=0.35)
    if fault.distribution == "uniform":
        assert min(drawn) >= 0.03
        assert max(drawn) <= 0.07


def test_the_clock_is_wrong_by_the_sum_while_it_is() -> None:
    clock = Clock()
    faults = board("clock +5m", "clock -1m duration=10s", clock=clock)
    assert faults.offset == 240
    clock.now = 10.0
    assert faults.offset == 300


def test_a_token_expires_and_its_successors_are_known() -> None:
    clock = Clock()
    faults = board("token start=5s next=b", clock=clock)
    assert faults.tokens is None
    clock.now = 5.0
    assert faults.tokens == ("b",)


# ---- in the application


def test_what_struck_a_request_is_in_its_line_and_in_the_sums() -> None:
    cluster = Harness()
    cluster.faults.add(parse_fault("latency 0ms"))
    cluster.faults.add(parse_fault("503 retry-after=3s verb=list count=1"))
    refused = cluster.get("/api/v1/pods")
    assert (refused.status, refused.headers["retry-after"]) == (503, "3")
    assert refused.json()["details"] == {"retryAfterSeconds": 3}
    assert cluster.get("/api/v1/pods").status == 200
    assert cluster.record.collect().faults == {"503": 1, "latency": 2}


def test_health_is_told_whatever_goes_wrong() -> None:
    cluster = Harness()
    cluster.faults.add(parse_fault("500"))
    assert cluster.get("/readyz").status == 200
    assert cluster.get("/api").status == 500


def test_discovery_is_struck_by_faults_that_name_no_resource() -> None:
    cluster = Harness()
    cluster.faults.add(parse_fault("500 resource=pods"))
    assert cluster.get("/api").status == 200
    assert cluster.get("/api/v1/pods").status == 500
