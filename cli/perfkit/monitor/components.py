"""Whose the CPU time and the memory are: parts of a program that it names itself."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

import msgspec

from perfkit.monitor.bounded import Bounded
from perfkit.monitor.meters import asked

if TYPE_CHECKING:
    from collections.abc import Callable


class ComponentUse(msgspec.Struct, frozen=True):
    """CPU seconds and number of sections of a component, and the bytes it says it holds (None: it does not say)."""

    name: str
    cpu: float = 0.0
    sections: int = 0
    bytes: int | None = None


class _Part:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.ns = self.sections = 0
        self.size: Callable[[], int] | None = None


class Components:
    """All components. Sections may lie in one another: time counts for the innermost alone."""

    def __init__(self, clock: Callable[[], int] = time.thread_time_ns) -> None:
        self.clock = clock
        self.here = _Here()
        self._parts: Bounded[str, _Part] = Bounded(_Part, "other")

    def section(self, name: str) -> Section:
        """A section of code that works for a component; it must not await: the thread's time is what is counted."""
        return Section(self, self._parts[name])

    def holds(self, name: str, size: Callable[[], int]) -> None:
        """Let ``size`` tell the bytes that a component holds; it is asked when a snapshot is taken."""
        self._parts[name].size = size

    def uses(self) -> tuple[ComponentUse, ...]:
        """All of them, the one with the most CPU first."""
        uses = [
            ComponentUse(name, part.ns / 1e9, part.sections, asked(part.size)) for name, part in self._parts.items()
        ]
        return tuple(sorted(uses, key=lambda use: -use.cpu))


class _Here(threading.local):
    innermost: Section | None = None


class Section:
    """A context manager, good for one use."""

    __slots__ = ("_began", "_components", "_inner", "_outer", "_part")

    def __init__(self, components: Components, part: _Part) -> None:
        self._components = components
        self._part = part
        self._began = self._inner = 0
        self._outer: Section | None = None

    def __enter__(self) -> Self:
        here = self._components.here
        self._outer, here.innermost = here.innermost, self
        self._began = self._components.clock()
        return self

    def __exit__(self, *_: object) -> None:
        used = self._components.clock() - self._began
        self._components.here.innermost = self._outer
        if self._outer is not None:
            self._outer._inner += used  # noqa: SLF001 - its own kind
        with self._part.lock:
            self._part.ns += used - self._inner
            self._part.sections += 1
