"""Sweeps from the command line to what a person reads, and the shipped scenarios that are made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.commandline import perfkit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

SIZES = """\
schema = 1
title = "Sizes"
cluster.shape = "tiny"
repeat = { pairs = [2], max_time = "60 s" }
[[step]]
do = "launch"
timeout = "20 s"
[matrix]
"cluster.pods" = [10, 100]
[[limit]]
metric = "api.requests"
limit = "< 1"
where = { "cluster.pods" = 100 }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep over two sizes, run once."""
    folder = tmp_path_factory.mktemp("sweeps")
    (folder / "perfkit.toml").write_text("schema = 1\n")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/sizes.toml").write_text(SIZES)
    perfkit(folder, "run", "sizes", "-t", "lean", "--label", "one", code=1)
    return folder


def entries(text: str) -> dict[str, Any]:
    """Of a JSON document, by scenario."""
    return {each["scenario"]: each for each in json.loads(text)["results"]}


def test_a_sweep_is_one_table_and_one_entry_for_programs(project: Path) -> None:
    shown = perfkit(project, "compare", "one", code=1).stdout
    assert "2 cells over cluster.pods" in shown
    (row,) = [line for line in shown.splitlines() if line.startswith("100 ")]
    assert row.split()[-2:] == ["1", "!"], "the limit holds at 100 pods only, and is exceeded there"
    found = entries(perfkit(project, "compare", "one", "-o", "json", code=1).stdout)
    assert list(found) == ["sizes-10", "sizes-100", "sizes"]
    assert found["sizes"]["sections"][0]["axes"] == {"cluster.pods": [10, 100]}


def test_a_metric_that_is_asked_for_is_a_column_too(project: Path) -> None:
    shown = perfkit(project, "compare", "one", "--metric", "api.connections", code=1).stdout
    assert "api.connections" in shown


def test_two_sweeps_are_compared_cell_by_cell_in_one_table(project: Path) -> None:
    (project / "scenarios/sizes.toml").write_text(SIZES.partition("[[limit]]")[0])
    perfkit(project, "run", "sizes", "-t", "lean", "--label", "two")
    shown = perfkit(project, "compare", "one", "two").stdout
    assert "change and verdict in each cell" in shown
    (section,) = entries(perfkit(project, "compare", "one", "two", "-o", "json").stdout)["sizes"]["sections"]
    assert [(cell["at"], cell["verdicts"]["api.requests"]) for cell in section["cells"]] == [
        ({"cluster.pods": 10}, "unclear"),
        ({"cluster.pods": 100}, "unclear"),
    ], "two trials a side are too few for a verdict"


def test_a_start_up_costs_the_round_trips_of_its_connection_and_its_requests(project: Path) -> None:
    """TCP, TLS and a list are three at least; the noise of a busy machine is a fraction of 200 ms."""
    matrix = '[matrix]\n"link.rtt" = ["0 ms", "200 ms"]\n'
    (project / "scenarios/far.toml").write_text(SIZES.partition("[matrix]")[0] + matrix)
    shown = perfkit(project, "run", "far", "-t", "lean", "--label", "far", "-o", "json").stdout
    (section,) = entries(shown)["far"]["sections"]
    (found,) = section["round_trips"]
    assert found["rtts"] == [0.0, 0.2]
    assert 2.5 < found["growth"]["estimate"] < 12


def test_the_latency_scenario_tells_what_the_client_waited_for(project: Path) -> None:
    words = ("latency", "-t", "kubectl-get", "--shape", "tiny", "-k", "cross", "-r", "1", "--label", "latency")
    perfkit(project, "run", *words)
    path = project / "results/local/latency/latency-cross-region.perfkit.json"
    (trial,) = [each for each in json.loads(path.read_text())["trials"] if each["block"] == 0]
    assert 0.08 <= trial["values"]["api.latency.p50"] <= trial["values"]["api.latency.p95{size=small}"] < 5
    assert "api.latency.p95{verb=list}" in trial["values"]
