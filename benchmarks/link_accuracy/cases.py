"""What is measured over a link, by the oracle, the relay and the model. Standard library only: runs in the guest."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import blind
from benchmarks.link_accuracy.case import KIB, MIB, Case, Link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.link_accuracy.case import Group

PLAIN = Link(50)
SHAPED = Link(50, down=10, up=10)
LOSSY = Link(50, loss=1)
FASTER = Link(60, down=20, up=20)
SHAPED_LOSSY = Link(60, down=20, up=20, loss=0.5)
LAN = Link(1, down=1000, up=1000)
JITTERY = Link(50, jitter=5)
SIZES = (1000, 20_000, 64_000, 256 * KIB, MIB, 4 * MIB)


def _each(links: Iterable[Link], sizes: Iterable[int], group: Group) -> list[Case]:
    return [Case(link, size, group=group) for link, size in product(links, sizes)]


def _warm(link: Link, group: Group) -> list[Case]:
    return [
        Case(link, 1, before=(1,), group=group),
        Case(link, 64_000, before=(64_000,), group=group),
        Case(link, MIB, before=(MIB,), group=group),
    ]


FITTED = [
    *_each((PLAIN, SHAPED), SIZES, group="fitted"),
    *_warm(PLAIN, group="fitted"),
    *_warm(SHAPED, group="fitted"),
    Case(PLAIN, MIB, before=(MIB, MIB)),
    Case(PLAIN, 256 * KIB, before=(MIB,), idle=2.0),
    *_each((LOSSY, SHAPED_LOSSY), (64_000, 256 * KIB, MIB), group="fitted"),
    *_warm(FASTER, group="fitted"),
    *_each((LAN,), (64_000, 256 * KIB, MIB), group="fitted"),
    Case(JITTERY, 1, before=(1,)),
    Case(JITTERY, 256 * KIB),
    Case(JITTERY, MIB),
]
SEEN = [
    *_each((Link(10), Link(100), FASTER), SIZES, group="seen"),
    *_each((Link(150, down=1.6, up=0.75), Link(28, down=5, up=1)), (1000, 64_000, 256 * KIB), group="seen"),
    *_each((Link(70, down=12, up=12),), (64_000, 256 * KIB, MIB), group="seen"),
    Case(Link(28, down=5, up=1), 256 * KIB, upload=True, group="seen"),
    *_warm(Link(10), group="seen"),
    *_warm(Link(100), group="seen"),
    Case(Link(100), 256 * KIB, before=(MIB,), idle=2.0, group="seen"),
    Case(PLAIN, 20_000, before=(20_000, 20_000), group="seen"),
    *(Case(link, size, upload=True, group="seen") for link in (PLAIN, SHAPED) for size in (64_000, MIB)),
    *(Case(link, 256 * KIB, connections=4, group="seen") for link in (PLAIN, SHAPED)),
    *_each(
        (Link(50, loss=0.5), Link(20, loss=1)),
        (64_000, 256 * KIB, MIB),
        group="seen",
    ),
    Case(LOSSY, MIB, before=(MIB,), group="seen"),
]
CASES = {case.name: case for case in (*FITTED, *SEEN, *blind.cases())}
