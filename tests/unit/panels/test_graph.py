from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.panels.graph import BLOCKS, LINE, draw

VALUES = st.lists(st.none() | st.floats(0, 1e12), max_size=50)


def drawn(values: list[float | None], size: tuple[int, int], limit: float | None = None) -> list[str]:
    return ["".join(run.text for run in row) for row in draw(values, size, limit)]


@given(VALUES, st.integers(1, 60), st.integers(1, 12), st.none() | st.floats(1e-3, 1e12))
def test_a_graph_fills_its_size_whatever_the_values(
    values: list[float | None], width: int, height: int, limit: float | None
) -> None:
    rows = drawn(values, (width, height), limit)
    assert [len(row) for row in rows] == [width] * height
    assert set("".join(rows)) <= {*BLOCKS, LINE}


def test_the_newest_value_stands_at_the_right_and_more_is_higher() -> None:
    assert drawn([1.0, 4.0], (4, 2)) == ["   ▇", "  ▄█"]


def test_what_is_not_known_leaves_a_gap() -> None:
    assert drawn([1.0, None, 1.0], (3, 1)) == ["▇ ▇"]


def test_older_values_than_there_are_columns_neither_show_nor_set_the_scale() -> None:
    assert drawn([900.0, 1.0, 1.0], (2, 1)) == drawn([1.0, 1.0], (2, 1))


def test_a_limit_is_a_line_across_and_bars_above_it_are_told_apart() -> None:
    rows = draw([50.0, 200.0], (4, 4), 100.0)
    assert [run.kind for run in rows[0]] == ["empty", "over"]
    assert [run.kind for run in rows[2]] == ["limit", "crossed"]
    assert rows[2][0].text == LINE * 3
    assert [run.kind for run in rows[3]] == ["empty", "bar", "over"]


def test_a_limit_above_all_values_is_in_the_picture() -> None:
    rows = drawn([1.0], (3, 3), 100.0)
    assert rows[0] == LINE * 3


def test_nothing_fits_a_window_without_rows() -> None:
    assert drawn([1.0], (10, 0)) == []
