"""Named things, not endlessly many: whoever puts an identifier into a name must not fill the memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
K = TypeVar("K", bound="Hashable")

MOST: Final = 256


class Bounded(Generic[K, T]):
    """Key → thing, made when first asked for. All keys past the first ``most`` share the thing of ``other``."""

    def __init__(self, make: Callable[[], T], other: K, most: int = MOST) -> None:
        self._make = make
        self._other = other
        self._most = most
        self._things: dict[K, T] = {}
        self._lock = threading.RLock()

    def __getitem__(self, key: K) -> T:
        thing = self._things.get(key)
        return thing if thing is not None else self._new(key)

    def _new(self, key: K) -> T:
        with self._lock:
            if len(self._things) >= self._most:
                key = self._other
            if key not in self._things:
                self._things[key] = self._make()
            return self._things[key]

    def values(self) -> list[T]:
        """All, without their keys."""
        return [thing for _, thing in self.items()]

    def items(self) -> list[tuple[K, T]]:
        """All, in the order in which they came."""
        with self._lock:
            return list(self._things.items())
