"""What the store needs of generated objects: sorted by key, rendered from their position when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping  # noqa: TC003 - msgspec reads annotations at run time
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import msgspec

from perfkit.mock.generator.template import Template
from perfkit.mock.resources.description import Facts  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perfkit.mock.resources.description import Resource


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

    def dependents(self, uid: str) -> Iterable[int]:
        """The positions of the objects whose owner has this UID."""
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

    def dependents(self, _: str) -> Iterable[int]:
        """None: what is listed so has no owners."""
        return ()


class Built:
    """A collection of ``count`` objects that is laid out when first asked for, and of which only keys are kept.

    ``numbers()`` gives the objects' keys, each with what ``build(key, number, position)`` knows it by; ``build`` makes
    one, as JSON. ``owned()`` gives, for each owner's UID, the keys of its objects.
    """

    def __init__(
        self,
        resource: Resource,
        count: int,
        numbers: Callable[[], Mapping[str, int]],
        build: Callable[[str, int, int], bytes],
        owned: Callable[[], Mapping[str, Iterable[str]]] = dict,
    ) -> None:
        self._resource = resource
        self._count = count
        self._lay_out = numbers
        self._build = build
        self._owned = owned

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return dict(sorted(self._lay_out().items()))

    @cached_property
    def _keys(self) -> list[str]:
        return list(self._numbers)

    @cached_property
    def _dependents(self) -> Mapping[str, Iterable[str]]:
        return self._owned()

    def __len__(self) -> int:
        return self._count

    def key(self, position: int) -> str:
        """The key of the object at ``position``."""
        return self._keys[position]

    def bisect(self, key: str) -> int:
        """The first position whose key is not below ``key``."""
        return bisect_left(self._keys, key)

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The objects from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        return (self._body(position) for position in range(start, stop))

    def facts(self, position: int) -> Facts:
        """Labels and fields of one object."""
        return self._resource.facts(msgspec.json.decode(self._body(position)))

    def dependents(self, uid: str) -> Iterable[int]:
        """The positions of the objects whose owner has this UID."""
        return map(self.bisect, self._dependents.get(uid, ()))

    def _body(self, position: int) -> bytes:
        key = self._keys[position]
        return self._build(key, self._numbers[key], position)


NOTHING = Listed(Template([b""], []), [])
