"""The file is that of ``storage.pyperf_export``; here is what the exporter adds to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyperf  # type: ignore[import-untyped]
import pytest

from perfkit.errors import ResultError
from perfkit.storage.exports.pyperf import export
from perfkit.storage.pyperf_export import write_export
from support import samples
from support.exported import odd_result
from support.stored import make_result, make_trial

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_what_a_run_writes_beside_its_result(tmp_path: Path) -> None:
    path = write_export(make_result(), tmp_path)
    assert path is not None
    assert export(make_result()) == path.read_text()


def test_a_target_that_always_failed_is_told_in_the_metadata() -> None:
    document = json.loads(export(samples.dead_head()))
    assert document["metadata"]["perfkit_failed"] == "base 0 of 6, head 6 of 6"
    assert not [b for b in document["benchmarks"] if b["metadata"]["name"].startswith("head")]


def test_pyperf_opens_names_of_any_letters(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text(export(odd_result()))
    assert len(pyperf.BenchmarkSuite.load(str(path)).get_benchmark_names()) == 6


def test_where_every_trial_failed_there_is_no_file_but_a_reason() -> None:
    with pytest.raises(ResultError, match="no metric has samples that pyperf takes") as caught:
        export(make_result(trials=(make_trial(0, outcome="timeout"),)))
    assert "--format csv" in caught.value.advice
