"""What is measured over a link, by the oracle, the relay and the model alike. Standard library only: runs in the guest.

A case's name is made from all that defines it, so a stored measurement can never be taken for that of another case.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Link:
    """A link as asked for. Loss and jitter hold for each direction; a rate of 0 is unlimited."""

    rtt: float  # ms, half of it each way
    down: float = 0.0  # Mbit/s towards the client
    up: float = 0.0  # Mbit/s from the client
    loss: float = 0.0  # % of the segments
    jitter: float = 0.0  # ms: each segment is delayed by rtt / 2 ± jitter, uniform, order kept

    @property
    def name(self) -> str:
        """Short and unique: ``rtt50-10/10mbit-loss1``."""
        parts = [f"rtt{self.rtt:g}"]
        if self.down or self.up:
            parts.append(f"{self.down:g}/{self.up:g}mbit")
        if self.loss:
            parts.append(f"loss{self.loss:g}")
        if self.jitter:
            parts.append(f"jitter{self.jitter:g}")
        return "-".join(parts)

    @property
    def random(self) -> bool:
        """Whether two runs of a case may differ."""
        return bool(self.loss or self.jitter)


@dataclass(frozen=True)
class Case:
    """One transfer, timed from just before the connect (cold) or before the request (warm) to the last byte."""

    link: Link
    size: int  # bytes of the body
    upload: bool = False
    before: tuple[int, ...] = ()  # bodies moved first on the same connection, untimed; none: a cold connection
    idle: float = 0.0  # seconds of silence between those and the timed one
    connections: int = 1  # at once; timed until the last is done
    held_out: bool = False  # neither rules nor constants of the model were changed because of it

    @property
    def name(self) -> str:
        """Short and unique: ``rtt50/cold-1MiB``, ``rtt50/warm-1MiB-after-1MiB``."""
        parts = ["warm" if self.before else "cold"]
        if self.upload:
            parts.append("up")
        parts.append(size_name(self.size))
        if self.before:
            parts.append("after-" + "+".join(size_name(size) for size in self.before))
        if self.idle:
            parts.append(f"idle{self.idle:g}s")
        if self.connections > 1:
            parts.append(f"x{self.connections}")
        return f"{self.link.name}/{'-'.join(parts)}"

    @property
    def ping(self) -> bool:
        """Whether the case is a bare round trip."""
        return self.size == 1 and bool(self.before)


def size_name(size: int) -> str:
    """Bytes as a person writes them: ``64kB``, ``256KiB``, ``1MiB``."""
    for unit, name in ((MIB, "MiB"), (KIB, "KiB"), (1000, "kB")):
        if size % unit == 0 and size >= unit:
            return f"{size // unit}{name}"
    return f"{size}B"


PLAIN = Link(50)
SHAPED = Link(50, down=10, up=10)
LOSSY = Link(50, loss=1)
FASTER = Link(60, down=20, up=20)
SHAPED_LOSSY = Link(60, down=20, up=20, loss=0.5)
LAN = Link(1, down=1000, up=1000)
JITTERY = Link(50, jitter=5)
SIZES = (1000, 20_000, 64_000, 256 * KIB, MIB, 4 * MIB)


def _each(links: Iterable[Link], sizes: Iterable[int], *, held_out: bool) -> list[Case]:
    return [Case(link, size, held_out=held_out) for link, size in product(links, sizes)]


def _warm(link: Link, *, held_out: bool) -> list[Case]:
    return [
        Case(link, 1, before=(1,), held_out=held_out),
        Case(link, 64_000, before=(64_000,), held_out=held_out),
        Case(link, MIB, before=(MIB,), held_out=held_out),
    ]


FITTED = [
    *_each((PLAIN, SHAPED), SIZES, held_out=False),
    *_warm(PLAIN, held_out=False),
    *_warm(SHAPED, held_out=False),
    Case(PLAIN, MIB, before=(MIB, MIB)),
    Case(PLAIN, 256 * KIB, before=(MIB,), idle=2.0),
    *_each((LOSSY, SHAPED_LOSSY), (64_000, 256 * KIB, MIB), held_out=False),
    *_warm(FASTER, held_out=False),
    *_each((LAN,), (64_000, 256 * KIB, MIB), held_out=False),
    Case(JITTERY, 1, before=(1,)),
    Case(JITTERY, 256 * KIB),
    Case(JITTERY, MIB),
]
HELD_OUT = [
    *_each((Link(10), Link(100), FASTER), SIZES, held_out=True),
    *_each((Link(150, down=1.6, up=0.75), Link(28, down=5, up=1)), (1000, 64_000, 256 * KIB), held_out=True),
    *_each((Link(70, down=12, up=12),), (64_000, 256 * KIB, MIB), held_out=True),
    Case(Link(28, down=5, up=1), 256 * KIB, upload=True, held_out=True),
    *_warm(Link(10), held_out=True),
    *_warm(Link(100), held_out=True),
    Case(Link(100), 256 * KIB, before=(MIB,), idle=2.0, held_out=True),
    Case(PLAIN, 20_000, before=(20_000, 20_000), held_out=True),
    *(Case(link, size, upload=True, held_out=True) for link in (PLAIN, SHAPED) for size in (64_000, MIB)),
    *(Case(link, 256 * KIB, connections=4, held_out=True) for link in (PLAIN, SHAPED)),
    *_each(
        (Link(50, loss=0.5), Link(20, loss=1)),
        (64_000, 256 * KIB, MIB),
        held_out=True,
    ),
    Case(LOSSY, MIB, before=(MIB,), held_out=True),
]
CASES = {case.name: case for case in (*FITTED, *HELD_OUT)}
