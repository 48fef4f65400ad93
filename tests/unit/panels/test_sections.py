from __future__ import annotations

import pytest

from perfkit.model.readings import CacheReading, CallReading, GcReading, Readings, SlowReading, Switch, WatchReading
from perfkit.panels.sections import Section, lines, sections, vitals


def test_the_busiest_requests_come_first_and_columns_that_say_nothing_are_left_out() -> None:
    readings = Readings(
        at=1.0,
        calls=(
            CallReading(verb="get", resource="nodes", count=9, p50=0.001, rate=0.5),
            CallReading(verb="list", resource="pods", count=3, p50=0.25, p95=1.5, rate=2.0),
        ),
    )
    assert lines(sections(readings)["requests"], 50, 10) == [
        "requests                p50   p95 p99   rate count",
        "list pods            250 ms 1.5 s   –   2 /s     3",
        "get nodes              1 ms     –   – 0.5 /s     9",
    ]


@pytest.mark.parametrize("width", range(8, 90, 7))
def test_lines_are_never_wider_than_they_may_be(width: int) -> None:
    section = Section(
        "requests", ("p50", "p95", "count"), (("list a-resource-with-a-long-name", "1 ms", "20 ms", "3"),) * 3
    )
    assert all(len(line) <= width for line in lines(section, width, 10))


def test_more_rows_than_fit_are_counted() -> None:
    section = Section("caches", ("hits",), tuple((f"c{place}", "9 %") for place in range(5)))
    assert lines(section, 20, 2)[-1] == "… 3 more"


def test_vitals_leave_out_what_nobody_knows() -> None:
    assert vitals(Readings(at=0.0)) == []
    assert vitals(Readings(at=0.0, goroutines=1200, gc=GcReading(runs=3, longest=0.002), overhead=0.004)) == [
        "1,200 goroutines",
        "GC 3, longest 2 ms",
        "watching costs 0.4 %",
    ]


def test_parts_that_there_are_have_rows() -> None:
    readings = Readings(
        at=0.0,
        caches=(CacheReading(name="objects", hits=3, misses=1, size=1000),),
        watches=(WatchReading(resource="pods", events=20, staleness=0.2, rate=10.0),),
        slow=(SlowReading(at="2026-11-27T15:00:01.000+00:00", name="list pods", seconds=0.8),),
        switches=(Switch("columnar", on=True), Switch("pool", on=True, state="4 workers"), Switch("gc", on=False)),
    )
    found = {key: section.rows for key, section in sections(readings).items() if section.rows}
    assert found == {
        "caches": (("objects", "75 %", "1,000", "", "1"),),
        "watches": (("pods", "10 /s", "200 ms", "20", ""),),
        "slow": (("15:00:01 list pods", "800 ms"),),
        "switches": (("columnar", "on"), ("pool", "4 workers"), ("gc", "off")),
    }
