"""Simulated time by hand."""

from __future__ import annotations

import asyncio

import pytest

from perfkit.mock import turns
from perfkit.mock.agenda import TICKS, RealTime, Ticks
from support.asgi import Harness

CONFIG = "/api/v1/namespaces/default/configmaps"


def test_actions_run_in_the_order_of_their_times_each_at_its_own_tick() -> None:
    clock, seen = Ticks(), list[tuple[str, int]]()
    clock.after(2, lambda: seen.append(("late", clock.tick)))
    clock.after(1, lambda: seen.append(("early", clock.tick)))
    clock.advance(5)
    assert seen == [("early", TICKS), ("late", 2 * TICKS)]
    assert clock.tick == 5 * TICKS


def test_what_an_action_plans_happens_in_the_same_stretch_of_time() -> None:
    clock, seen = Ticks(), list[int]()
    clock.after(1, lambda: clock.after(1, lambda: seen.append(clock.tick)))
    clock.advance(3)
    assert seen == [2 * TICKS]


def test_nothing_happens_within_the_tick_that_planned_it() -> None:
    clock, seen = Ticks(), list[int]()
    clock.after(0, lambda: seen.append(clock.tick))
    clock.advance_to(clock.tick)
    assert seen == []
    clock.advance_to(1)
    assert seen == [1]


def test_a_failing_action_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    clock, seen = Ticks(), list[int]()
    clock.after(1, lambda: 1 // 0)
    clock.after(2, lambda: seen.append(1))
    clock.advance(3)
    assert seen == [1]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_writes_are_stamped_with_the_simulated_time_and_a_reset_returns_to_the_first() -> None:
    cluster = Harness()

    def created(name: str) -> str:
        stamp: str = cluster.post(CONFIG, {"metadata": {"name": name}}).json()["metadata"]["creationTimestamp"]
        return stamp

    first = created("a")
    cluster.wait(90)
    assert (first, created("b")) == ("2026-01-15T09:30:00Z", "2026-01-15T09:31:30Z")
    cluster.store.clock.after(1, lambda: cluster.post(CONFIG, {"metadata": {"name": "c"}}))
    cluster.store.reset()
    cluster.wait(2)
    assert cluster.store.now == cluster.store.clock.tick // TICKS + 1768469400
    assert cluster.get(f"{CONFIG}/c").status == 404


def test_ages_in_a_table_grow() -> None:
    cluster = Harness()
    cluster.post(CONFIG, {"metadata": {"name": "a"}})
    cluster.wait(60)
    table = cluster.get(f"{CONFIG}/a", "application/json;as=Table;v=v1;g=meta.k8s.io").json()
    assert table["rows"][0]["cells"][2] == "60s"


def test_what_is_overdue_is_done_in_slices_between_which_others_have_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "SLICE", 0.0)
    seen: list[str] = []

    async def work() -> None:
        clock, done = RealTime(), asyncio.Event()

        def first() -> None:
            seen.append("first")
            asyncio.get_running_loop().call_soon(seen.append, "other")

        clock.after(0, first)
        clock.after(0, lambda: seen.append("second"))
        clock.after(0, done.set)
        await asyncio.wait_for(done.wait(), 20)

    asyncio.run(work())
    assert seen == ["first", "other", "second"]
