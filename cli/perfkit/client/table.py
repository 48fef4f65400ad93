"""Where rows lie: by namespace and name. Two ways to hold them, of one form."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.client.schema import Row


class Table(Protocol):
    """Rows by namespace and name. Not for several threads at once."""

    def put(self, row: Row) -> Row | None:
        """Hold it; the one that was in its place."""

    def pop(self, namespace: str, name: str) -> Row | None:
        """Hold it no longer."""

    def get(self, namespace: str, name: str) -> Row | None:
        """The row, or None."""

    def within(self, namespace: str) -> Iterable[Row]:
        """Those of one namespace."""

    def ordered(self) -> list[Row]:
        """All, by namespace and name."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Row]: ...


class Rows:
    """Rows as objects. A dict a namespace needs no keys of its own, and is the index by namespace."""

    def __init__(self) -> None:
        self._namespaces: dict[str, dict[str, Row]] = {}

    def put(self, row: Row) -> Row | None:
        """Hold it; the one that was in its place."""
        within = self._namespaces.get(row.namespace)
        if within is None:
            within = self._namespaces[row.namespace] = {}
        before = within.get(row.name)
        within[row.name] = row
        return before

    def pop(self, namespace: str, name: str) -> Row | None:
        """Hold it no longer."""
        within = self._namespaces.get(namespace, {})
        before = within.pop(name, None)
        if not within:
            self._namespaces.pop(namespace, None)
        return before

    def get(self, namespace: str, name: str) -> Row | None:
        """The row, or None."""
        return self._namespaces.get(namespace, {}).get(name)

    def within(self, namespace: str) -> Iterable[Row]:
        """Those of one namespace."""
        return self._namespaces.get(namespace, {}).values()

    def ordered(self) -> list[Row]:
        """All, by namespace and name."""
        namespaces = sorted(self._namespaces.items(), key=itemgetter(0))
        return [within[name] for _, within in namespaces for name in sorted(within)]

    def __len__(self) -> int:
        return sum(map(len, self._namespaces.values()))

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(within.values() for within in self._namespaces.values())
