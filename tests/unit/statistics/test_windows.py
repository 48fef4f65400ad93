"""A series told step by step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.metrics import MetricName
from perfkit.model.windows import Window
from perfkit.statistics.windows import step_values

WINDOWS = (
    Window(name="launch", do="launch", start_ns=-5, end_ns=10),
    Window(name="busy", do="idle", start_ns=10, end_ns=20),
    Window(name="quit", do="quit", start_ns=20, end_ns=21),
)


def test_each_window_has_the_stats_of_what_fell_into_it_and_none_where_nothing_did() -> None:
    series = [(0, 1.0), (10, 2.0), (15, 6.0), (19, 4.0), (99, 100.0)]
    assert step_values("memory.pss", series, WINDOWS, ["mean", "peak", "end", "p50"]) == {
        "launch/memory.pss.mean": 1.0,
        "launch/memory.pss.peak": 1.0,
        "launch/memory.pss.end": 1.0,
        "launch/memory.pss.p50": 1.0,
        "busy/memory.pss.mean": 4.0,
        "busy/memory.pss.peak": 6.0,
        "busy/memory.pss.end": 4.0,
        "busy/memory.pss.p50": 4.0,
    }


@given(st.lists(st.tuples(st.integers(-5, 25), st.floats(-100, 100)), max_size=20))
def test_every_name_reads_back_and_every_stat_lies_within_the_values(series: list[tuple[int, float]]) -> None:
    found = step_values("cpu", series, WINDOWS, ["mean", "p95", "p99"])
    for name, value in found.items():
        assert str(MetricName.parse(name)) == name
        assert min(v for _, v in series) - 1e-9 <= value <= max(v for _, v in series) + 1e-9
