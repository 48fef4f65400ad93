"""The rows of a table: chosen, ordered, measured, each only once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.ui.listing import Column, Listing, Sheet, matcher
from perfkit.client.ui.sheets import sheet
from support.lean_ui import Pod, pods


def listing() -> Listing:
    made = Listing(sheet("pods", (), namespaced=True))
    made.take(pods(9))
    return made


def names(made: Listing) -> list[str]:
    return [row.name for row in made.rows]


def column(made: Listing, title: str) -> Column:
    return next(each for each in made.sheet.columns if each.title == title)


def test_rows_stand_by_namespace_and_name_at_first() -> None:
    made = listing()
    assert [(row.namespace, row.name) for row in made.rows] == sorted((pod.namespace, pod.name) for pod in pods(9))


def test_a_namespace_and_a_pattern_leave_out_what_does_not_match() -> None:
    made = listing()
    made.namespace, made.pattern = "default", "web-000[36]"
    made.choose()
    assert names(made) == ["web-0003", "web-0006"]


@pytest.mark.parametrize(
    ("pattern", "text", "kept"),
    [
        ("web", "x WEB-1", True),
        ("^web", "x web", False),
        ("!web", "x web", False),
        ("!web", "db", True),
        ("a[", "a[1]", True),  # no regular expression: taken as text
        ("a[", "ab", False),
        ("", "anything", True),
    ],
)
def test_a_pattern_is_a_regular_expression_or_else_text(pattern: str, text: str, kept: bool) -> None:
    assert matcher(pattern)(text) is kept


def test_sorting_by_a_column_again_turns_it_round_and_ties_go_by_name() -> None:
    made = Listing(sheet("pods", (), namespaced=True))
    made.take([Pod(name="b", restarts=10), Pod(name="c", restarts=9), Pod(name="a", restarts=9)])
    made.sort(column(made, "RESTARTS"))
    assert names(made) == ["a", "c", "b"]
    made.sort(column(made, "RESTARTS"))
    assert names(made) == ["b", "c", "a"]


def test_the_youngest_comes_first_when_sorted_by_age() -> None:
    made = Listing(sheet("pods", (), namespaced=True))
    made.take([Pod(name="old", created=1), Pod(name="young", created=2)])
    made.sort(column(made, "AGE"))
    assert names(made) == ["young", "old"]


def test_a_row_is_spelled_out_once_however_often_the_rows_are_taken() -> None:
    spelled: list[str] = []

    def cell(row: Pod) -> str:
        spelled.append(row.name)
        return row.name

    made = Listing(Sheet([Column("NAME", cell)], 1))
    rows = pods(3)
    made.take(rows)
    made.pattern = "web"
    made.take(list(reversed(rows)))
    before = len(spelled)
    changed = msgspec.structs.replace(rows[0], restarts=1)
    made.take([changed, *rows[1:]])
    assert spelled[before:] == ["web-0000"] * 2, "measured, and matched: the one that changed"


@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=8))
def test_what_is_shown_depends_on_the_last_rows_only(first: list[int], last: list[int]) -> None:
    rows = [pods(6)[number] for number in last]
    used, fresh = (Listing(sheet("pods", (), namespaced=True)) for _ in range(2))
    used.pattern = fresh.pattern = "[024]$"
    used.take([pods(6)[number] for number in first])
    used.take(rows)
    fresh.take(rows)
    assert used.rows == fresh.rows


def test_after_f_letters_are_found_in_their_order() -> None:
    assert matcher("-f wb1")("web-001")
    assert not matcher("-f wb.1")("web-001"), "a dot is a dot"
