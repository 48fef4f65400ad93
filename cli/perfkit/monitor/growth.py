"""Which types of objects become more and more: where a leak is looked for first."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

OBJECTS: Final = "PERFKIT_OBJECTS"  # the variable that names the file which a started monitor logs its objects to
INTERVAL: Final = 1.0  # seconds between two looks
LOOKS: Final = 10  # at all of which there must be more
_TOLD: Final = 5  # types of a warning


class TypeGrowth(msgspec.Struct, frozen=True):
    """Objects of a type that the collector knows: how many, and how many more than at the look before."""

    type: str
    count: int
    grown: int


class Growth:
    """Counts on demand: about 0.1 s for 350,000 objects, in which the program stands still.

    Strings, numbers and msgspec structs with ``gc=False`` are unknown to the collector and not counted.
    """

    def __init__(self) -> None:
        self._before: Counter[str] = Counter()

    def look(self) -> tuple[TypeGrowth, ...]:
        """Types that have grown since the look before (the first: since nothing), most first."""
        gc.collect()  # what is garbage is no leak
        now = _count()
        grown = now - self._before
        self._before = now
        return tuple(TypeGrowth(name, now[name], more) for name, more in grown.most_common())


class Leaks:
    """Types that grew at every one of several looks: those are what leaks look like, others only breathe."""

    def __init__(self) -> None:
        self._growth = Growth()
        self._growth.look()
        self._least: dict[str, int] | None = None

    def look(self) -> dict[str, int]:
        """Type → the least that it has grown by between any two looks so far."""
        grown = {each.type: each.grown for each in self._growth.look()}
        if self._least is not None:
            grown = {name: min(more, self._least[name]) for name, more in grown.items() if name in self._least}
        self._least = grown
        return dict(grown)


class LeakWatch:
    """Warns of types of which there were more at every one of ``LOOKS`` looks in a row."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self._leaks: Leaks | None = None  # made at the first look: what a start makes is no leak
        self._looks = 0
        self.suspects: dict[str, int] = {}  # type → the least growth between two looks, as last warned of

    def look(self) -> None:
        """Count, which costs as much as in ``Growth``."""
        grown = self._leaks.look() if self._leaks is not None else {}
        self._looks += 1
        if grown and self._looks >= LOOKS:
            self.suspects = grown
            worst = sorted(grown, key=lambda name: -grown[name])[:_TOLD]
            told = ", ".join(f"{name} (+{grown[name]} or more)" for name in worst)
            self._warn(f"a leak? At each of {LOOKS} looks there were more of {told}")
        if not grown or self._looks >= LOOKS:
            self._leaks, self._looks = Leaks(), 0


class Look(msgspec.Struct, frozen=True):
    """How many objects there are of each type of which there are more or fewer than at the look before."""

    pid: int
    ns: int  # of the monotonic clock
    changed: dict[str, int]


class ObjectLog:
    """Appends a line, a ``Look``, to a file at each look; what a killed program wrote stays."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._before: Counter[str] = Counter()

    def look(self) -> None:
        """Count, which costs as much as in ``Growth``. Raises OSError."""
        gc.collect()
        now = _count()
        changed = {name: now[name] for name in now.keys() | self._before.keys() if now[name] != self._before[name]}
        self._before = now
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(Look(os.getpid(), time.monotonic_ns(), changed)) + b"\n")


def _count() -> Counter[str]:
    by_type = Counter(map(type, gc.get_objects()))
    names: Counter[str] = Counter()
    for kind, count in by_type.items():
        names[f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")] += count
    return names
