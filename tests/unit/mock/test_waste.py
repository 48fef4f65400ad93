"""Freeing what a reset dropped."""

from __future__ import annotations

import gc
import weakref
from collections import deque

from perfkit.mock.waste import Waste
from support.asgi import Harness


class Thing:
    pass


def test_much_is_kept_and_freed_bit_by_bit() -> None:
    waste, things = Waste(), [Thing() for _ in range(2000)]
    alive = weakref.WeakSet(things)
    waste.add(dict(enumerate(things[:1000])))
    waste.add(deque(things[1000:]))
    del things
    assert waste.free(0)
    assert len(alive) == 2000
    while waste.free(0.001):
        pass
    gc.collect()
    assert len(alive) == 0


def test_little_is_not_kept_at_all() -> None:
    waste = Waste()
    waste.add({1: Thing()})
    assert not waste.free(0)


def test_a_reset_hands_over_what_changed() -> None:
    cluster = Harness()
    for number in range(600):
        cluster.change("configmaps", f"default/c{number}", {"metadata": {"name": f"c{number}"}})
    cluster.store.reset()
    assert cluster.store.waste.free(0)
    assert cluster.get("/api/v1/namespaces/default/configmaps/c1").status == 404
