"""Which of the pods that were changed bear a label: so that a look at a few need not look at all of a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.pods import PODS
from perfkit.mock.store import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Event, Store

_NONE: frozenset[str] = frozenset()
_ANY = ("", "")  # stands for a label that all pods of a namespace bear


class Labelled:
    """The keys of the pods that were changed and are there, by namespace and label. It follows the store's events."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[tuple[str, str, str], set[str]] = {}
        store.on_event(self._happened)

    def clear(self) -> None:
        """Be as new; the store has been reset."""
        self._store.waste.add(self._keys)
        self._keys = {}

    def candidates(self, namespace: str, selector: Mapping[str, Any]) -> AbstractSet[str]:
        """A few keys, among which are all that ``selector`` may select."""
        wanted = (selector.get("matchLabels") or {}).items() or (_ANY,)
        return min((self._keys.get((namespace, *label), _NONE) for label in wanted), key=len)

    def _happened(self, resource: Resource, event: Event) -> None:
        if resource is not PODS:
            return
        known = isinstance(event.before, Stored)
        there = event.type != "DELETED"
        if known and there and event.was is not None and event.was.labels == event.object.facts.labels:
            return
        if known and event.was is not None:
            for place in _places(event.object.key, event.was.labels):
                self._keys[place].discard(event.object.key)
        if there:
            for place in _places(event.object.key, event.object.facts.labels):
                self._keys.setdefault(place, set()).add(event.object.key)


def _places(key: str, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    namespace = key.partition("/")[0]
    return [(namespace, *label) for label in (*labels.items(), _ANY)]
