"""How an operator dealt with objects, read off invented changes and requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.reconcile import Deed, read_deeds, reconcile_values
from perfkit.model.catalogue import metric_of
from perfkit.model.requests import Entry
from perfkit.model.windows import Window

S = 1_000_000_000
WIDGETS, MAPS = "widgets.example.com", "configmaps"
WINDOWS = (
    Window(name="launch", do="launch", start_ns=0, end_ns=10 * S),
    Window(name="steady", do="objects", start_ns=10 * S, end_ns=20 * S),
    Window(name="wait", do="wait", start_ns=20 * S, end_ns=30 * S),
    Window(name="restart", do="launch", start_ns=30 * S, end_ns=40 * S),
    Window(name="again", do="objects", start_ns=40 * S, end_ns=50 * S),
)


def changed(at: float, name: str, kind: str = "ADDED", resource: str = WIDGETS, namespace: str = "default") -> Deed:
    """A step changed an object."""
    return Deed(round(at * S), "user", kind, resource, namespace, name, uid=f"uid of {name}")  # type: ignore[arg-type]


def made(at: float, name: str, owner: str = "", resource: str = MAPS, namespace: str = "default") -> Deed:
    """The target created an object."""
    owners = (f"uid of {owner}",) if owner else ()
    return Deed(round(at * S), "client", "ADDED", resource, namespace, name, owners=owners)


def wrote(at: float, name: str, resource: str = WIDGETS, **more: Any) -> Entry:
    """The target patched an object, whether that changed it or not."""
    given: dict[str, Any] = {"verb": "patch", "method": "PATCH", "namespace": "default", "status": 200}
    part = f"/{more['subresource']}" if "subresource" in more else ""
    path = f"/apis/x/v1/namespaces/default/{resource}/{name}{part}"
    return Entry(ns=round(at * S), resource=resource, path=path, **given | more)


def values(*happened: Deed | Entry) -> dict[str, float]:
    deeds = sorted((each for each in happened if isinstance(each, Deed)), key=lambda deed: deed.ns)
    entries = sorted((each for each in happened if isinstance(each, Entry)), key=lambda entry: entry.ns)
    return reconcile_values(deeds, entries, WINDOWS)


def test_latency_is_to_the_first_write_and_settled_to_the_last() -> None:
    found = values(changed(11, "a"), wrote(11.1, "a"), made(11.2, "a", owner="a"), wrote(21, "a", subresource="status"))
    assert found["reconcile.latency.p50"] == pytest.approx(0.1)
    assert found["steady/reconcile.latency.p99"] == pytest.approx(0.1)
    assert found["steady/reconcile.settled.p99"] == pytest.approx(10)
    assert found["steady/reconcile.writes"] == found["reconcile.writes"] == 3
    assert found["reconcile.missed"] == 0
    assert all(metric_of(name) for name in found)


@pytest.mark.parametrize(
    ("write", "concerns"),
    [
        (wrote(12, "a"), True),
        (wrote(12, "a", subresource="status"), True),
        (wrote(12, "a", verb="delete", method="DELETE"), True),
        (wrote(12, "a", status=409), False),
        (wrote(12, "a", verb="get", method="GET"), False),
        (wrote(12, "b"), False),
        (wrote(12, "a", namespace="other"), False),
        (made(12, "of-whatever-name", owner="a"), True),
        (made(12, "a", owner="somebody else"), False),
        (made(12, "a"), True),
        (made(12, "a-config"), True),
        (made(12, "ab"), False),
        (made(12, "a-config", namespace="other"), False),
        (made(12, "a", resource="events"), False),
        (made(12, "a", owner="a", resource="leases.coordination.k8s.io"), False),
        (wrote(10.5, "a"), False),
    ],
)
def test_which_writes_concern_an_object(write: Deed | Entry, *, concerns: bool) -> None:
    found = values(changed(11, "a"), write)
    assert found["steady/reconcile.writes"] == float(concerns)
    assert found["steady/reconcile.missed"] == float(not concerns)


def test_a_patch_of_what_an_object_owns_concerns_it() -> None:
    found = values(changed(11, "a"), made(11.5, "other-name", owner="a"), wrote(12, "other-name", resource=MAPS))
    assert found["reconcile.writes"] == 2


def test_the_longer_of_two_names_is_not_taken_for_the_shorter() -> None:
    found = values(changed(11, "a-1"), changed(11, "a-10"), made(12, "a-10"))
    assert (found["reconcile.missed"], found["reconcile.writes"]) == (1, 0.5)


def test_the_backlog_counts_from_the_last_change_to_the_last_objects_first_write() -> None:
    came: list[Deed | Entry] = [changed(11 + n / 10, f"w{n}") for n in range(10)]
    found = values(*came, *(wrote(13 + n, f"w{n}") for n in range(10)))
    assert found["steady/reconcile.backlog"] == found["reconcile.backlog"] == pytest.approx(22 - 11.9)
    assert "again/reconcile.backlog" not in found


def test_who_reacts_before_the_last_change_has_no_backlog() -> None:
    found = values(changed(11, "a"), wrote(11.1, "a"), changed(19, "b"))
    assert (found["reconcile.backlog"], found["reconcile.missed"]) == (0, 1)


def test_a_change_upon_a_change_begins_anew() -> None:
    found = values(changed(11, "a"), wrote(12, "a"), changed(41, "a", "MODIFIED"), wrote(41.5, "a"), wrote(42, "a"))
    assert found["steady/reconcile.writes"] == 1
    assert found["again/reconcile.writes"] == 2
    assert found["again/reconcile.settled.p50"] == pytest.approx(1)
    assert found["reconcile.writes"] == 1.5


def test_writes_after_a_restart_are_its_own_for_each_object_that_was_dealt_with() -> None:
    told: list[Deed | Entry] = [changed(11, "a"), changed(12, "b"), wrote(13, "a"), wrote(14, "b")]
    assert values(*told)["restart/reconcile.writes"] == 0
    found = values(*told, wrote(35, "b", subresource="status"))
    assert found["restart/reconcile.writes"] == 0.5
    assert found["steady/reconcile.writes"] == 1
    assert "restart/reconcile.missed" not in found


def test_what_was_left_over_before_a_restart_is_still_late_and_not_needless() -> None:
    found = values(changed(11, "a"), changed(11, "b"), wrote(12, "b"), wrote(35, "a"))
    assert found["steady/reconcile.latency.p99"] == pytest.approx(24)
    assert (found["steady/reconcile.missed"], found["restart/reconcile.writes"]) == (0, 0)


def test_what_is_gone_is_not_waited_for_by_a_restart() -> None:
    gone = Deed(25 * S, "user", "DELETED", WIDGETS, "default", "a", uid="uid of a")
    assert "restart/reconcile.writes" not in values(changed(11, "a"), wrote(12, "a"), gone)


def test_conflicts_are_counted_where_they_happened_and_so_are_their_retries() -> None:
    conflict: dict[str, Any] = {"status": 409, "verb": "update", "method": "PUT"}
    again: dict[str, Any] = {"verb": "update", "method": "PUT"}
    taken = wrote(44, "", verb="create", method="POST", status=409)
    found = values(
        changed(11, "a"), wrote(15, "a", **conflict), wrote(41, "a", **conflict), wrote(42, "a", **again), taken
    )
    assert (found["reconcile.conflicts"], found["reconcile.retries"]) == (2, 2)
    assert (found["steady/reconcile.conflicts"], found["steady/reconcile.retries"]) == (1, 0)
    assert (found["again/reconcile.conflicts"], found["again/reconcile.retries"]) == (1, 2)
    assert found["wait/reconcile.conflicts"] == 0


def test_nothing_is_told_where_no_step_changed_an_object() -> None:
    assert values(made(12, "a"), wrote(13, "a", status=409)) == {}


def test_changes_that_the_cluster_made_are_none_of_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "x.changes.jsonl"
    path.write_text(
        '{"ns":1,"tick":0,"by":"cluster","type":"ADDED","resource":"pods","namespace":"d","name":"p","version":3}\n'
        '{"ns":2,"tick":0,"by":"user","type":"ADDED","resource":"x","namespace":"d","name":"a","version":4,"uid":"u"}\n'
    )
    assert read_deeds(path) == [Deed(2, "user", "ADDED", "x", "d", "a", uid="u")]


@given(st.lists(st.tuples(st.floats(10, 29), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_each_write_is_laid_to_the_last_change_of_its_object_before_it(events: list[tuple[float, str, bool]]) -> None:
    happened = [wrote(at, name) if writes else changed(at, name) for at, name, writes in sorted(events)]
    known: set[str] = set()
    laid = 0
    for each in sorted(happened, key=lambda one: (one.ns, isinstance(one, Entry))):
        if isinstance(each, Deed):
            known.add(each.name)
        else:
            laid += each.path.rpartition("/")[2] in known
    changes = sum(isinstance(each, Deed) for each in happened)
    found = values(*happened)
    if not changes:
        assert found == {}
    else:
        assert found["reconcile.writes"] * changes == pytest.approx(laid)
        assert found["reconcile.missed"] >= changes - laid
