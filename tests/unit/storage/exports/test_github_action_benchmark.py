"""Held to what the action's own reader takes: a list of objects of these fields, every value a number."""

from __future__ import annotations

import re

import msgspec
from hypothesis import given

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.result import Result
from perfkit.storage.exports.github_action_benchmark import export
from support import samples
from support.exported import failures, results
from support.stored import make_result, make_trials

RANGE = re.compile(r"± (\d.*)")


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    value: float
    unit: str
    range: str | None = None
    extra: str | None = None


def exported(result: Result) -> dict[str, Entry]:
    entries = msgspec.json.decode(export(result), type=list[Entry])
    named = {entry.name: entry for entry in entries}
    assert len(named) == len(entries), "the action takes the first entry of a name and forgets the others"
    return named


def test_a_metric_is_its_median_with_half_its_interquartile_range() -> None:
    found = exported(make_result(trials=make_trials(5)))["startup/base/startup.ready"]
    assert (found.value, found.unit) == (1.06, "s")
    match = RANGE.fullmatch(found.range or "")
    assert match is not None
    assert round(float(match[1]), 9) == 0.02
    assert found.extra == "label before\nsamples: 5\nfailed trials: 0 of 5"


def test_failed_trials_are_an_entry_even_where_nothing_else_is_left() -> None:
    found = exported(samples.dead_head())
    assert [name for name in found if name.startswith("startup/head/")] == ["startup/head/failed trials"]
    entry = found["startup/head/failed trials"]
    assert (entry.value, entry.extra) == (6, "label a-label\nversion 1.2.3\nfailed trials: 6 of 6")
    assert found["startup/base/failed trials"].value == 0, "so that the first failure is an infinite ratio"


def test_what_is_better_when_more_is_left_out_and_named() -> None:
    better = msgspec.structs.replace(CATALOGUE[0], direction="higher")
    found = exported(make_result(metrics=(better, *CATALOGUE[1:])))
    assert "startup/base/startup.first_request" not in found
    assert "left out, more is better: startup.first_request" in (found["startup/base/failed trials"].extra or "")


@given(results())
def test_any_result_fits_and_loses_no_failure(result: Result) -> None:
    found = exported(result)
    told = {name: found[f"{result.scenario.name}/{name}/failed trials"].value for name in failures(result)}
    assert told == failures(result)
