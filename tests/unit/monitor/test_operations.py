from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from perfkit.monitor import slow
from perfkit.monitor.calls import Calls
from perfkit.monitor.operations import Operations
from perfkit.monitor.slow import SlowLog
from support.ticking import Ticking

HALF_A_SECOND = 500_000_000


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "slow.jsonl"


@pytest.fixture
def operations(clock: Ticking, path: Path) -> Operations:
    return Operations(SlowLog(HALF_A_SECOND, path), clock)


def test_only_what_reaches_the_threshold_is_logged_but_all_is_timed(
    operations: Operations, clock: Ticking, path: Path
) -> None:
    for seconds in (0.1, 0.499, 0.5, 2.0):
        with operations.begin("list pods", {}):
            clock.go(seconds)
    assert [json.loads(line)["seconds"] for line in path.read_text().splitlines()] == [0.5, 2.0]
    assert [each.seconds for each in operations.log.latest()] == [0.5, 2.0]
    assert operations.times()[0].times.count == 4
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_slow_operation_tells_its_requests_and_what_is_around_it(
    operations: Operations, clock: Ticking, path: Path
) -> None:
    calls = Calls(clock)
    with operations.begin("refresh", {}), operations.begin("list pods", {"namespace": "shop"}):
        clock.go(0.1)
        call = calls.begin("list", "pods", operations.current())
        clock.go(0.5)
        call.answered(503)
        call.end()
    inner, outer = map(json.loads, path.read_text().splitlines())
    assert (inner["operation"], inner["inside"], inner["attributes"]) == ("list pods", "refresh", {"namespace": "shop"})
    told = {"verb": "list", "resource": "pods", "after": 0.1, "wait": 0.5, "transfer": 0.0, "status": 503}
    assert inner["calls"] == [told]
    assert "inside" not in outer
    assert operations.current() is None


def test_a_failure_names_its_error_and_not_its_text(operations: Operations, clock: Ticking, path: Path) -> None:
    def log_in() -> None:
        with operations.begin("log in", {}):
            clock.go(1)
            raise ValueError("hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        log_in()
    assert json.loads(path.read_text())["error"] == "ValueError"
    assert "hunter2" not in path.read_text()
    assert operations.times()[0].failed == 1


def test_tasks_side_by_side_have_operations_of_their_own(operations: Operations, clock: Ticking) -> None:
    calls = Calls(clock)

    async def work(name: str) -> None:
        with operations.begin(name, {}):
            await asyncio.sleep(0)
            call = calls.begin("get", name, operations.current())
            await asyncio.sleep(0)
            clock.go(1)
            call.end()

    async def both() -> None:
        await asyncio.gather(work("a"), work("b"))

    asyncio.run(both())
    told = {each.operation: [call.resource for call in each.calls] for each in operations.log.latest()}
    assert told == {"a": ["a"], "b": ["b"]}


def test_an_operation_of_very_many_requests_tells_fifty_and_how_many_more(
    operations: Operations, clock: Ticking
) -> None:
    calls = Calls(clock)
    with operations.begin("all", {}):
        for _ in range(70):
            calls.begin("get", "pods", operations.current()).end()
        clock.go(1)
    (told,) = operations.log.latest()
    assert (len(told.calls), told.more_calls) == (50, 20)


def test_the_log_is_turned_when_it_is_full(
    operations: Operations, clock: Ticking, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "_FULL", 1_000)
    for _ in range(200):
        with operations.begin("list pods", {}):
            clock.go(1)
    kept = sum(each.stat().st_size for each in path.parent.iterdir())
    assert kept < 2_500
    assert operations.log.seen == 200


def test_a_disk_that_refuses_costs_lines_and_not_the_operation(clock: Ticking, tmp_path: Path) -> None:
    operations = Operations(SlowLog(0, tmp_path / "missing" / "slow.jsonl"), clock)
    with operations.begin("list pods", {}):
        pass
    assert (operations.log.lost, len(operations.log.latest())) == (1, 1)
