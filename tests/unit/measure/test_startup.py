"""The moments of a start and what lies between them, from records written by hand."""

from __future__ import annotations

import pytest

from perfkit.measure.startup import moments, startup_values
from perfkit.model.requests import Entry

MS = 1_000_000


def entry(at: float, until: float | None, path: str = "/api/v1/pods", **fields: object) -> Entry:
    """A request from ``at`` to ``until`` (ms)."""
    last = None if until is None else int(until * MS)
    given = {"verb": "list", "resource": "pods", "status": 200, **fields}
    return Entry(ns=int(at * MS), last_ns=last, path=path, **given)  # type: ignore[arg-type]


def discovery(at: float, until: float, path: str = "/apis") -> Entry:
    return entry(at, until, path, verb="", resource="", bytes=1000)


KUBECTL = [
    discovery(100, 105, "/api"),
    discovery(106, 112),
    entry(120, 150, bytes=5000),
    entry(152, 190, bytes=4000),
]
INFORMER = [entry(50, 90, bytes=9000), entry(95, None, verb="watch")]


def test_each_moment_is_where_it_was() -> None:
    at = moments(KUBECTL, 200 * MS)
    assert {name: ns / MS for name, ns in at.items()} == {
        "first_request": 100,
        "first_response": 105,
        "discovery": 112,
        "list": 190,
        "ready": 200,
    }


def test_a_watch_is_a_moment_when_it_arrives() -> None:
    assert moments(INFORMER, 96 * MS)["watch"] == 95 * MS


def test_what_comes_after_ready_is_no_part_of_the_start() -> None:
    """A terminal UI asks for /version again every 15 s."""
    at = moments([*KUBECTL, discovery(15_000, 15_001, "/version")], 200 * MS)
    assert at["discovery"] == 112 * MS


def test_a_refused_watch_is_not_open() -> None:
    assert "watch" not in moments([entry(10, 11, verb="watch", status=403)], None)


def test_stretches_have_requests_round_trips_and_bytes() -> None:
    values = startup_values(KUBECTL, moments(KUBECTL, 200 * MS), 0)
    assert values["startup.list"] == pytest.approx(0.19)
    assert values["startup.requests{phase=list}"] == 2
    assert values["startup.round_trips{phase=list}"] == 2
    assert values["startup.bytes{phase=list}"] == 9000
    assert values["startup.requests{phase=ready}"] == 0
    assert values["startup.round_trips"] == 4
    assert values["startup.bytes"] == 11_000


def test_requests_side_by_side_are_one_round_trip() -> None:
    """Ten at once, then one that needs them: two trips."""
    asked = [*(discovery(10 + k, 40 + k) for k in range(10)), entry(60, 70)]
    assert startup_values(asked, moments(asked, 80 * MS), 0)["startup.round_trips"] == 2


def test_other_moments_cut_stretches_too() -> None:
    at = moments(KUBECTL, 200 * MS) | {"connection": 95 * MS, "first_paint": 160 * MS}
    values = startup_values(KUBECTL, at, 90 * MS)
    assert values["startup.connection"] == pytest.approx(0.005)
    assert values["startup.bytes{phase=first_paint}"] == 5000
    assert values["startup.bytes{phase=list}"] == 4000


def test_a_target_that_asked_for_nothing_has_no_start_in_detail() -> None:
    assert startup_values([], moments([], None), 0) == {}
