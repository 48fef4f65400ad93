from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from benchmarks.link_accuracy import netem, table
from benchmarks.link_accuracy.cases import CASES
from hypothesis import given
from hypothesis import strategies as st


def test_the_oracle_has_measured_every_case_and_no_other() -> None:
    assert list(table.read()) == list(CASES)


def test_the_oracle_tells_enough_runs_and_where_they_come_from() -> None:
    for name, row in table.read().items():
        assert row.runs >= (netem.RANDOM_RUNS if CASES[name].link.random else netem.RUNS)
        assert row.congestion == "cubic"
        assert row.kernel
        assert row.date


def test_what_is_written_is_read(tmp_path: Path) -> None:
    row = table.Row(
        case="a", runs=3, p10=1.5, p50=2.0, p90=3.0, p99=4.25, date="2026-11-23", kernel="6", congestion="cubic"
    )
    table.write([row], tmp_path / "table.csv")
    assert table.read(tmp_path / "table.csv") == {"a": row}


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_quantiles_are_the_inclusive_ones_of_the_standard_library(values: list[float]) -> None:
    deciles = statistics.quantiles(values, n=10, method="inclusive")
    assert [table.quantile(values, share / 10) for share in range(1, 10)] == pytest.approx(deciles, rel=1e-9, abs=1e-9)


def test_the_only_value_is_every_quantile() -> None:
    assert table.quantile([7.0], 0.99) == 7.0
