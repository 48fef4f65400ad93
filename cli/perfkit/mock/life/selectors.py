"""Who selects a pod: services, disruption budgets; their selectors are read once and again when one of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.rules import find, selects
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store


class Selectors:
    """The objects of one resource by what they select. A service's selector is a plain map of labels."""

    def __init__(self, store: Store, resource: Resource) -> None:
        self._store = store
        self._resource = resource
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._known: dict[str, dict[str, Mapping[str, Any]]] = {}

    def forget(self, key: str) -> None:
        """Something at ``key`` has changed: its namespace is to be read again."""
        self._known.pop(key.partition("/")[0], None)

    def selecting(self, namespace: str, labels: Mapping[str, str]) -> list[str]:
        """The keys of those that select a pod with these labels."""
        known = self._known.get(namespace)
        if known is None:
            known = self._known[namespace] = self._read(namespace)
        return [key for key, wanted in known.items() if selects(wanted, labels)]

    def _read(self, namespace: str) -> dict[str, Mapping[str, Any]]:
        shelf = self._store.shelf(self._resource)
        found: dict[str, Mapping[str, Any]] = {}
        for key in list(shelf.keys(f"{namespace}/", f"{namespace}/{LAST_KEY}", self._store.version)):
            selector = find(self._store.read(self._resource, key), "spec.selector")
            if selector:
                whole = selector.keys() & {"matchLabels", "matchExpressions"}
                found[key] = selector if whole else {"matchLabels": selector}
        return found
