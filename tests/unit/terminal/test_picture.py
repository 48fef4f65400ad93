"""The picture of a screen is an SVG that stands alone, with each stretch of text where its cells are."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.terminal.emulator import Emulator
from perfkit.terminal.picture import BACKGROUND, FOREGROUND, HEIGHT, WIDTH, palette, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(printed: bytes, columns: int = 20) -> ET.Element:
    emulator = Emulator(columns, 2)
    emulator.feed(printed)
    return ET.fromstring(svg(emulator.screen))


def texts(printed: bytes) -> list[tuple[str, float, float, str]]:
    """Text, first column, columns, colour."""
    return [
        (
            (each.text or "").replace("\xa0", " "),
            round(float(each.attrib["x"]) / WIDTH, 3),
            round(float(each.attrib["textLength"]) / WIDTH, 3),
            each.attrib["fill"],
        )
        for each in drawn(printed).iter(f"{SVG}text")
    ]


def test_a_stretch_of_one_style_is_one_text() -> None:
    assert texts(b"  a  <b> \x1b[31mred\x1b[m") == [("a  <b>", 2, 6, FOREGROUND), ("red", 9, 3, palette(1))]


def test_wide_characters_take_two_columns() -> None:
    assert texts("日本 x".encode()) == [("日本 x", 0, 6, FOREGROUND)]


def test_reversed_text_has_its_background_drawn() -> None:
    found = drawn(b"ab\x1b[7mcd")
    (_, behind) = found.iter(f"{SVG}rect")
    assert (behind.attrib["fill"], behind.attrib["height"]) == (FOREGROUND, str(HEIGHT))
    assert float(behind.attrib["x"]) == pytest.approx(2 * WIDTH)
    assert texts(b"\x1b[7mcd")[0][3] == BACKGROUND


@pytest.mark.parametrize(
    ("number", "colour"), [(16, "#000000"), (231, "#ffffff"), (196, "#ff0000"), (232, "#080808"), (255, "#eeeeee")]
)
def test_the_palette_is_that_of_xterm(number: int, colour: str) -> None:
    assert palette(number) == colour


@given(st.binary(max_size=200))
def test_whatever_was_printed_the_picture_is_well_formed(printed: bytes) -> None:
    assert drawn(printed).tag == f"{SVG}svg"
