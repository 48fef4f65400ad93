"""Flamegraphs: well-formed whatever functions are called, alone in their file, of the right widths."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from perfkit.model.profile import Frame, Profile, ProfileBuilder
from perfkit.views.flamegraph import WIDTH, difference_svg, flamegraph_svg
from support.profiles import CPU, cpu_profile, few, profiles

SVG = "{http://www.w3.org/2000/svg}"


def boxes(svg: str) -> dict[str, tuple[float, float, str, str]]:
    """Function → left edge, width, colour, what is told of it."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        rect, title = group.find(f"{SVG}rect"), group.find(f"{SVG}title")
        assert rect is not None
        assert title is not None
        place = float(rect.attrib["x"]), float(rect.attrib["width"])
        found[group.attrib["data-n"]] = (*place, rect.attrib["fill"], title.text or "")
    return found


@few
@given(profiles(), profiles())
def test_it_is_well_formed_and_fetches_nothing_whatever_functions_are_called(one: Profile, other: Profile) -> None:
    for svg in (flamegraph_svg(one), *([difference_svg(one, other)] if one.values == other.values else [])):
        ET.fromstring(svg)
        assert not re.search(r"(?:href|src)=|url\(|@import", svg)


def test_a_call_is_as_wide_as_its_share_and_lies_below_its_caller() -> None:
    found = boxes(flamegraph_svg(cpu_profile({"main (a.py:1);hot (a.py:2)": 75, "main (a.py:9);cold (b.py:3)": 25})))
    assert found["all"][:2] == found["main"][:2] == (0, WIDTH)
    assert found["cold"][:2] == (0, WIDTH / 4)
    assert found["hot"][:2] == (WIDTH / 4, WIDTH * 3 / 4)
    assert found["hot"][3] == "hot (a.py): 75 ms, 75 %"


def test_names_that_look_like_markup_stay_text() -> None:
    builder = ProfileBuilder(CPU)
    builder.add([Frame('<script>alert("x")</script>', "]]><b>.py", 1), Frame("\x00\x1b[31m&amp;")], 1, 5_000_000)
    svg = flamegraph_svg(builder.profile(), title="<img onerror=1>")
    assert svg.count("<script>") == 1
    assert '<script>alert("x")</script>' in boxes(svg)
    assert "<img" not in svg


def test_red_gained_and_blue_lost_and_what_base_alone_has_shows_where_base_is_drawn() -> None:
    base, head = cpu_profile({"main;a": 50, "main;gone": 50}), cpu_profile({"main;a": 100})
    drawn = boxes(difference_svg(base, head))
    assert "gone" not in drawn
    assert drawn["a"][2].startswith("hsl(0 85%")
    assert drawn["main"][2] == "hsl(215 0% 96%)"
    there = boxes(difference_svg(base, head, drawn="base"))
    assert there["gone"][2].startswith("hsl(215 85%")
    assert there["gone"][3] == "gone: 50 ms → 0 s (−50 ms)"


def test_a_profile_of_nothing_is_a_picture_of_nothing() -> None:
    assert boxes(flamegraph_svg(cpu_profile({}))) == {}
    with pytest.raises(KeyError):
        flamegraph_svg(cpu_profile({}), "wall")
