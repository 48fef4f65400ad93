"""The life of one cluster: what happens in it by itself, and how that is started, changed and ended.

Components react to what clients and other components write, a moment later, on simulated ticks. What a shape generated
stays as it is until somebody touches it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from perfkit.mock.life import (
    autoscalers,
    budgets,
    claims,
    cron_jobs,
    daemon_sets,
    deployments,
    endpoints,
    jobs,
    nodes,
    replica_sets,
    stateful_sets,
)
from perfkit.mock.life.acts import Acts
from perfkit.mock.life.autoscalers import Autoscalers
from perfkit.mock.life.budgets import Budgets
from perfkit.mock.life.churn import Generator
from perfkit.mock.life.claims import Claims
from perfkit.mock.life.cron_jobs import CronJobs
from perfkit.mock.life.daemon_sets import DaemonSets
from perfkit.mock.life.deployments import Deployments
from perfkit.mock.life.endpoints import Services
from perfkit.mock.life.hands import Hands, controller_of
from perfkit.mock.life.jobs import Jobs
from perfkit.mock.life.kubelet import Kubelets
from perfkit.mock.life.nodes import Nodes
from perfkit.mock.life.queue import LATER, SOON, Queue
from perfkit.mock.life.recorder import Recorder
from perfkit.mock.life.replica_sets import ReplicaSets
from perfkit.mock.life.scaling import Scaling
from perfkit.mock.life.scheduler import Scheduler
from perfkit.mock.life.selectors import Selectors
from perfkit.mock.life.stateful_sets import StatefulSets
from perfkit.mock.life.views import Views
from perfkit.mock.resources.autoscaling import HORIZONTAL_POD_AUTOSCALERS, POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.batch import CRON_JOBS, JOBS
from perfkit.mock.resources.networking import SERVICES
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS
from perfkit.mock.resources.workloads import DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane
    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned, Scale

_SCHEDULER = "scheduler"
# Which controller looks at objects of a resource when they change, and, by their kinds, when what they own does.
_CONTROLLED = {
    DEPLOYMENTS.qualified: deployments.NAME,
    REPLICA_SETS.qualified: replica_sets.NAME,
    STATEFUL_SETS.qualified: stateful_sets.NAME,
    DAEMON_SETS.qualified: daemon_sets.NAME,
    JOBS.qualified: jobs.NAME,
    CRON_JOBS.qualified: cron_jobs.NAME,
    SERVICES.qualified: endpoints.NAME,
    PERSISTENT_VOLUME_CLAIMS.qualified: claims.NAME,
    NODES.qualified: nodes.NAME,
}
_OWNERS = {
    "Deployment": deployments.NAME,
    "ReplicaSet": replica_sets.NAME,
    "StatefulSet": stateful_sets.NAME,
    "DaemonSet": daemon_sets.NAME,
    "Job": jobs.NAME,
    "CronJob": cron_jobs.NAME,
}


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
        self._scaling = Scaling(self._hands, self._views, seed)
        self._services = Selectors(store, SERVICES)
        self._budgets = Selectors(store, POD_DISRUPTION_BUDGETS)
        self._claims = Claims(self._hands, self._queue)
        self._nodes = Nodes(self._hands)
        self._crons = CronJobs(self._hands, self._queue)
        self._queue.controllers = {
            _SCHEDULER: self._scheduler,
            replica_sets.NAME: ReplicaSets(self._hands, self._views, self._queue),
            deployments.NAME: Deployments(self._hands, self._queue),
            stateful_sets.NAME: StatefulSets(self._hands, self._views),
            daemon_sets.NAME: DaemonSets(self._hands, self._views, self._queue, self._scheduler),
            jobs.NAME: Jobs(self._hands, self._views, self._queue),
            cron_jobs.NAME: self._crons,
            endpoints.NAME: Services(self._hands, self._views),
            claims.NAME: self._claims,
            nodes.NAME: self._nodes,
            autoscalers.NAME: Autoscalers(self._hands, self._views, self._queue),
            budgets.NAME: Budgets(self._hands, self._views),
        }
        plane.on_change(self._changed)

    def reset(self) -> None:
        """Be as new; the store has been reset."""
        self._recorder.clear()
        self._hands.clear()
        self._churn.stop()
        self._queue.clear()
        self._views.clear()
        self._scheduler.clear()
        self._services.clear()
        self._budgets.clear()
        self._crons.clear()

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

    def heartbeats(self) -> None:
        """Have the nodes report from now on."""
        self._nodes.beat()

    def _changed(
        self, resource: Resource, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Have everybody look whom a change concerns."""
        obj = after or before
        assert obj is not None
        if resource is PODS:
            self._pod_changed(key, before, after)
        elif resource is NODES:
            self._node_changed(key, before)
        elif resource is SERVICES:
            self._services.forget(key)
        elif resource is POD_DISRUPTION_BUDGETS:
            self._budgets_changed(key, before, after)
        elif resource is PERSISTENT_VOLUME_CLAIMS and "deletionTimestamp" in obj["metadata"]:
            self._hands.after(0, lambda: self._claims.release(key))
        elif resource is HORIZONTAL_POD_AUTOSCALERS and _spec(before) != _spec(after):
            self._queue.add(autoscalers.NAME, key)
        name = _CONTROLLED.get(resource.qualified)
        if name is not None and after is not None:
            self._queue.add(name, key)
        self._tell_owner(obj, summing=before is not None and after is not None)

    def _tell_owner(self, obj: dict[str, Any], *, summing: bool) -> None:
        """The controller of what owns an object looks at that: soon where one came or went, else to sum up."""
        owner = controller_of(obj)
        if owner is not None and owner["kind"] in _OWNERS:
            place = f"{obj['metadata'].get('namespace', '')}/{owner['name']}"
            self._queue.add(_OWNERS[owner["kind"]], place, LATER if summing else SOON)

    def _pod_changed(self, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        pod = after or before
        assert pod is not None
        namespace, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
        for service in self._services.selecting(namespace, labels):
            self._queue.add(endpoints.NAME, service, LATER)
        for budget in self._budgets.selecting(namespace, labels):
            self._queue.add(budgets.NAME, budget, LATER)
        if after is None:
            self._free_claims(pod)
            return
        placed = bool(after["spec"].get("nodeName"))
        if not placed and (before is None or key not in self._scheduler.waiting):
            self._queue.add(_SCHEDULER, key)
        elif placed and (before is None or not before["spec"].get("nodeName")):
            self._kubelets.take(after)
            self._claims.used_by(after)

    def _budgets_changed(self, key: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if _spec(before) != _spec(after):
            self._budgets.forget(key)
            self._queue.add(budgets.NAME, key)

    def _free_claims(self, pod: dict[str, Any]) -> None:
        """A pod is gone: claims that waited for it may go too."""
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name:
                place = f"{pod['metadata']['namespace']}/{name}"
                self._hands.after(0, partial(self._claims.release, place))

    def _node_changed(self, name: str, before: dict[str, Any] | None) -> None:
        self._scheduler.node_changed(name)
        for key in sorted(self._scheduler.waiting):
            self._queue.add(_SCHEDULER, key)
        store = self._store
        after = store.read(NODES, name)
        if _openness(before) != _openness(after):
            for key in store.shelf(DAEMON_SETS).keys("", LAST_KEY, store.version):
                self._queue.add(daemon_sets.NAME, key)


def _spec(obj: dict[str, Any] | None) -> Any:
    return (obj or {}).get("spec")


def _openness(node: dict[str, Any] | None) -> Any:
    """What of a node decides which pods may be on it."""
    return node and (node["metadata"].get("labels"), node.get("spec"))
