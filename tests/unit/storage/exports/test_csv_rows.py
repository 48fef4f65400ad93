from __future__ import annotations

import csv
import io

from hypothesis import given

from perfkit.model.result import Result, sample
from perfkit.storage.exports.csv_rows import COLUMNS, export
from support.exported import odd_result, results
from support.stored import make_result, make_trial


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_sample_is_a_row_in_order_of_execution() -> None:
    found = rows(export(make_result()))
    assert len(found) == 6 * 7
    assert list(found[1].values()) == ["startup", "before", "0", "0", "base", "startup.ready", "s", "1.02", "ok"]
    assert [(row["block"], row["target"]) for row in found if row["metric"] == "memory.peak"] == [
        (str(block), target) for block in range(3) for target in ("base", "head")
    ]


def test_a_failed_trial_has_its_rows_without_values_and_tells_how_it_failed() -> None:
    found = rows(export(make_result(trials=(make_trial(0), make_trial(1, "head", outcome="timeout")))))
    failed = [row for row in found if row["target"] == "head"]
    assert {(row["value"], row["outcome"]) for row in failed} == {("", "timeout")}
    assert len(failed) == 7


def test_a_good_trial_without_a_value_is_told_from_a_failed_one() -> None:
    found = rows(export(make_result(trials=(make_trial(0, values={}),))))
    assert {(row["value"], row["outcome"]) for row in found} == {("", "ok")}


@given(results())
def test_any_name_survives_and_every_value_comes_back_exactly(result: Result) -> None:
    found = rows(export(result))
    assert {(row["scenario"], row["label"]) for row in found} == {(result.scenario.name, result.label)}
    told = [(row["target"], row["metric"], row["value"], row["outcome"]) for row in found]
    assert told == [
        (trial.target, metric.name, "" if (value := sample(trial, metric.name)) is None else repr(value), trial.outcome)
        for trial in result.trials
        for metric in result.metrics
    ]


def test_lines_end_in_a_bare_newline() -> None:
    text = export(make_result())
    assert "\r" not in text
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert len(rows(export(odd_result()))) == 4 * 7
