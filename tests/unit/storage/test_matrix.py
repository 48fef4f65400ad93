"""One file with a matrix is as many scenarios as it has cells."""

from __future__ import annotations

import tomllib

import pytest

from perfkit.errors import ScenarioError
from perfkit.storage.matrix import Cell, cells
from perfkit.storage.tables import Value

FILE = """
title = "Sweep"
[cluster]
shape = "small"
[[step]]
do = "launch"
[[step]]
do = "idle"
name = "busy"
duration = "1 s"
[matrix]
"cluster.pods" = [100, 1000]
"busy/duration" = ["1 s", "2 s"]
[[limit]]
metric = "startup.ready"
limit = "< 2 s"
where = { "cluster.pods" = 1000 }
"""


def expand(text: str, *fixed: str) -> list[Cell]:
    return cells(Value("sweep.toml", "", tomllib.loads(text)), "sweep", dict.fromkeys(fixed))


def test_a_file_without_a_matrix_is_one_cell_named_as_the_file() -> None:
    (cell,) = expand('title = "x"')
    assert (cell.name, cell.at, cell.file.data) == ("sweep", {}, {"title": "x"})


def test_cells_are_all_combinations_the_last_axis_fastest() -> None:
    assert [cell.name for cell in expand(FILE)] == [
        "sweep-100-1-s",
        "sweep-100-2-s",
        "sweep-1000-1-s",
        "sweep-1000-2-s",
    ]


def test_a_cell_holds_its_values_where_the_axes_point_and_no_matrix() -> None:
    cell = expand(FILE)[3]
    assert cell.at == {"cluster.pods": 1000, "busy/duration": "2 s"}
    assert cell.file.data["cluster"] == {"shape": "small", "pods": 1000}
    assert cell.file.data["step"][1]["duration"] == "2 s"
    assert "matrix" not in cell.file.data


def test_a_limit_holds_only_where_it_says() -> None:
    assert [len(cell.file.data["limit"]) for cell in expand(FILE)] == [0, 0, 1, 1]
    assert "where" not in expand(FILE)[2].file.data["limit"][0]


def test_a_limit_may_hold_at_several_values() -> None:
    found = expand(FILE.replace('"cluster.pods" = 1000', '"busy/duration" = ["1 s", "2 s"]'))
    assert [len(cell.file.data["limit"]) for cell in found] == [1, 1, 1, 1]


def test_a_matrix_that_is_no_table_is_refused() -> None:
    with pytest.raises(ScenarioError) as refused:
        expand('title = "x"\nmatrix = [1, 2]')
    assert "sweep.toml: matrix: found [1, 2]; allowed: a table" in refused.value.message


def test_one_value_is_an_axis_too() -> None:
    (cell,) = expand('title = "x"\n[matrix]\n"cluster.pods" = [100]')
    assert (cell.name, cell.at) == ("sweep-100", {"cluster.pods": 100})


def test_an_axis_fixed_on_the_command_line_is_none_and_limits_for_its_values_hold_nowhere() -> None:
    found = expand(FILE, "cluster.pods")
    assert [cell.name for cell in found] == ["sweep-1-s", "sweep-2-s"]
    assert "pods" not in found[0].file.data["cluster"]
    assert found[0].file.data["limit"] == []


@pytest.mark.parametrize(
    ("matrix", "complaint"),
    [
        ('"cluster.pods" = 5', 'sweep.toml: matrix."cluster.pods": found 5; allowed: a list of values'),
        ('"cluster.pods" = []', "allowed: a list of values"),
        ('"cluster.pods" = [[1]]', 'matrix."cluster.pods"[0]: found [1]; allowed: a text or a number'),
        ('"cluster.pods" = [true]', "allowed: a text or a number"),
        ('"cluster.pods" = [1, 1]', "a value is there twice"),
        ('"pods" = [1]', "matrix.pods: no such axis"),
        ('"target.name" = ["a"]', "no such axis"),
        ('"bsuy/duration" = ["1 s"]', "no step is named 'bsuy'"),
        (f'"cluster.pods" = {list(range(101))}', "101 cells; at most 100"),
        (
            "\n".join(f'"cluster.{key}" = {list(range(1000))}' for key in ("pods", "seed")),
            "sweep.toml: matrix: 1,000,000 cells; at most 100",
        ),
        ('"cluster." = [1]', "no such axis"),
        ('"busy/" = ["1 s"]', "no such axis"),
    ],
)
def test_a_wrong_matrix_is_refused_with_its_place(matrix: str, complaint: str) -> None:
    head = FILE.split("[matrix]", maxsplit=1)[0]
    with pytest.raises(ScenarioError) as refused:
        expand(f"{head}[matrix]\n{matrix}\n")
    assert complaint in refused.value.message


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ('"cluster.seed" = 1', "no axis of the matrix"),
        ('"cluster.pods" = [1000, 7]', "found [1000, 7]; allowed: one or several of 100, 1000"),
        ('"cluster.pods" = []', "found []; allowed: one or several"),
        ('"cluster.pods" = 7', "allowed: one or several of 100, 1000, the values of that axis"),
    ],
)
def test_a_limit_for_no_cell_is_refused(where: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        expand(FILE.replace('"cluster.pods" = 1000', where))
    assert complaint in refused.value.message


def test_what_the_command_line_sets_stands_in_the_file_and_is_no_axis() -> None:
    """Of a matrix, of a table, and of a named step; limits for that very value hold."""
    text = """
schema = 1
cluster.pods = 5
step = [{ do = "launch" }, { do = "idle", name = "quiet", duration = "1 s" }]
matrix = { "quiet/duration" = ["1 s", "9 s"] }
limit = [
    { metric = "cpu.seconds", limit = "< 1 s", where = { "quiet/duration" = "9 s" } },
    { metric = "memory.peak", limit = "< 1 B", where = { "quiet/duration" = "1 s" } },
]
"""
    (cell,) = cells(Value("sweep.toml", "", tomllib.loads(text)), "sweep", {"quiet/duration": "9 s", "cluster.pods": 7})
    assert cell.file.data["step"][1]["duration"] == "9 s"
    assert cell.file.data["cluster"]["pods"] == 7
    assert [limit["metric"] for limit in cell.file.data["limit"]] == ["cpu.seconds"]
    assert cell.at == {}


def test_a_setting_of_nothing_is_refused_by_name() -> None:
    file = Value("sweep.toml", "", tomllib.loads('step = [{ do = "launch" }]'))
    with pytest.raises(ScenarioError, match="--set busy/duration: no step is named 'busy'"):
        cells(file, "sweep", {"busy/duration": "1 s"})
