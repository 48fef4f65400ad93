from __future__ import annotations

import pytest

from perfkit.monitor.calls import Calls
from support.ticking import Ticking


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def calls(clock: Ticking) -> Calls:
    return Calls(clock)


def test_a_request_is_split_into_wait_transfer_and_decode(calls: Calls, clock: Ticking) -> None:
    with calls.begin("list", "pods") as call:
        clock.go(0.1)
        call.answered(200)
        clock.go(0.4)
        call.received(5_000)
        clock.go(0.5)
    (told,) = calls.times()
    assert (told.verb, told.resource, told.bytes, told.outcomes) == ("list", "pods", 5_000, {"200": 1})
    parts = [times.total for times in (told.wait, told.transfer, told.decode, told.total)]
    assert parts == pytest.approx([0.1, 0.4, 0.5, 1.0])


def test_a_watch_counts_until_its_first_byte_however_long_it_lasts(calls: Calls, clock: Ticking) -> None:
    call = calls.begin("watch", "pods")
    clock.go(0.2)
    call.answered(200)
    clock.go(3600)
    assert calls.times()[0].under_way == 1
    call.end()
    (told,) = calls.times()
    assert told.total.longest == pytest.approx(0.2)
    assert (told.transfer.count, told.under_way) == (0, 0)


def test_failures_are_counted_by_status_and_by_error(calls: Calls) -> None:
    for status in (200, 404, 503):
        call = calls.begin("get", "pods")
        call.answered(status)
        call.end()
    with pytest.raises(TimeoutError), calls.begin("get", "pods"):
        raise TimeoutError
    (told,) = calls.times()
    assert told.failed == 3
    assert told.outcomes == {"200": 1, "404": 1, "503": 1, "TimeoutError": 1}


def test_a_request_ends_once(calls: Calls) -> None:
    call = calls.begin("get", "pods")
    call.end()
    call.end("late")
    assert (calls.times()[0].total.count, calls.times()[0].failed) == (1, 0)


def test_resources_without_end_share_one_series(calls: Calls) -> None:
    for number in range(1_000):
        calls.begin("get", f"r{number}").end()
    told = calls.times()
    assert len(told) == 257
    assert sum(each.total.count for each in told) == 1_000
    assert told[-1].resource == "other"
