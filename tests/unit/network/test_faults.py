"""Which connections a fault of the wire strikes: by share, by count, by time. No sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import pytest

from perfkit.model.link import Fault
from perfkit.network.faults import Faults

SECOND = 1_000_000_000


@dataclass
class Down:
    limit: int = 1 << 62
    written: int = 0


@dataclass
class Struck:
    """A connection that notes what a fault does to it."""

    down: Down = field(default_factory=Down)
    at_limit: Any = None
    closed: bool = False

    def work(self, now: int) -> None:
        if self.at_limit is not None and self.down.written >= self.down.limit:
            self.at_limit(now)

    def abort(self, _now: int) -> None:
        self.closed = True

    truncate = abort

    def unlimit(self, _now: int) -> None:
        self.down.limit = 1 << 62


@dataclass
class Wires:
    """A relay as faults see it."""

    pairs: dict[int, Struck] = field(default_factory=dict)
    opened: list[Any] = field(default_factory=list)
    planned: list[tuple[int, Any]] = field(default_factory=list)

    def at(self, ns: int, call: Any) -> None:
        self.planned.append((ns, call))

    def connect(self, now: int, count: int) -> int:
        """So many new connections; how many of them are struck."""
        fresh = [Struck() for _ in range(count)]
        for pair in fresh:
            self.pairs[id(pair)] = pair
            for tell in self.opened:
                tell(now, pair)
        return sum(pair.at_limit is not None for pair in fresh)


@pytest.fixture
def wires() -> Wires:
    return Wires()


@pytest.fixture
def faults(wires: Wires) -> Faults:
    return Faults(cast("Any", wires), Random(1))


def test_a_share_of_the_connections_is_struck(wires: Wires, faults: Faults) -> None:
    faults.set(0, Fault(kind="reset", share=0.3, after=10))
    assert wires.connect(0, 2000) == pytest.approx(600, rel=0.1)


def test_no_more_than_its_count_is_struck_open_ones_first(wires: Wires, faults: Faults) -> None:
    wires.connect(0, 2)
    faults.set(0, Fault(kind="truncate", count=3, after=10))
    assert wires.connect(0, 5) == 1
    assert faults.struck == 3


def test_it_strikes_only_for_its_time(wires: Wires, faults: Faults) -> None:
    faults.set(SECOND, Fault(kind="reset", duration=2, after=10))
    assert wires.connect(3 * SECOND - 1, 4) == 4
    assert wires.connect(3 * SECOND, 4) == 0


def test_no_fault_ends_the_former_one(wires: Wires, faults: Faults) -> None:
    faults.set(0, Fault(kind="reset", after=10))
    faults.set(0, None)
    assert wires.connect(0, 4) == 0


def test_a_connection_is_struck_after_so_many_bytes_more(wires: Wires, faults: Faults) -> None:
    wires.connect(0, 1)
    (pair,) = wires.pairs.values()
    pair.down.written = 500
    faults.set(0, Fault(kind="reset", after=100))
    assert (pair.closed, pair.down.limit) == (False, 600)
    pair.down.written = 600
    pair.work(0)
    assert pair.closed


def test_a_drip_lets_bytes_through_at_its_rate(wires: Wires, faults: Faults) -> None:
    wires.connect(0, 1)
    (pair,) = wires.pairs.values()
    faults.set(0, Fault(kind="drip", rate=100))
    for _ in range(40):  # drops of 50 ms: two seconds
        now, call = wires.planned.pop()
        call(now)
    assert pair.down.limit == pytest.approx(200, abs=1)


def test_a_stall_ends_with_its_time(wires: Wires, faults: Faults) -> None:
    wires.connect(0, 1)
    (pair,) = wires.pairs.values()
    faults.set(SECOND, Fault(kind="stall", duration=2))
    assert pair.down.limit == 0
    ((until, call),) = wires.planned
    assert until == 3 * SECOND
    call(until)
    assert pair.down.limit == 1 << 62
