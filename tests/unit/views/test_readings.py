from __future__ import annotations

import json

from perfkit.model.readings import CallReading, GcReading, Readings, WatchReading
from perfkit.views.readings import Summary, document, line, summary

READINGS = Readings(
    at=12.5,
    memory=104857600,
    memory_peak=209715200,
    cpu=0.031,
    cpu_mean=0.02,
    cpu_peak=0.4,
    threads=7,
    gc=GcReading(runs=12, longest=0.002),
    calls=(
        CallReading(verb="list", resource="pods", count=3, p95=0.25, rate=1.5),
        CallReading(verb="get", resource="nodes", count=1, p95=0.01, rate=0.5),
        CallReading(verb="watch", resource="pods", count=1, p95=9.0, rate=7.0),
    ),
    watches=(WatchReading(resource="pods", events=40, rate=20.0, staleness=0.1),),
    alerts=("memory.rss 100 MiB, limit < 100 MB",),
)

WATCHED = Summary(
    title="k9s",
    seconds=3.0,
    ended="time is up",
    readings=READINGS,
    values={"cpu.mean": 0.02},
    doubts=("! the machine was crowded, load 9.0 on 2 CPUs: trust counts, then CPU, before times",),
)


def test_a_line_tells_the_worst_of_requests_and_what_fires() -> None:
    assert " ".join(line(READINGS, 10.0).split()) == (
        "2.5 s memory 100 MiB CPU 3.1 % requests 2 /s p95 250 ms ! memory.rss 100 MiB, limit < 100 MB"
    )


def test_what_is_not_known_is_a_dash_in_a_line() -> None:
    assert " ".join(line(Readings(at=0.0), 0.0).split()) == "0.0 s memory – CPU –"


def test_memory_is_told_in_the_units_of_its_limit() -> None:
    assert "memory    105 MB " in line(READINGS, 10.0, "< 100 MB")
    assert "memory   100 MiB " in line(READINGS, 10.0, "< 90 MiB")
    assert "memory 105 MB, peak 210 MB" in summary(WATCHED, 80, "< 100 MB")


def test_a_summary_tells_everything_within_80_columns() -> None:
    text = summary(WATCHED, 80)
    assert all(len(each) <= 80 for each in text.splitlines())
    for told in ("k9s · 3.0 s · time is up", "peak 200 MiB", "CPU mean 2 %, peak 40 %", "7 threads", "GC 12"):
        assert told in text
    for told in ("list pods", "20 /s", "! memory.rss", "! the machine was crowded"):
        assert told in text


def test_what_had_no_readings_still_tells_how_it_ended() -> None:
    none = Summary(title="x", seconds=0.2, ended="ended with status 1", readings=None, values={})
    assert summary(none, 80) == "\nx · 0.2 s · ended with status 1\n"


def test_the_document_has_its_schema_readings_and_values() -> None:
    found = json.loads(document(WATCHED))
    assert found["schema"] == "perfkit.top/1"
    assert found["readings"]["memory"] == 104857600
    assert found["values"] == {"cpu.mean": 0.02}
    assert found["doubts"] == list(WATCHED.doubts)
