"""Text on a screen has a known width and no power over the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.ui.cells import clean, cut, fit, squeeze, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web-1", "web-1"),
        ("\x1b[31mred\x07", "�[31mred�"),
        ("a\tb\nc", "a b c"),
        ("\u202eevil", "�evil"),
        ("[bold]markup[/]", "[bold]markup[/]"),
        ("日本", "日本"),
    ],
)
def test_control_characters_are_seen_and_markup_is_text(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "columns", "fitted"),
    [
        ("ab", 4, "ab  "),
        ("abcd", 4, "abcd"),
        ("abcde", 4, "abc…"),
        ("日本語", 4, "日 …"),
        ("日本", 4, "日本"),
        ("ab", 0, ""),
    ],
)
def test_text_is_filled_or_cut(text: str, columns: int, fitted: str) -> None:
    assert fit(text, columns) == fitted


def test_a_name_keeps_its_beginning_and_its_end() -> None:
    assert squeeze("coupon-backend-16-ptz75lcnkh-24zvm", 16) == "coupon-b…h-24zvm"
    assert squeeze("short", 8) == "short   "


@given(st.text(max_size=30), st.integers(0, 20))
def test_whatever_a_name_is_its_cell_is_as_wide_as_asked(text: str, columns: int) -> None:
    assert width(fit(clean(text), columns)) == columns
    assert width(squeeze(clean(text), columns)) == columns


@given(st.lists(st.text(max_size=8), max_size=4), st.integers(0, 20))
def test_whatever_a_line_is_made_of_it_is_as_wide_as_the_screen(texts: list[str], columns: int) -> None:
    line = cut(tuple((clean(text), "plain") for text in texts), columns)
    assert sum(width(text) for text, _ in line) == columns
