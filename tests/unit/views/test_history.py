"""Golden output of histories; ``UPDATE_GOLDEN=1 pytest tests/unit/views`` writes the files anew: read the diff."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from perfkit.model.catalogue import BY_NAME
from perfkit.statistics.history import trend
from perfkit.storage.history import series_of
from perfkit.views import data, history, markdown
from perfkit.views.history import Track, alert, curve, grid, shortened, table, track_data, with_curve
from perfkit.views.tables import show_grid
from support.golden import check
from support.histories import points, results


@cache
def tracks(kind: str) -> list[Track]:
    metric = BY_NAME["api.requests" if kind == "one-more-request" else "startup.ready"]
    given = points(KINDS[kind], Path("results/local"))
    return [
        Track(
            scenario="startup",
            points=series.points,
            trend=trend(metric, [point.samples(metric.name) for point in series.points], ()),
            apart=series.differs,
        )
        for series in series_of(given, metric)
    ]


KINDS = {
    "slower-since": results(20, lambda day: {"startup.ready": 1.2 if day >= 12 else 1.0}),
    "drifting": results(9, lambda day: {"startup.ready": 1.015**day}),
    "another-machine": results(24, lambda _: {"startup.ready": 1.0}, lambda day: "Ada 1" if day < 6 else "Ada 2"),
    "one-more-request": results(5, lambda day: {"api.requests": 1.5 if day >= 3 else 1.0}),
    "long": results(200, lambda day: {"startup.ready": 1.3 if 80 <= day < 120 else 1.0}),
}


def as_table(kind: str, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    for track in tracks(kind):
        show_grid(console, with_curve(track, width))
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("kind", ["slower-since", "drifting", "another-machine", "one-more-request"])
def test_the_table(kind: str, width: int) -> None:
    check(f"history-{kind}.{width}.txt", as_table(kind, width))


@pytest.mark.parametrize("kind", KINDS)
def test_everything_fits_80_columns(kind: str) -> None:
    assert max(map(len, as_table(kind, 200 if kind != "long" else 80).splitlines())) <= 80


def test_a_long_history_keeps_its_curve_in_one_line() -> None:
    (track,) = tracks("long")
    for width in (40, 80, 140):
        line, marks = curve(track, width)
        assert len(line) <= width
        assert marks.count("▲") == marks.count("▼") == 1


def test_a_label_without_a_good_trial_is_a_gap() -> None:
    (track,) = tracks("drifting")
    samples = [point.samples("startup.ready") for point in track.points]
    samples[4] = [None] * 5
    gapped = Track(scenario="startup", points=track.points, trend=trend(track.metric, samples, ()))
    assert curve(gapped, 80)[0].strip()[4] == "×"
    assert grid(gapped).rows[4][1:4] == ("failed", "", "0")
    nothing = trend(track.metric, [[None]] * 9, ())
    assert curve(Track(scenario="startup", points=track.points, trend=nothing), 80) == []


def test_noise_does_not_fill_the_curve() -> None:
    for track in tracks("another-machine"):
        assert not set(curve(track, 80)[0]) & {"▁", "█"}


@pytest.mark.parametrize("kind", ["slower-since", "drifting", "one-more-request"])
def test_the_alert(kind: str) -> None:
    (track,) = tracks(kind)
    told = [line for alarm in track.trend.alarms for line in alert(track, alarm)]
    check(f"history-{kind}.alert.txt", "\n".join(told) + "\n")


def test_markdown() -> None:
    check("history-slower-since.md", markdown.document("startup", [grid(t) for t in tracks("slower-since")], []))


def test_csv_has_one_row_a_label_and_numbers_the_series() -> None:
    rows = list(csv.DictReader(io.StringIO(table(tracks("another-machine")))))
    assert [row["series"] for row in rows] == ["1"] * 18 + ["2"] * 6
    assert rows[0].keys() == set(history.COLUMNS)
    assert rows[1]["change"]
    check("history-slower-since.csv", table(tracks("slower-since")))


def test_json_names_the_labels_and_commits_of_each_step() -> None:
    text = data.document(history.SCHEMA, [{"series": [track_data(track) for track in tracks("slower-since")]}])
    decoded = json.loads(text)
    assert decoded["schema"] == "perfkit.history/1"
    (series,) = decoded["results"][0]["series"]
    (step,) = series["steps"]
    assert (step["first"], step["last"], step["word"]) == ("v1.12.0", "v1.19.0", "regressed")
    assert step["commits"] == "ccccccccc..ddddddddd"
    assert len(series["labels"]) == 20
    assert series["drift"] is None


def test_json_names_the_labels_of_a_drift() -> None:
    (track,) = tracks("drifting")
    drift = track_data(track)["drift"]
    assert (drift["first"], drift["last"], drift["commits"]) == ("v1.0.0", "v1.8.0", "")


def test_a_long_label_keeps_both_ends() -> None:
    assert shortened("20260131-093000-25df855-dirty") == "20260131-093000-25df855-dirty"
    assert shortened("a" * 50 + "b" * 50) == "a" * 16 + "…" + "b" * 17
