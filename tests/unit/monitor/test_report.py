from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfkit.monitor import Monitor, Options, Snapshot
from perfkit.monitor.report import render


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    monitor = Monitor(Options(slow="0 s", report=str(tmp_path / "report.json")))
    with monitor.operation("list pods", namespace="shop"), monitor.call("list", "pods") as call:
        call.answered(200)
    monitor.cache("objects").hit(3)
    monitor.cache("objects").miss()
    monitor.queue("views").depth = lambda: 7
    monitor.watching("a-resource-with-a-very-long-name.example.com").heard(9)
    monitor.mark("synced")
    return monitor


def test_a_report_tells_what_there_is_in_80_columns(monitor: Monitor) -> None:
    lines = render(monitor.snapshot()).splitlines()
    assert max(map(len, lines)) <= 80
    words = [line.split() for line in lines]
    assert next(line for line in words if line[:1] == ["objects"]) == ["objects", "3", "1", "75", "%"]
    assert next(line for line in words if line[:1] == ["views"]) == ["views", "7", "7"]
    assert any(line[:2] == ["list", "pods"] for line in words)
    assert any("namespace=shop" in line for line in lines)


def test_types_that_always_grow_are_told_the_worst_first() -> None:
    leaks = {"list": 3, f"a.{'long' * 30}.Name": 900, "dict": 40, "set": 1}
    lines = render(msgspec.structs.replace(Monitor().snapshot(), leaks=leaks)).splitlines()
    told = [line for line in lines if line.startswith("LEAK?")]
    assert [line.split()[1] for line in told] == ["+900", "+40", "+3"]
    assert max(map(len, told)) <= 80


def test_what_there_is_nothing_of_is_left_out() -> None:
    text = render(Monitor().snapshot())
    assert not {"API", "caches", "queues", "limiters", "slow"} & set(text.split())


def test_a_report_as_json_is_a_snapshot(monitor: Monitor) -> None:
    monitor.report()
    told = msgspec.json.decode(Path(monitor.options.report).read_bytes(), type=Snapshot)
    assert told.caches[0].ratio == 0.75
