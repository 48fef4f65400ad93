"""What a person reads of a sweep, at 80 and 140 columns and as a page. Golden; see ``test_what_people_read``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from perfkit.commands.formats import Output
from perfkit.commands.output import Shown, written
from perfkit.commands.sweeping import Cell, folded, folded_changes
from perfkit.model.result import Result
from perfkit.statistics.analysis import analyse, compare_unpaired
from perfkit.views import curve
from perfkit.views.notes import notes
from perfkit.views.plain import HANDLER, write_plainly
from perfkit.views.sections import grids, plots
from perfkit.views.tables import fitted, say, show_grid, show_notes
from support.golden import check
from support.samples import in_cell, link_sweep, size_sweep


def cell(result: Result) -> Cell:
    sections = analyse(result)
    said, data = notes(result, sections), {"at": result.scenario.at}
    return Cell(result, Shown(title="", scenario=result.scenario.name, sections=sections, notes=said, data=data))


def many() -> Shown:
    return folded([cell(result) for result in size_sweep()])


def one() -> Shown:
    return folded([cell(result) for result in size_sweep(("kubernetes",))])


def pair() -> Shown:
    return folded([cell(result) for result in size_sweep(("base", "head"), base="base")])


def two_axes() -> Shown:
    return folded([cell(result) for result in link_sweep()])


def compared() -> Shown:
    before, after = size_sweep(("lean",)), size_sweep(("lean",))
    comparisons = [compare_unpaired((old, "lean"), (new, "lean"), {}) for old, new in zip(before, after, strict=True)]
    return folded_changes([cell(result) for result in after], comparisons)


KINDS: dict[str, Callable[[], Shown]] = {
    "many": many,
    "one": one,
    "pair": pair,
    "two-axes": two_axes,
    "compared": compared,
}


def as_table(shown: Shown, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    say(console, shown.title)
    for section in shown.sections:
        for grid in grids(section, width):
            show_grid(console, grid)
        for line in plots(section, width):
            console.print(line, no_wrap=True)
    show_notes(console, shown.notes)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("kind", KINDS)
def test_the_table_and_the_curves(kind: str, width: int) -> None:
    text = as_table(KINDS[kind](), width)
    assert "…\n" not in text, "a cell was cut"
    check(f"sweep-{kind}.{width}.txt", text)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_and_curves_keep_to_80_columns(kind: str) -> None:
    for section in KINDS[kind]().sections:
        for grid in grids(section, 80):
            console = Console(file=io.StringIO(), width=200, highlight=False)
            show_grid(console, fitted(grid, 80))
            assert isinstance(console.file, io.StringIO)
            table = console.file.getvalue().splitlines()[: -len(grid.footer) or None]
            assert max(cell_len(line.rstrip()) for line in table) <= 80
        assert all(cell_len(str(line)) <= 80 for line in plots(section, 80))


def test_over_an_axis_of_names_there_are_tables_and_no_curves() -> None:
    cells = [
        cell(in_cell(result, place, {"cluster.fault": fault}))
        for place, (result, fault) in enumerate(zip(size_sweep(), ("drop", "restart 2s", "410"), strict=True))
    ]
    (section,) = folded(cells).sections
    assert grids(section, 80)
    assert plots(section, 80) == []


@pytest.mark.parametrize(
    ("told", "span"),
    [
        (
            ("✓ 1,000 pods delivered, watched", "✓ 100 pods delivered, watched", "✓ 10,000 pods delivered, watched"),
            "✓ 100 … 10,000 pods delivered, watched",
        ),
        (("! a: 3, b.", "! a: 2, b.", "! a: 4, b."), "! a: 2 … 4, b."),
        (("! (a|b)? . 1.2.3", "! (a|b)? , 1.2.4", "! (a|b)? . 1.2.3"), "! (a|b)? . 1.2.3"),
        (("mock 1% · x", "mock 1% · x", "mock 1% · x"), "mock 1% · x"),
    ],
)
def test_a_note_of_all_cells_tells_the_span_of_its_numbers(told: tuple[str, ...], span: str) -> None:
    cells = [
        Cell(result, msgspec.structs.replace(cell(result).shown, notes=[note]))
        for result, note in zip(size_sweep(), told, strict=True)
    ]
    assert folded(cells).notes == [span]


def test_metrics_that_differ_by_a_number_in_their_name_are_told_apart() -> None:
    said = [f"! api.latency.p{number}: not compared" for number in (50, 95, 99)]
    cells = [Cell(each, msgspec.structs.replace(cell(each).shown, notes=said)) for each in size_sweep()]
    assert folded(cells).notes == said


def test_cells_that_failed_or_never_ran_say_so() -> None:
    text = as_table(two_axes(), 80)
    assert "failed 8 of 8" in text
    assert "not run" in text


@pytest.mark.parametrize(("blocks", "told"), [(2, False), (4, True)])
def test_of_few_blocks_an_exponent_has_no_interval_and_of_two_it_is_not_told(blocks: int, told: bool) -> None:
    cells = [
        cell(msgspec.structs.replace(each, trials=tuple(trial for trial in each.trials if trial.block < blocks)))
        for each in size_sweep()
    ]
    text = as_table(folded(cells), 80)
    assert ("exponent of the cost" in text) == told
    assert ("? six blocks give an interval" in text) == told
    assert "linear" not in text


def test_programs_get_every_cell_and_the_sweep_itself() -> None:
    document = msgspec.json.decode(written(Output.JSON, [many()], "perfkit.run/1"))
    kinds = [[section["type"] for section in each["sections"]] for each in document["results"]]
    assert kinds == [["ranking"], ["ranking"], ["ranking"], ["sweep"]]
    (told,) = document["results"][-1]["sections"]
    ready = [each for each in told["panels"][0]["curves"] if each["metric"]["name"] == "startup.ready"]
    assert [each["called"] for each in ready] == ["linear", "super-linear", "constant"]
    rows = list(csv.DictReader(io.StringIO(written(Output.CSV, [many()], ""))))
    assert len(rows) == 3 * 3 * 7
    assert {row["at"] for row in rows} == {"cluster.pods=100", "cluster.pods=1000", "cluster.pods=10000"}


def test_the_page_is_whole_and_has_a_curve_for_each_metric_that_changes() -> None:
    page = written(Output.HTML, [many()], "")

    class Tags(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - of one parse

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.found.append(tag)

    Tags().feed(page)
    assert Tags.found.count("svg") == 2
    assert Tags.found.count("table") == 5
    assert "http" not in page, "nothing is loaded from elsewhere"


def test_a_poor_encoding_gets_a_curve_as_wide() -> None:
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    write_plainly(plain)
    for line in plots(many().sections[0], 80):
        text = str(line)
        assert len(text.encode("ascii", HANDLER)) == len(text)


def test_a_curve_rises_where_its_values_do() -> None:
    picture = curve.Picture("t", ("a", "b"), (1.0, 2.0), (curve.Series("s", (1.0, 2.0)),), str)
    rows = [line.rstrip() for line in curve.draw(picture, 60)[1:-2]]
    assert rows[0].endswith("●")
    assert rows[-1].index("●") < len(rows[0]) - 1


@pytest.mark.parametrize("values", [(1.0, 1.05), (None, None), (3.0, None)])
def test_nothing_is_drawn_of_what_does_not_change(values: tuple[float | None, float | None]) -> None:
    picture = curve.Picture("t", ("a", "b"), (1.0, 2.0), (curve.Series("s", values),), str)
    assert curve.draw(picture, 80) == []
