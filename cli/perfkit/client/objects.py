"""Whole objects that were asked for: kept for a while, within so many bytes; and names that were not there."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfkit.client.meters import CacheMeter

_ENTRY: Final = 300  # bytes of an entry beside its body
ABSENT: Final = b""
"""The body of what is not there."""


class _Entry(NamedTuple):
    body: bytes
    version: str
    until: float


class ObjectCache:
    """By path, within ``most`` bytes: the least recently read go first. For any thread.

    An object is good for ``age`` seconds, an absence for ``absent_age``.
    """

    def __init__(
        self, most: int, age: float, absent_age: float, meter: CacheMeter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._age, self._absent_age = most, age, absent_age
        self._meter = meter
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, path: str, version: str) -> bytes | None:
        """The object at this version, or None: ask."""
        with self._lock:
            entry = self._entries.get(path)
            if entry is not None and entry.body and entry.until > self._clock() and entry.version == version:
                self._entries.move_to_end(path)
                self._meter.hit()
                return entry.body
            self._meter.miss()
            return None

    def absent(self, path: str) -> bool:
        """Whether it was not there, just now."""
        with self._lock:
            entry = self._entries.get(path)
            return entry is not None and not entry.body and entry.until > self._clock()

    def put(self, path: str, body: bytes, version: str) -> None:
        """Keep an object, or ABSENT."""
        age = self._age if body else self._absent_age
        with self._lock:
            self._drop(path)
            if age <= 0 or self._cost(path, body) > self._most:
                return
            self._entries[path] = _Entry(body, version, self._clock() + age)
            self.bytes += self._cost(path, body)
            while self.bytes > self._most:
                self._drop(next(iter(self._entries)))

    def drop(self, paths: Iterable[str]) -> None:
        """They are not what they were: the watch says so."""
        if self._entries:  # a look without the lock: most events are of objects that nobody asked for
            with self._lock:
                for path in paths:
                    self._drop(path)

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, path: str) -> None:
        entry = self._entries.pop(path, None)
        if entry is not None:
            self.bytes -= self._cost(path, entry.body)

    @staticmethod
    def _cost(path: str, body: bytes) -> int:
        return len(path) + len(body) + _ENTRY
