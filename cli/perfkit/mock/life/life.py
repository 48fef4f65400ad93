"""The life of one cluster: what happens in it by itself, and how that is started, changed and ended.

Components react to what clients and other components write, a moment later, on simulated ticks. What a shape generated
stays as it is until somebody touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.life import deployments, replica_sets
from perfkit.mock.life.acts import Acts
from perfkit.mock.life.churn import Generator
from perfkit.mock.life.deployments import Deployments
from perfkit.mock.life.hands import Hands, controller_of
from perfkit.mock.life.kubelet import Kubelets
from perfkit.mock.life.queue import LATER, Queue
from perfkit.mock.life.recorder import Recorder
from perfkit.mock.life.replica_sets import ReplicaSets
from perfkit.mock.life.scaling import Scaling
from perfkit.mock.life.scheduler import Scheduler
from perfkit.mock.life.views import Views
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.workloads import DEPLOYMENTS, REPLICA_SETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane
    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned, Scale

_SCHEDULER = "scheduler"
# Which controller looks after objects of a kind; it also looks at one when something that it controls changes.
_BY_KIND = {"Deployment": deployments.NAME, "ReplicaSet": replica_sets.NAME}
_OWNED = {DEPLOYMENTS.qualified: deployments.NAME, REPLICA_SETS.qualified: replica_sets.NAME}


class Life:
    """Everything that changes a store without being asked by a client. ``seed`` settles all chance."""

    def __init__(self, store: Store, plane: ControlPlane, seed: int) -> None:
        self._store = store
        self._plane = plane
        self._seed = seed
        self._recorder = Recorder(store)
        self._churn = Generator(store.clock)
        self._hands = Hands(store, plane, self._recorder)
        self._queue = Queue(self._hands)
        self._views = Views(store)
        self._kubelets = Kubelets(self._hands)
        self._scheduler = Scheduler(self._hands)
        self._scaling = Scaling(self._hands, seed)
        self._queue.controllers = {
            _SCHEDULER: self._scheduler,
            replica_sets.NAME: ReplicaSets(self._hands, self._views, self._queue),
            deployments.NAME: Deployments(self._hands, self._queue),
        }
        plane.on_change(self._changed)

    def reset(self) -> None:
        """Be as new; the store has been reset."""
        self._recorder.clear()
        self._churn.stop()
        self._queue.clear()
        self._views.clear()
        self._scheduler.clear()

    def churn(self, churn: Churn | None) -> Churned:
        """Change like this from now on, or (None) no more; what the churn before has done."""
        self._store.clock.catch_up()
        done = self._churn.stop()
        if churn is not None:
            acts = Acts(churn, self._store, self._plane.editor, self._recorder, self._seed)
            self._churn.start(churn, acts.act)
        return done

    def scale(self, scale: Scale, done: Callable[[int], None]) -> None:
        """Change how many pods there are; ``done(pods)`` is called when it is so. Raises ClusterError."""
        self._store.clock.catch_up()
        with self._store.written_by("cluster"):
            self._scaling.start(scale, done)

    def _changed(
        self, resource: Resource, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Have everybody look whom a change concerns."""
        obj = after or before
        assert obj is not None
        if resource is PODS:
            self._pod_changed(key, before, after)
        elif resource is NODES:
            self._node_changed(key)
        elif resource.qualified in _OWNED and after is not None:
            self._queue.add(_OWNED[resource.qualified], key)
        owner = controller_of(obj)
        if owner is not None and owner["kind"] in _BY_KIND:
            summing = before is not None and after is not None
            delay = (LATER,) if summing else ()
            self._queue.add(_BY_KIND[owner["kind"]], f"{obj['metadata'].get('namespace', '')}/{owner['name']}", *delay)

    def _pod_changed(self, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if after is None:
            return
        placed = bool(after["spec"].get("nodeName"))
        if not placed and (before is None or key not in self._scheduler.waiting):
            self._queue.add(_SCHEDULER, key)
        elif placed and (before is None or not before["spec"].get("nodeName")):
            self._kubelets.take(after)

    def _node_changed(self, name: str) -> None:
        self._scheduler.node_changed(name)
        for key in sorted(self._scheduler.waiting):
            self._queue.add(_SCHEDULER, key)
