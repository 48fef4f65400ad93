"""What all generated objects beside pods and nodes have in common: metadata that follows from seed and key."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.generator.collection import Built
from perfkit.mock.generator.words import uuid
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perfkit.mock.resources.description import Resource

_DAYS = 60  # age of the oldest object


class Maker:
    """Makes collections, one after another: ``version`` is the resourceVersion of the next one's first object."""

    def __init__(self, seed: int, epoch: int, version: int) -> None:
        self.seed = seed
        self.epoch = epoch
        self.version = version

    def collection(
        self,
        resource: Resource,
        count: int,
        numbers: Callable[[], Mapping[str, int]],
        build: Callable[[int], dict[str, Any]],
        owned: Callable[[], Mapping[str, Iterable[str]]] = dict,
    ) -> Built:
        """A collection of ``count`` objects; ``build(number)`` gives one without what ``metadata`` says of it."""
        first = self.version

        def encode(key: str, number: int, position: int) -> bytes:
            obj = build(number)
            known = self.metadata(resource, key, first + position)
            return msgspec.json.encode({**obj, "metadata": {**known, **obj.get("metadata", {})}})

        self.version += count
        return Built(resource, count, numbers, encode, owned)

    def listed(self, resource: Resource, objects: Mapping[str, dict[str, Any]]) -> Built:
        """A collection of objects, by their names, that are few and known."""
        names = list(objects)
        numbers = {name: number for number, name in enumerate(names)}
        return self.collection(resource, len(names), lambda: numbers, lambda number: objects[names[number]])

    @property
    def time(self) -> str:
        """When the cluster began, as objects say it."""
        return format_time(self.epoch - _DAYS * 86400)

    def metadata(self, resource: Resource, key: str, version: int) -> dict[str, Any]:
        """Name, UID, age and version of the object at ``key``."""
        namespace, _, name = key.rpartition("/")
        place = {"namespace": namespace} if namespace else {}
        age = int(self.text(resource.name, key)[:6], 16) % (_DAYS * 86400)
        return {
            "name": name,
            **place,
            "uid": self.uid(resource, key),
            "resourceVersion": str(version),
            "creationTimestamp": format_time(self.epoch - 3600 - age),
            **({"generation": 1} if resource.counts_generations else {}),
        }

    def uid(self, resource: Resource, key: str) -> str:
        """The UID of the object at ``key``."""
        return uuid(self.text(resource.name, key))

    def text(self, what: str, key: str) -> str:
        """Random-looking hexadecimal text, 64 characters long."""
        return shake_128(f"{what}/{self.seed}/{key}".encode()).hexdigest(32)
