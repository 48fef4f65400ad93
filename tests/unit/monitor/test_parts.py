"""Components, caches, queues, watches, marks, collections: what a program tells about its parts."""

from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest

from perfkit.monitor.components import Components
from perfkit.monitor.garbage import GarbageWatch
from perfkit.monitor.loops import Loops
from perfkit.monitor.meters import CacheMeter, Marks, QueueMeter, WatchMeter
from perfkit.monitor.process import CpuShare, Usage
from support.ticking import Ticking


def broken() -> int:
    raise RuntimeError("closed")


def test_cpu_time_belongs_to_the_innermost_component() -> None:
    clock = Ticking()
    components = Components(clock)
    with components.section("ingest"):
        clock.go(1)
        with components.section("decode"):
            clock.go(3)
        with components.section("ingest"):
            clock.go(0.5)
        clock.go(1)
    used = {use.name: (use.cpu, use.sections) for use in components.uses()}
    assert used == {"decode": (3.0, 1), "ingest": (2.5, 2)}


def test_a_component_says_its_bytes_or_nothing() -> None:
    components = Components(Ticking())
    components.holds("rows", lambda: 1_000)
    components.holds("raw", broken)
    assert {use.name: use.bytes for use in components.uses()} == {"rows": 1_000, "raw": None}


def test_a_cache_tells_its_hit_ratio_once_it_was_asked() -> None:
    cache = CacheMeter()
    assert cache.state("objects").ratio is None
    cache.hit(3)
    cache.miss()
    cache.size = lambda: 7
    assert (cache.state("objects").ratio, cache.state("objects").size) == (0.75, 7)


def test_a_queue_keeps_the_greatest_depth_that_was_seen() -> None:
    queue, waiting = QueueMeter(), [1, 2, 3]
    queue.depth = waiting.__len__
    queue.state("views")
    waiting.clear()
    assert (queue.state("views").depth, queue.state("views").peak) == (0, 3)
    queue.depth = broken
    assert queue.state("views").depth == 0


def test_a_watch_is_stale_since_its_last_event_or_bookmark() -> None:
    clock = Ticking()
    watch = WatchMeter(clock)
    assert watch.state("pods").staleness is None
    watch.heard(3)
    clock.go(4)
    watch.heard(0)
    clock.go(2)
    watch.restarted("gone")
    told = watch.state("pods")
    assert (told.events, told.staleness, told.restarts) == (3, 2.0, {"gone": 1})


def test_a_moment_of_the_start_is_the_first_of_its_name() -> None:
    clock = Ticking(10**12)
    marks = Marks(clock)
    marks.mark("configured")
    clock.go(2)
    marks.mark("synced")
    clock.go(2)
    marks.mark("synced")
    (configured, synced) = marks.marks()
    assert (configured.name, synced.name) == ("configured", "synced")
    assert synced.seconds - configured.seconds == pytest.approx(2.0)
    assert configured.seconds >= 0


def test_collections_are_counted_by_generation_with_their_longest_pause() -> None:
    clock = Ticking()
    garbage = GarbageWatch(clock)
    for generation, pause in ((0, 0.001), (2, 0.3), (0, 0.002)):
        garbage.see("start", {"generation": generation, "collected": 0, "uncollectable": 0})
        clock.go(pause)
        garbage.see("stop", {"generation": generation, "collected": 5, "uncollectable": 0})
    told = garbage.collections()
    assert (told.runs, told.longest, told.collected) == ((2, 0, 1), (0.002, 0.0, 0.3), 15)


def test_a_watch_over_collections_leaves_the_collector_as_it_was() -> None:
    before = list(gc.callbacks)
    garbage = GarbageWatch(Ticking())
    garbage.start()
    gc.collect()
    garbage.stop()
    garbage.stop()
    assert gc.callbacks == before
    assert garbage.collections().runs[2] == 1


def test_the_share_of_a_core_is_taken_between_looks() -> None:
    cpu = CpuShare()
    for second, used in ((0, 0.5), (1, 0.7), (3, 0.7)):
        cpu.see(Usage(second * 10**9, used, None, 1))
    assert cpu.share == 0.0
    assert cpu.peak == pytest.approx(0.2)


def test_a_thread_may_tell_something_while_another_is_still_importing_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncio", ModuleType("asyncio"))
    loops = Loops()
    loops.start()
    assert loops.tasks == 0
