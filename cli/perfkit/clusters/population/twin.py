"""The mock's own world behind a real cluster's population: what it holds, and how it changes.

The generator, the churn and the components are the mock's; nothing serves them. What changes in the twin is what is
to change in the real cluster, so both see the same, from the same seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfkit.clusters.population import manifests
from perfkit.mock.agenda import RealTime
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.mock.life.life import Life
from perfkit.mock.resources.events import EVENTS
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.store import LAST_KEY, Store
from perfkit.mock.writes.control_plane import ControlPlane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.clusters.population.manifests import Sent
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Event
    from perfkit.model.control import Populate

MIRRORED: Final = (NODES, PODS, EVENTS)
_TRANSLATIONS: Final = {
    NODES.qualified: manifests.node,
    PODS.qualified: manifests.pod,
    EVENTS.qualified: manifests.event,
}


class Twin:
    """What the cluster is to hold. ``changed(resource, key)`` is told of each change of what is mirrored."""

    def __init__(self, asked: Populate, changed: Callable[[Resource, str], None]) -> None:
        self._owner = asked.owner
        self._changed = changed
        self._store = Store(populate(load(Path(asked.shape), asked.pods), asked.seed), clock=RealTime())
        self.life = Life(self._store, ControlPlane(self._store), asked.seed)
        self._store.on_event(self._note)

    def reset(self) -> None:
        """Return to the first state; who minds what that changes has kept count."""
        self.life.churn(None)
        self._store.reset()
        self.life.reset()

    def namespaces(self) -> list[str]:
        """Those that hold pods, as they are called in the real cluster."""
        spaces = {key.partition("/")[0] for key in self._keys(PODS)}
        return sorted(map(manifests.real_namespace, spaces))

    def nodes(self) -> Iterator[Sent]:
        """All nodes."""
        return filter(None, (self.sent(NODES, key) for key in self._keys(NODES)))

    def pods(self) -> Iterator[Sent]:
        """All pods."""
        return filter(None, (self.sent(PODS, key) for key in self._keys(PODS)))

    def count(self) -> int:
        """How many pods there are."""
        return self._store.shelf(PODS).size(self._store.version)

    def sent(self, resource: Resource, key: str) -> Sent | None:
        """An object as the real cluster takes it; None for one that is not to be there, or not yet."""
        obj = self._store.read(resource, key)
        if obj is None or (resource is PODS and not obj["spec"].get("nodeName")):
            return None
        return _TRANSLATIONS[resource.qualified](obj, self._owner)

    def path(self, resource: Resource, key: str) -> str:
        """Where an object is found, also one that is gone."""
        space, _, name = key.rpartition("/")
        within = f"/namespaces/{manifests.real_namespace(space)}" if space else ""
        return f"/api/v1{within}/{resource.name}/{name}"

    def _keys(self, resource: Resource) -> Iterator[str]:
        return self._store.shelf(resource).keys("", LAST_KEY, self._store.version)

    def _note(self, resource: Resource, event: Event) -> None:
        if resource in MIRRORED:
            self._changed(resource, event.object.key)
