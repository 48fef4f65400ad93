"""All formats together: golden files, errors, and that whatever a target is called is no matter.

``UPDATE_GOLDEN=1 pytest tests/unit/storage/exports`` writes the files anew; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given

from perfkit.errors import ResultError, UsageError
from perfkit.model.result import Result
from perfkit.storage.exports.registry import FORMATS, export, exporter
from support import samples
from support.exported import odd_result, results
from support.stored import make_result, make_trial

GOLDEN = Path(__file__).parent / "golden"
RESULTS = {"one-client": samples.one_client, "dead-head": samples.dead_head, "odd-names": odd_result}


@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_exported_changes_only_when_somebody_means_it_to(name: str, kind: str) -> None:
    text, path = export(RESULTS[kind](), name).encode(), GOLDEN / f"{kind}.{name}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
    assert text == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("openmetric", "did you mean 'openmetrics'?"),
        ("cvs", "did you mean 'csv'?"),
        ("", "formats are pyperf, openmetrics, bencher, github-action-benchmark, csv"),
    ],
)
def test_a_format_that_is_not_there_is_told_with_what_may_have_been_meant(name: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        exporter(name)
    assert (caught.value.message, caught.value.advice) == (f"no format named {name!r}", advice)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("trials", [(), (make_trial(0, block=-1),)], ids=["none", "a warm-up"])
def test_a_result_without_a_trial_that_counts_is_refused(name: str, trials: tuple[()]) -> None:
    with pytest.raises(ResultError, match="before: no trial has finished"):
        export(make_result(trials=trials), name)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"pyperf"}))  # pyperf has no place for one without samples
@given(result=results())
def test_any_result_can_be_exported_and_a_second_time_alike(name: str, result: Result) -> None:
    text = export(result, name)
    assert text == export(result, name)
    assert text.endswith("\n")
