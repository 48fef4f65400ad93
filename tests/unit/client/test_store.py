"""Rows that are stored, queried and followed: against the plain way to do it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.client import Filter, Options
from perfkit.client.fields import number, text
from perfkit.client.meters import Hits
from perfkit.client.query import label
from perfkit.client.schema import Schema
from perfkit.client.store import Store
from perfkit.errors import UsageError
from support.examples import examples

SCHEMA = Schema([text("node", "spec.node", shared=True), number("restarts", "status.restarts")])
NAMES = st.sampled_from([f"pod-{n}" for n in range(12)])
NAMESPACES = st.sampled_from(["a", "b", ""])
LABELS = st.sampled_from(
    ["", "{" + label("app", "web") + "}", "{" + label("app", "web") + "," + label("tier", "1") + "}"]
)
ROWS = st.builds(
    SCHEMA.row_type,
    NAMESPACES,
    NAMES,
    st.integers(1, 50).map(str) | st.sampled_from(["x7", "007", ""]),
    st.integers(0, 3),
    LABELS,
    st.sampled_from(["n1", "n2", ""]),
    st.integers(0, 4),
)
PUTS = ROWS.map(lambda row: (row.namespace, row.name, row)) | st.tuples(NAMESPACES, NAMES, st.none())
FILTERS = st.builds(
    Filter,
    namespace=NAMESPACES,
    text=st.sampled_from(["", "p", "pod-1", "pod-11", "a/pod", "a/pod-1", "zzz"]),
    equal=st.dictionaries(st.sampled_from(["node"]), st.sampled_from(["n1", "n2", "n9"]), max_size=1),
    labels=st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["web", "1"]), max_size=2),
)
SORTS = st.sampled_from(["", "name", "-name", "restarts", "-restarts", "node", "-created", "namespace"])
QUERIES = st.tuples(FILTERS, SORTS, st.integers(0, 15), st.none() | st.integers(0, 5))
STEPS = st.one_of(
    st.tuples(st.just("apply"), st.lists(PUTS, max_size=8)),
    st.tuples(st.just("replace"), st.lists(ROWS, max_size=8)),
    st.tuples(st.just("query"), QUERIES),
)
OPTIONS = st.builds(Options, views=st.sampled_from([0, 1, 8]), indexes=st.booleans(), columnar=st.booleans())


def plainly(rows: dict[Any, Any], query: tuple[Filter, str, int, int | None]) -> tuple[list[Any], int]:
    """The answer by looking at everything."""
    question, sort, offset, limit = query
    found = sorted(
        (row for row in rows.values() if question.matches(row)),
        key=lambda row: (
            (getattr(row, sort.removeprefix("-") or "name"), row.namespace, row.name)
            if sort
            else (row.namespace, row.name)
        ),
        reverse=sort.startswith("-"),
    )
    return found[offset : None if limit is None else offset + limit], len(found)


@settings(max_examples=examples(150))
@given(steps=st.lists(STEPS, max_size=25), options=OPTIONS)
def test_whatever_changes_and_is_asked_answers_are_those_of_looking_at_everything(
    steps: list[Any], options: Options
) -> None:
    store = Store(SCHEMA, options, Hits())
    rows: dict[Any, Any] = {}
    for kind, what in steps:
        if kind == "apply":
            store.apply(what)
            for namespace, name, row in what:
                rows.pop((namespace, name), None)
                if row is not None:
                    rows[namespace, name] = row
        elif kind == "replace":
            rows = {row.key: row for row in what}
            table = store.empty()
            for row in what:
                table.put(row)
            store.replace(table)
        else:
            page = store.query(*what)
            assert (page.rows, page.total) == plainly(rows, what)
            assert page.version == store.version
    assert {row.key: row for row in store.all()} == rows
    assert all(store.get(*key) == row for key, row in rows.items())
    assert len(store) == len(rows)


def rows_of(count: int) -> list[Any]:
    return [SCHEMA.row_type("a", f"pod-{n:04}", "1", 0, "", f"n{n % 7}", n % 5) for n in range(count)]  # type: ignore[call-arg]


def filled(count: int = 100, **options: Any) -> tuple[Store, Hits]:
    meter = Hits()
    store = Store(SCHEMA, Options(**options), meter)
    table = store.empty()
    for row in rows_of(count):
        table.put(row)
    store.replace(table)
    return store, meter


def test_a_question_asked_again_is_answered_from_what_is_known_though_rows_changed() -> None:
    store, meter = filled()
    store.query(Filter(text="1"), "restarts", 0, 5)
    before = meter.misses
    store.apply([("a", "new-1", SCHEMA.row_type("a", "new-1", "2", 0, "", "n1", 0))])  # type: ignore[call-arg]
    assert "new-1" in [row.name for row in store.query(Filter(text="1"), "restarts", 0, 5).rows]
    assert (meter.hits, meter.misses) == (1, before)


def test_after_very_many_changes_everything_is_looked_at_again() -> None:
    store, meter = filled()
    store.query(Filter(), "", 0, 5)
    store.apply([(row.namespace, row.name, row) for row in rows_of(600)])
    assert store.query(Filter(), "", 0, 5).total == 600
    assert meter.hits == 0


def test_a_state_that_is_loaded_anew_counts_only_what_differs() -> None:
    store, _ = filled(100)
    before = store.version
    table = store.empty()
    for row in rows_of(99):
        table.put(row)
    assert store.replace(table) == 1
    assert store.version == before + 1


@pytest.mark.parametrize("columnar", [False, True])
@pytest.mark.parametrize("views", [0, 8])
@pytest.mark.parametrize(
    ("question", "sort"), [(Filter(), "colour"), (Filter(), "-colour"), (Filter(equal={"colour": "red"}), "")]
)
def test_a_field_that_rows_have_not_is_refused_with_those_they_have(
    question: Filter, sort: str, views: int, columnar: bool
) -> None:
    store, _ = filled(views=views, columnar=columnar)
    with pytest.raises(UsageError, match="'colour' is no field of these rows") as raised:
        store.query(question, sort, 0, None)
    assert "namespace" in raised.value.advice
    assert "restarts" in raised.value.advice


def test_only_so_many_answers_are_remembered() -> None:
    store, meter = filled(views=2)
    for name in ("1", "2", "3"):
        store.query(Filter(text=name), "", 0, 1)
    store.query(Filter(text="1"), "", 0, 1)
    assert meter.hits == 0 or meter.misses >= 4
    assert store.view_bytes > 0
