"""Requests for a person."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.requests import sums
from perfkit.model.requests import Entry
from perfkit.views.requests import COLUMNS, cells, document, line, summary, waterfall

MS = 1_000_000


def request(at: float, first: float | None = 1, last: float | None = 2, **more: object) -> Entry:
    """A LIST of pods that came at ``at``; times in milliseconds, ``first`` and ``last`` from then."""
    ns = round(at * MS)
    given: dict[str, object] = {"method": "GET", "path": "/api/v1/pods", "verb": "list", "resource": "pods"}
    given |= {"first_ns": None if first is None else ns + round(first * MS)}
    given |= {"last_ns": None if last is None else ns + round(last * MS), "agent": "kubectl/v1.37 (linux)"}
    return Entry(**{"ns": ns, "status": 200, "port": 7} | given | more)  # type: ignore[arg-type]


def test_a_summary_counts_by_verb_and_resource_the_most_frequent_first() -> None:
    entries = [request(at, last=1, bytes=1000) for at in range(4)]
    watch = request(9, None, None, verb="watch", events=5)
    failed = request(10, verb="get", resource="nodes", status=404)
    grid = summary(sums([*entries, watch, failed]), "title")
    assert grid.rows[0] == ("list pods", "4", "", "3.91 KiB", "", "", "1 ms", "1 ms")
    assert grid.rows[1] == ("watch pods", "1", "1", "0 B", "", "5", "–", "–")
    assert grid.rows[2][:5] == ("get nodes", "1", "", "0 B", "1")


def test_a_line_says_what_was_asked_and_how_long_it_took() -> None:
    text = line(request(5, bytes=10, namespace="a", query="limit=5&labelSelector=app%3Dx"))
    assert "list pods -n a ?app=x  200 10 B  1 ms / 2 ms  :7 kubectl/v1.37" in text
    assert "open" in line(request(5, last=None))


def test_a_waterfall_shows_waiting_sending_and_what_is_open() -> None:
    first, second, third = waterfall([request(0, 8, 16), request(16, 0, 16), request(31, 0, None)])
    assert "200 --------████████" in first
    assert f"{' ' * 16}{'█' * 16}" in second
    assert "▶" in third
    assert third.endswith("open")


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 1000), st.none() | st.integers(0, 5000)), max_size=8
    )
)
def test_any_waterfall_fits_80_columns(times: list[tuple[int, int | None, int | None]]) -> None:
    entries = [request(*each, path="/very/long/path" * 9, resource="") for each in sorted(times, key=lambda t: t[0])]
    assert all(len(bar) <= 80 for bar in waterfall(entries))


def test_json_and_csv_hold_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    entry = request(1, bytes=3, namespace="a")
    found = json.loads(document([entry], sums([entry])))
    assert found["summary"][0]["count"] == 1
    (row,) = found["requests"]
    row["time"] = cells(entry)[1]
    assert [row[name] for name in COLUMNS] == cells(entry)
    assert (row["first"], row["last"], row["connection"]) == (0.001, 0.002, 7)
