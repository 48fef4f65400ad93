"""What a cluster does by itself when objects come and go: defaults of namespaces, garbage, finalisation, budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.companions import CERTIFICATE
from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.configuration import CONFIG_MAPS, SERVICE_ACCOUNTS
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.writes import metadata
from perfkit.mock.writes.budgets import budget_status
from perfkit.mock.writes.deletion import Deleter
from perfkit.mock.writes.editor import Editor

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store

Observer = Callable[["Resource", str, "dict[str, Any] | None", "dict[str, Any] | None"], None]


class ControlPlane:
    """The editor and the deleter of one store, and what follows from what they do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: list[Observer] = []
        self.editor = Editor(store, self._happened)
        self.deleter = Deleter(store, self.editor, store.clock)

    def on_change(self, listener: Observer) -> None:
        """Have ``listener(resource, key, before, after)`` told of what was written, after what follows from it here."""
        self._listeners.append(listener)

    def _happened(
        self, resource: Resource, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        self._follow(resource, key, before, after)
        for listener in self._listeners:
            listener(resource, key, before, after)

    def _follow(
        self, resource: Resource, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        if after is None:
            assert before is not None
            self.deleter.gone(resource, before)
        elif "deletionTimestamp" in after["metadata"]:
            self.deleter.finish(resource, key, after)
        elif resource is NAMESPACES and before is None:
            self._furnish(after["metadata"]["name"])
        elif resource is POD_DISRUPTION_BUDGETS and (before is None or before.get("spec") != after.get("spec")):
            self._observe_budget(key, after)

    def _furnish(self, namespace: str) -> None:
        """Give a new namespace what every namespace has."""
        with self._store.written_by("cluster"):
            for resource, obj in furniture(namespace):
                metadata.begin(obj, resource, self._store)
                self.editor.set(resource, f"{namespace}/{obj['metadata']['name']}", obj)

    def _observe_budget(self, key: str, budget: dict[str, Any]) -> None:
        status = budget_status(self._store, budget)
        if status != budget.get("status"):
            self.editor.set(POD_DISRUPTION_BUDGETS, key, {**budget, "status": status})


def furniture(namespace: str) -> list[tuple[Resource, dict[str, Any]]]:
    """What every namespace has: its default service account, and the cluster's certificate."""
    return [
        (SERVICE_ACCOUNTS, {"metadata": {"name": "default", "namespace": namespace}}),
        (
            CONFIG_MAPS,
            {"metadata": {"name": "kube-root-ca.crt", "namespace": namespace}, "data": {"ca.crt": CERTIFICATE}},
        ),
    ]
