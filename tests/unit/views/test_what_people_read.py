"""Golden output of every kind of result: what people read changes only when somebody means it to.

``UPDATE_GOLDEN=1 pytest tests/unit/views`` writes the files anew; read the diff.
"""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from rich.console import Console

from perfkit.model.result import Result
from perfkit.statistics.analysis import analyse
from perfkit.views import data, markdown
from perfkit.views.grids import grids
from perfkit.views.notes import next_steps, notes, summary_line
from perfkit.views.tables import show_grid, show_notes
from perfkit.views.text import headline, percent, span, times
from support import samples
from support.golden import check

RESULTS = {
    "slower-head": samples.slower_head,
    "three-clients": samples.three_clients,
    "one-client": samples.one_client,
    "dead-head": samples.dead_head,
}


def as_table(result: Result, width: int) -> str:
    sections = analyse(result)
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(headline(result), soft_wrap=True)
    console.print(summary_line(result), soft_wrap=True)
    for section in sections:
        for grid in grids(section):
            show_grid(console, grid)
    show_notes(console, notes(result, sections))
    for line in next_steps(result, sections):
        console.print(line, markup=False, soft_wrap=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("kind", RESULTS)
def test_the_table(kind: str, width: int) -> None:
    text = as_table(RESULTS[kind](), width)
    assert "…\n" not in text, "a cell was cut"
    check(f"{kind}.{width}.txt", text)


@pytest.mark.parametrize("kind", RESULTS)
def test_a_table_is_no_wider_than_80_columns(kind: str) -> None:
    sections = analyse(RESULTS[kind]())
    for grid in (grid for section in sections for grid in grids(section)):
        console = Console(file=io.StringIO(), width=200, highlight=False)
        show_grid(console, grid)
        assert isinstance(console.file, io.StringIO)
        table = console.file.getvalue().splitlines()[1 if grid.title else 0 : -len(grid.footer) or None]
        assert max(len(line.rstrip()) for line in table) <= 80


def over_a_late_relay(result: Result) -> Result:
    """The same over a link, whose relay was late in block 2."""
    late = [
        msgspec.structs.replace(
            trial, values={**trial.values, "link.lateness.p99": 0.005 if trial.block == 2 else 0.0001}
        )
        for trial in result.trials
    ]
    return msgspec.structs.replace(result, trials=tuple(late))


@pytest.mark.parametrize("kind", RESULTS)
def test_times_that_a_late_relay_may_have_set_are_marked_and_nothing_else(kind: str) -> None:
    text = as_table(over_a_late_relay(RESULTS[kind]()), 140)
    assert "~ the link's relay was late in some of these trials" in text
    marked = [line for line in text.splitlines() if " ~ " in f"{line} " and not line.startswith("~")]
    assert marked
    assert not [line for line in marked if line.startswith(("cpu.", "memory.", "api.requests"))]


def test_what_failed_is_not_called_unclear_as_well() -> None:
    result = samples.sample_result({"base": {}, "head": {}}, base="base", blocks=1, failing="head")
    assert not any("unclear" in line for line in notes(result, analyse(result)))


def test_what_neither_side_has_is_no_failure() -> None:
    result = samples.sample_result({"base": {}, "head": {}}, base="base")
    silent = [
        msgspec.structs.replace(
            trial, values={name: value for name, value in trial.values.items() if name != "startup.first_request"}
        )
        for trial in result.trials
    ]
    (section,) = analyse(msgspec.structs.replace(result, trials=tuple(silent)))
    (grid,) = grids(section)
    (row,) = [row for row in grid.rows if row[0] == "startup.first_request"]
    assert str(row[-1]) == "–"


@pytest.mark.parametrize("kind", RESULTS)
def test_markdown(kind: str) -> None:
    result = RESULTS[kind]()
    sections = analyse(result)
    tables = [grid for section in sections for grid in grids(section)]
    check(f"{kind}.md", markdown.document(headline(result), tables, notes(result, sections)))


def test_text_of_targets_stays_text_in_markdown() -> None:
    assert markdown.document("a <b> | `c`", [], ["! [x](y) *z*"]) == (
        "### a \\<b\\> \\| \\`c\\`\n\n- ! \\[x\\](y) \\*z\\*\n"
    )


@pytest.mark.parametrize("kind", RESULTS)
def test_csv_has_one_row_a_metric_and_target(kind: str) -> None:
    result = RESULTS[kind]()
    text = data.table((("startup", ""), section) for section in analyse(result))
    header, *rows = text.splitlines()
    assert len(rows) == 7 * len(result.scenario.targets)
    assert {len(row.split(",")) for row in [header, *rows]} == {17}
    check(f"{kind}.csv", text)


@pytest.mark.parametrize("kind", RESULTS)
def test_json_is_versioned_and_holds_every_section(kind: str) -> None:
    sections = analyse(RESULTS[kind]())
    text = data.document(data.RUN_SCHEMA, [{"sections": [data.section_data(section) for section in sections]}])
    decoded = json.loads(text)
    assert decoded["schema"] == "perfkit.run/1"
    assert len(decoded["results"][0]["sections"]) == len(sections)


@pytest.mark.parametrize(
    ("change", "text"),
    [(0.05, "+5.0 %"), (-0.161, "−16 %"), (0.0, "0 %"), (12.3, "+1,230 %"), (None, "–"), (float("inf"), "fails")],
)
def test_a_change_is_written_with_its_sign(change: float | None, text: str) -> None:
    assert percent(change) == text


def test_an_end_that_is_not_known_is_a_question_mark() -> None:
    assert span(float("-inf"), 0.05) == "? … +5.0 %"


@pytest.mark.parametrize(("ratio", "text"), [(1.84, "1.8 ×"), (16.2, "16 ×"), (1234.0, "1,234 ×")])
def test_a_ratio_is_written_with_two_digits(ratio: float, text: str) -> None:
    assert times(ratio) == text
