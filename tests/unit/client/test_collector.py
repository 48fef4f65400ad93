from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from perfkit.client.collector import IDLE, THRESHOLDS, IdleCollector, off_while_loading


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()
    gc.unfreeze()


def test_while_any_cache_loads_nothing_is_collected() -> None:
    inside, leave = threading.Event(), threading.Event()

    def load() -> None:
        with off_while_loading():
            inside.set()
            assert leave.wait(30)

    thread = threading.Thread(target=load)
    thread.start()
    assert inside.wait(30)
    with off_while_loading():
        assert not gc.isenabled()
    assert not gc.isenabled()  # the other one still loads
    leave.set()
    thread.join()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with off_while_loading():
        pass
    assert not gc.isenabled()


def test_in_silence_it_collects_but_not_all_the_time() -> None:
    collected: list[int] = []

    def see(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            collected.append(info["generation"])

    now, before = [0.0], gc.get_threshold()
    collector = IdleCollector(clock=lambda: now[0])
    assert gc.get_threshold() == THRESHOLDS
    gc.callbacks.append(see)
    try:
        for moment in (1.0, IDLE, IDLE + 1, 2 * IDLE):
            now[0] = moment
            collector.idle()
    finally:
        gc.callbacks.remove(see)
    assert [generation for generation in collected if generation == 2] == [2, 2]
    collector.close()
    assert gc.get_threshold() == before
