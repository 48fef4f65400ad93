"""Who selects a pod: services, disruption budgets; their selectors are read once and again when one of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.rules import find, selects
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store


_Selecting = list[tuple[str, Any]]  # keys of objects, each with its selector


class _Index:
    """Selectors by one of the labels that each wants, so that a pod is held against few of them."""

    def __init__(self) -> None:
        self._by_label: dict[tuple[str, str], _Selecting] = {}
        self._rest: _Selecting = []

    def add(self, key: str, selector: Mapping[str, Any]) -> None:
        """Add the selector of the object at ``key``; of a service a plain map of labels."""
        if not selector.keys() & {"matchLabels", "matchExpressions"}:
            selector = {"matchLabels": selector}
        label = next(iter((selector.get("matchLabels") or {}).items()), None)
        place = self._rest if label is None else self._by_label.setdefault(label, [])
        place.append((key, selector))

    def selecting(self, labels: Mapping[str, str]) -> list[str]:
        """The keys of those that select these labels, in order."""
        candidates = [*self._rest]
        for label in labels.items():
            candidates += self._by_label.get(label, ())
        return sorted(key for key, selector in candidates if selects(selector, labels))


class Selectors:
    """The objects of one resource by what they select. An empty one is all for a budget, nothing for a service."""

    def __init__(self, store: Store, resource: Resource) -> None:
        self._store = store
        self._resource = resource
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._known: dict[str, _Index] = {}

    def forget(self, key: str) -> None:
        """Something at ``key`` has changed: its namespace is to be read again."""
        self._known.pop(key.partition("/")[0], None)

    def selecting(self, namespace: str, labels: Mapping[str, str]) -> list[str]:
        """The keys of those that select a pod with these labels."""
        known = self._known.get(namespace)
        if known is None:
            known = self._known[namespace] = self._read(namespace)
        return known.selecting(labels)

    def _read(self, namespace: str) -> _Index:
        shelf, index = self._store.shelf(self._resource), _Index()
        for key in list(shelf.keys(f"{namespace}/", f"{namespace}/{LAST_KEY}", self._store.version)):
            selector = find(self._store.read(self._resource, key), "spec.selector")
            if selector or (selector is not None and self._resource is POD_DISRUPTION_BUDGETS):
                index.add(key, selector)
        return index
