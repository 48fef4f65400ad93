"""``perfkit history`` as a person and a nightly job meet it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.storage.results import write_result
from support.commandline import perfkit
from support.histories import results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.model.result import Result

pytestmark = pytest.mark.functional


def store(folder: Path, given: Sequence[Result]) -> None:
    for result in given:
        place = folder / "results" / "local" / result.label
        place.mkdir(parents=True)
        write_result(result, place)


@pytest.fixture
def slower(tmp_path: Path) -> Path:
    """Sixteen releases, start-up slower since the eleventh; the first two were measured on another machine."""
    given = results(
        16, lambda day: {"startup.ready": 1.2 if day >= 10 else 1.0}, lambda day: "Ada 1" if day < 2 else "Ada 2"
    )
    store(tmp_path, given)
    return tmp_path


def test_the_table_has_a_curve_a_row_a_label_and_marks(slower: Path) -> None:
    text = perfkit(slower, "history", "-m", "startup.ready").stdout
    assert "16 labels: v1.0.0 … v1.15.0" in text
    assert "▲ REGRESSED" in next(line for line in text.splitlines() if line.startswith("v1.10.0"))
    assert "startup.ready · client · 2 labels that stand apart" in text
    assert "! stand apart, since not comparable with the newest: machine cpu: Ada 1 against Ada 2" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("!")) <= 80


def test_all_gated_metrics_are_shown_unless_one_is_named(slower: Path) -> None:
    text = perfkit(slower, "history", "startup").stdout
    for metric in ("startup.ready", "cpu.seconds", "memory.peak", "api.requests"):
        assert f"{metric} · client" in text
    assert "api.connections" not in text


def test_an_alert_exits_1_and_says_what_happened(slower: Path) -> None:
    told = perfkit(slower, "history", "--alert", code=1).stdout.splitlines()
    assert told[0].startswith("startup: startup.ready of client regressed: +20 %")
    assert told[1].startswith("  since v1.10.0 (before: v1.9.0)")
    assert told[2] == "  perfkit compare v1.9.0#lean v1.10.0#lean"
    assert perfkit(slower, "history", "--alert", "-o", "markdown", code=1).stdout.startswith("### perfkit history")


def test_the_comparison_that_an_alert_proposes_works(slower: Path) -> None:
    assert "startup.ready" in perfkit(slower, "compare", "v1.9.0#lean", "v1.10.0#lean").stdout


def test_without_a_regression_an_alert_says_so_and_exits_0(slower: Path) -> None:
    assert "nothing gated has regressed" in perfkit(slower, "history", "--alert", "-m", "memory.peak").stdout
    assert "nothing gated has regressed" in perfkit(slower, "history", "--alert", "--since", "v1.10.0").stdout


def test_a_regression_on_the_machine_of_before_is_no_alert(tmp_path: Path) -> None:
    given = results(
        20, lambda day: {"startup.ready": 1.2 if day >= 8 else 1.0}, lambda day: "Ada 1" if day < 16 else "Ada 2"
    )
    store(tmp_path, given)
    perfkit(tmp_path, "history", "--alert", code=0)


def test_a_newest_label_in_which_every_trial_failed_is_an_alert(slower: Path) -> None:
    (result,) = results(1, lambda _: {})
    trials = tuple(
        msgspec.structs.replace(trial, outcome="exited", reason="exited with status 1") for trial in result.trials
    )
    store(slower, [msgspec.structs.replace(result, label="v2", created="2027-01-01T00:00:00Z", trials=trials)])
    told = perfkit(slower, "history", "--alert", "-m", "api.requests", code=1).stdout.splitlines()
    assert told[:2] == ["startup: client failed in 5 of 5 trials of v2", "  exited with status 1"]


def test_json_and_csv_hold_every_label(slower: Path) -> None:
    document = json.loads(perfkit(slower, "history", "-o", "json", "-m", "startup.ready").stdout)
    assert document["schema"] == "perfkit.history/1"
    (entry,) = document["results"]
    assert [len(series["labels"]) for series in entry["series"]] == [14, 2]
    assert len(entry["alerts"]) == 1
    rows = list(csv.DictReader(io.StringIO(perfkit(slower, "history", "-o", "csv").stdout)))
    assert len(rows) == 4 * 16


def test_a_broken_result_is_left_out_and_named(slower: Path) -> None:
    (slower / "results/local/v1.4.0/startup.perfkit.json").write_text("{")
    text = perfkit(slower, "history").stdout
    assert "15 labels" in text
    assert "! left out: results/local/v1.4.0/startup.perfkit.json: truncated" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("startupp",), "did you mean 'startup'?"),
        (("-m", "startup.redy"), "did you mean 'startup.ready'?"),
        (("-t", "leen"), "did you mean 'lean'?"),
        (("--since", "v1.99"), "no result labelled 'v1.99'"),
        (("-o", "yaml"), "yaml"),
    ],
)
def test_a_mistake_is_one_clear_line(slower: Path, words: tuple[str, ...], said: str) -> None:
    done = perfkit(slower, "history", *words, code=2)
    assert said in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 2


def test_without_results_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert "make one: perfkit run startup" in perfkit(tmp_path, "history", code=2).stderr


def test_of_base_and_head_in_one_result_the_head_stands_for_it(tmp_path: Path) -> None:
    from support.samples import slower_head

    store(tmp_path, [slower_head()])
    assert [row["target"] for row in csv.DictReader(io.StringIO(perfkit(tmp_path, "history", "-o", "csv").stdout))] == [
        "head"
    ] * 4
    base = perfkit(tmp_path, "history", "-o", "csv", "-t", "base").stdout
    assert [row["target"] for row in csv.DictReader(io.StringIO(base))] == ["base"] * 4
