"""Objects that were given and not generated: those of manifests and snapshots, alone or among generated ones."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.resources.description import Facts, Resource


class _Keyed:
    """Objects in the order of their keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = sorted(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, position: int) -> str:
        """The key of the object at ``position``."""
        return self._keys[position]

    def bisect(self, key: str) -> int:
        """The first position whose key is not below ``key``."""
        return bisect_left(self._keys, key)


class Kept(_Keyed):
    """A collection of whole objects, by their keys, as JSON without kind and apiVersion."""

    def __init__(self, resource: Resource, bodies: Mapping[str, bytes]) -> None:
        super().__init__(bodies)
        self._resource = resource
        self._bodies = [bodies[key] for key in self._keys]

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The objects from ``start`` up to ``stop``."""
        return iter(self._bodies[start:stop])

    def facts(self, position: int) -> Facts:
        """Labels and fields of one object."""
        return self._resource.facts(msgspec.json.decode(self._bodies[position]))

    def dependents(self, uid: str) -> Iterable[int]:
        """The positions of the objects whose owner has this UID."""
        return self._dependents.get(uid, ())

    @cached_property
    def _dependents(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position in range(len(self)):
            for owner in self.facts(position).owners:
                found.setdefault(owner, []).append(position)
        return found


class Joined(_Keyed):
    """Generated objects and given ones; where both have a key, the given one stands."""

    def __init__(self, generated: Collection, given: Collection) -> None:
        places = {generated.key(position): (generated, position) for position in range(len(generated))}
        places |= {given.key(position): (given, position) for position in range(len(given))}
        super().__init__(places)
        self._places = [places[key] for key in self._keys]
        self._sources = (generated, given)

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The objects from ``start`` up to ``stop``."""
        for source, position in self._places[start:stop]:
            yield from source.bodies(position, position + 1)

    def facts(self, position: int) -> Facts:
        """Labels and fields of one object."""
        source, place = self._places[position]
        return source.facts(place)

    def dependents(self, uid: str) -> Iterable[int]:
        """The positions of the objects whose owner has this UID."""
        for source in self._sources:
            for place in source.dependents(uid):
                position = self.bisect(source.key(place))
                if self._places[position] == (source, place):
                    yield position
