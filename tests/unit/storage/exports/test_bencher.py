"""Held to Bencher's published schema, and to the stricter rules of its server for names and slugs."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from perfkit.model.metrics import Metric
from perfkit.model.result import Result
from perfkit.storage.exports.bencher import export
from support import samples
from support.exported import failures, results
from support.stored import make_result, make_scenario, make_trial

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"


class Value(msgspec.Struct, forbid_unknown_fields=True):
    value: float
    lower_value: float | None = None
    upper_value: float | None = None


Measure = Annotated[str, Meta(pattern=SLUG, max_length=64)]
Report = dict[Annotated[str, Meta(min_length=1)], dict[Measure, Value]]


def exported(result: Result) -> Report:
    found = msgspec.json.decode(export(result), type=Report)
    assert all(len(name.encode()) <= 1024 for name in found)
    return found


def test_a_metric_is_its_median_between_its_quartiles() -> None:
    found = exported(make_result())
    assert list(found) == ["startup/base", "startup/head"]
    assert found["startup/base"]["startup-ready"] == Value(1.04, 1.03, 1.05)


def test_failed_trials_are_a_measure_of_their_own() -> None:
    found = exported(samples.dead_head())
    assert found["startup/base"]["failed-trials"] == Value(0)
    assert found["startup/head"] == {"failed-trials": Value(6)}


@given(results())
def test_any_result_fits_the_schema_and_loses_no_failure(result: Result) -> None:
    found = exported(result)
    told = {name: found[f"{result.scenario.name}/{name}"]["failed-trials"].value for name in failures(result)}
    assert told == failures(result)


@given(st.lists(st.text(min_size=1, max_size=100), min_size=1, max_size=6, unique=True))
def test_measures_never_overwrite_each_other(names: list[str]) -> None:
    metrics = tuple(Metric(name=name, kind="count", source="s", help="h") for name in names)
    trials = (make_trial(0, values=dict.fromkeys(names, 1.0)),)
    assert len(exported(make_result(metrics=metrics, trials=trials))["startup/base"]) == len(names) + 1


@pytest.mark.parametrize("letter", ["x", "é", "☃"])
def test_long_names_are_cut_and_still_told_apart(letter: str) -> None:
    targets = (letter * 1100 + "a", letter * 1100 + "b")
    scenario: Any = make_scenario(targets=targets)
    found = exported(make_result(scenario=scenario, base=targets[0], trials=(make_trial(0, targets[0]),)))
    assert len(found) == 2
    assert all(re.fullmatch(rf"startup/{letter}+-[0-9a-f]{{8}}", name) for name in found)
