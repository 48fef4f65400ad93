"""The column ``floor``: in every format where a floor was measured, and a line that says so where none was."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import pytest
from rich.console import Console

from perfkit.model.limits import Limit
from perfkit.model.scenario import MetricLimit
from perfkit.statistics.analysis import Comparison, compare_paired
from perfkit.statistics.noise import with_floors
from perfkit.views import data, markdown
from perfkit.views.grids import Grid, grids
from perfkit.views.notes import comparison_notes
from perfkit.views.tables import divided, fitted, show_grid, show_notes
from support.golden import check
from support.noise import QUIET, make_noise
from support.samples import sample_result
from support.stored import CREATED

TIGHT = MetricLimit(metric="memory.peak", limits=(Limit.parse("+0.1 %", "bytes"),))


def compared(*limits: MetricLimit) -> Comparison:
    result = sample_result({"base": {}, "head": {"cpu.seconds": 1.3, "api.requests": 1.5}}, base="base")
    scenario = msgspec.structs.replace(result.scenario, limits=limits)
    return compare_paired(msgspec.structs.replace(result, scenario=scenario), "base", "head")


def floored(*limits: MetricLimit) -> Comparison:
    return with_floors(compared(*limits), make_noise(), 60)


def as_text(comparison: Comparison, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    (grid,) = grids(comparison)
    show_grid(console, grid)
    show_notes(console, comparison_notes(comparison))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 140])
def test_the_table(width: int) -> None:
    text = as_text(floored(), width)
    assert "floor" in text
    assert max(map(len, text.splitlines())) <= width
    check(f"floors.{width}.txt", text)


def test_markdown_has_the_column() -> None:
    comparison = floored(TIGHT)
    check("floors.md", markdown.document("startup", grids(comparison), comparison_notes(comparison)))


def test_a_limit_below_the_floor_is_warned_about() -> None:
    assert comparison_notes(floored(TIGHT))[-2:] == [
        "! memory.peak: limit +0.1 % lies below the floor, 0.2 %: so small a change often stays unclear",
        f"  floors measured here on {CREATED[:10]}",
    ]


def test_without_a_floor_there_is_a_line_and_no_column() -> None:
    text = as_text(compared(), 80)
    assert "no floor measured here (perfkit doctor --noise)" in text
    assert "interval limit" in text


def test_what_never_varies_says_exact() -> None:
    (grid,) = grids(floored())
    shown = {str(row[0]): str(row[grid.header.index("floor")]) for row in grid.rows}
    assert {name for name, text in shown.items() if text == "exact"} == {
        "api.requests",
        "api.bytes_received",
        "api.connections",
    }


def test_a_metric_that_was_not_measured_has_a_dash() -> None:
    noise = make_noise({name: spread for name, spread in QUIET.items() if name != "cpu.seconds"})
    (grid,) = grids(with_floors(compared(), noise, 60))
    assert {str(row[0]): row[grid.header.index("floor")] for row in grid.rows}["cpu.seconds"] == "–"


def test_csv_and_json_hold_floors_as_fractions() -> None:
    comparison = floored()
    rows = list(csv.DictReader(io.StringIO(data.table([(("startup", ""), comparison)]))))
    written = {row["metric"]: row["floor"] for row in rows if row["target"] == "head"}
    assert {row["floor"] for row in rows if row["target"] == "base"} == {""}
    decoded = json.loads(data.document(data.RUN_SCHEMA, [data.section_data(comparison)]))["results"][0]
    assert {row["metric"]["name"]: str(row["floor"]) for row in decoded["rows"]} == written
    assert decoded["noise"] == CREATED


# ---- columns that do not fit


WIDE = Grid("", ("", "interval", "floor", "limit"), [("cpu.seconds", "+10 … +20 %", "3.1 %", "+5 %")], spare="floor")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (35, ("cpu.seconds", "+10 … +20 %", "3.1 %", "+5 %")),
        (34, ("cpu.seconds", "+10…+20 %", "3.1 %", "+5 %")),
        (33, ("cpu.seconds", "+10…+20 %", "3.1 %", "+5 %")),
        (32, ("cpu.seconds", "+10…+20 %", "+5 %")),
    ],
)
def test_intervals_close_up_before_the_floor_gives_way(width: int, shown: tuple[str, ...]) -> None:
    grid = fitted(WIDE, width)
    assert grid.rows == [shown]
    assert len(grid.header) == len(shown)


def test_a_grid_with_nothing_to_spare_keeps_all_its_columns() -> None:
    grid = Grid("", ("", "a"), [("long name", "1")])
    assert fitted(grid, 3) == grid


def test_a_grid_too_wide_goes_on_below_with_its_first_column_and_no_cell_is_cut() -> None:
    grid = Grid("t", ("", "one", "two", "three"), [("name", "1" * 9, "2" * 9, "3" * 9)], ["f"])
    parts = divided(grid, 25)
    assert [part.header for part in parts] == [("", "one", "two"), ("", "three")]
    assert [(part.title, part.footer) for part in parts] == [("t", []), ("", ["f"])]
    assert parts[1].rows == [("name", "3" * 9)]
    assert divided(grid, 80) == [grid]
    assert len(divided(grid, 1)) == 3, "a column a table is the least"
