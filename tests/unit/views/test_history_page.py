"""The page of a history: well-formed, complete, and true to its numbers."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from perfkit.model.catalogue import BY_NAME
from perfkit.statistics.history import trend
from perfkit.storage.history import series_of
from perfkit.views.history import Track
from perfkit.views.history_page import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, page
from support.histories import points, results


def tracks(days: int, factor: float, *, broken: bool = False) -> list[Track]:
    metric = BY_NAME["startup.ready"]
    values = results(days, lambda day: {} if broken else {"startup.ready": factor if day >= days // 2 else 1.0})
    return [
        Track(
            scenario="startup",
            points=series.points,
            trend=trend(metric, [point.samples(metric.name) for point in series.points], ()),
            apart=series.differs,
        )
        for series in series_of(points(values, Path("results/local")), metric)
    ]


def pictures(text: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]


@pytest.mark.parametrize("days", [1, 2, 20, 200])
def test_every_label_is_a_point_inside_the_picture_in_order(days: int) -> None:
    (picture,) = pictures(page("startup", tracks(days, 1.3), []))
    places = [(float(each.get("cx", "nan")), float(each.get("cy", "nan"))) for each in picture.iter("circle")]
    assert len(places) == days
    assert places == sorted(places, key=lambda each: each[0])
    assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in places)


def test_a_step_is_a_line_that_says_what_changed() -> None:
    text = page("startup", tracks(20, 1.3), [])
    (step,) = [each for each in pictures(text)[0].iter("line") if "step" in each.get("class", "")]
    assert "worse" in step.get("class", "")
    assert re.match(r"\+(29|30|31) % \(", step.findtext("title") or "")


def test_a_steady_history_has_no_step_and_is_drawn_flat() -> None:
    (picture,) = pictures(page("startup", tracks(20, 1.0), []))
    assert not [each for each in picture.iter("line") if "step" in each.get("class", "")]


def test_a_page_needs_nothing_from_elsewhere_and_lets_no_label_write_into_it() -> None:
    text = page("<script>alert(1)</script>", tracks(3, 1.0), ["<b>note</b>"])
    assert "<script>" not in text
    assert "<b>" not in text
    assert "http" not in text
