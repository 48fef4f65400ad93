"""A table on the screen: its cursor, its columns, its part that is seen."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.ui.page import MOVES
from perfkit.client.ui.table import TablePage
from support.lean_ui import InventedSource, Pod, pods


def page(count: int = 100, namespace: str = "") -> TablePage:
    return TablePage(InventedSource("pods", pods(count)), namespace)


def text(made: TablePage, columns: int = 140, rows: int = 11) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in made.lines(columns, rows)]


def under_cursor(made: TablePage, rows: int = 11) -> str:
    made.look()
    [line] = [line for line in made.lines(140, rows) if line[0][1] == "cursor"]
    return line[0][0].split()[1]


def test_the_title_counts_what_is_shown_as_k9s_does() -> None:
    made = page(9)
    text(made)
    assert made.title() == "pods(all)[9]"
    made.go_to_namespace("shop")
    made.search("web-000[25]")
    assert made.title() == "pods(shop)[2] </web-000[25]>"


def test_before_the_first_state_is_held_it_is_not_called_empty() -> None:
    made = page(0)
    made.source.synced = False  # type: ignore[misc]
    assert made.title() == "pods(all)[…]"


def test_columns_at_the_right_are_left_out_where_there_is_no_room_and_can_be_scrolled_to() -> None:
    made = page()
    assert text(made, 80)[0].split()[-2:] == ["IP", "NODE"]
    assert text(made, 140)[0].split()[-1] == "NODE"
    made.press("ctrl+w")
    assert text(made, 140)[0].split()[-1] == "SA"
    for _ in range(20):
        made.press("right")
    assert text(made, 80)[0].split() == ["NAMESPACE", "NAME", "SA"]


def test_long_names_are_cut_where_the_screen_is_narrow() -> None:
    made = TablePage(InventedSource("pods", [Pod(name="x" * 200)]))
    head, row = text(made, 80, 2)
    assert head.split()[-1] == "AGE", "they make room for what tells how a pod does"
    assert "x…x" in row


def test_the_cursor_stays_on_its_object_while_others_come_and_go() -> None:
    made = page()
    text(made)
    for _ in range(5):
        made.press("j")
    chosen = under_cursor(made)
    made.source.set([Pod(name="a"), *pods(100)])  # type: ignore[attr-defined]
    assert under_cursor(made) == chosen
    made.source.set([pod for pod in pods(100) if pod.name != chosen])  # type: ignore[attr-defined]
    assert under_cursor(made) != chosen


def test_shift_and_a_letter_sort_and_an_arrow_tells() -> None:
    rows = [Pod(name="calm"), Pod(name="busy", restarts=7)]
    made = TablePage(InventedSource("pods", rows))
    made.press("T")
    made.press("T")
    assert "RESTARTS↓" in text(made)[0]
    assert text(made)[1].split()[1] == "busy"


def test_an_unhealthy_row_is_told_by_its_tone() -> None:
    rows = [
        Pod(name="a"),
        Pod(name="b", status="CrashLoopBackOff", ready=0),
        Pod(name="c", status="Init:0/1", ready=0),
        Pod(name="d", status="Completed", ready=0),
        Pod(name="e", status="Terminating"),
        Pod(name="f", ready=0),
    ]
    made = TablePage(InventedSource("pods", rows))
    made.lines(140, 10)
    made.press("G")
    tones = [line[0][1] for line in made.lines(140, 10)[1:]]
    assert tones == ["good", "bad", "waiting", "done", "ending", "cursor"]


def test_a_changed_row_looks_other_and_the_rest_as_before() -> None:
    made = page(10)
    before = made.lines(140, 11)
    changed = msgspec.structs.replace(pods(10)[9], restarts=3)
    made.source.set([*pods(9), changed])  # type: ignore[attr-defined]
    made.look()
    after = made.lines(140, 11)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


@given(
    st.lists(st.sampled_from([*MOVES, "left", "right", "N", "A"]), max_size=20),
    st.integers(0, 30),
    st.integers(20, 150),
    st.integers(2, 12),
)
def test_whatever_is_pressed_the_cursor_is_in_sight(keys: list[str], count: int, columns: int, rows: int) -> None:
    made = page(count)
    for key in keys:
        lines = made.lines(columns, rows)
        assert len(lines) == min(count, rows - 1) + 1
        assert sum(line[0][1] == "cursor" for line in lines) == min(count, 1)
        made.press(key)


def test_only_rows_with_faults_are_shown_on_demand() -> None:
    rows = [Pod(name="a"), Pod(name="b", ready=0), Pod(name="c", status="Completed"), Pod(name="d", status="Error")]
    made = TablePage(InventedSource("pods", rows))
    made.press("ctrl+z")
    assert [row.name for row in made.listing.rows] == ["b", "d"]
    assert made.title() == "pods(all)[2] <faults>"
    made.press("ctrl+z")
    assert made.title() == "pods(all)[4]"
