"""What the store needs of generated objects: sorted by key, rendered from their position when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, Protocol

import msgspec

from perfkit.mock.resources.description import Facts  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.generator.template import Template


class Collection(Protocol):
    """Generated objects of one resource in the order of their keys (``namespace/name`` or ``name``)."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def key(self, position: int) -> str:
        """The key of the object at ``position``."""
        ...

    def bisect(self, key: str) -> int:
        """The first position whose key is not below ``key``."""
        ...

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The objects from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        ...

    def facts(self, position: int) -> Facts:
        """Labels and fields of one object, without rendering it."""
        ...


class Row(msgspec.Struct, frozen=True):
    """One object of a ``Listed`` collection."""

    key: str
    values: Mapping[str, bytes]
    facts: Facts


class Listed:
    """A collection of objects so few that the values of each are kept: one template, one row an object."""

    def __init__(self, template: Template, rows: list[Row]) -> None:
        self._template = template
        self._rows = sorted(rows, key=lambda row: row.key)
        self._keys = [row.key for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, position: int) -> str:
        """The key of the object at ``position``."""
        return self._keys[position]

    def bisect(self, key: str) -> int:
        """The first position whose key is not below ``key``."""
        return bisect_left(self._keys, key)

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The objects from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        return (self._template.render(row.values) for row in self._rows[start:stop])

    def facts(self, position: int) -> Facts:
        """Labels and fields of one object."""
        return self._rows[position].facts
