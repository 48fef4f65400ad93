"""Daemon sets: a pod on every node that lets it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text
from perfkit.mock.life.deployments import share, template_hash
from perfkit.mock.life.hands import owner_of
from perfkit.mock.life.pods_of import pod_from
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.workloads import DAEMON_SETS
from perfkit.mock.writes.metadata import digest

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue
    from perfkit.mock.life.scheduler import Scheduler
    from perfkit.mock.life.views import View, Views

NAME = "daemonsets"
_MANAGER = "daemonset-controller"
_REVISION = "controller-revision-hash"
_AT_ONCE = 50
# What a daemon set's pods bear, where their template does not say otherwise.
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSets:
    """The controller of daemon sets."""

    def __init__(self, hands: Hands, views: Views, queue: Queue, scheduler: Scheduler) -> None:
        self._hands = hands
        self._views = views
        self._queue = queue
        self._scheduler = scheduler

    def sync(self, key: str) -> None:
        """Make pods where they are missing, delete those where they should not be, replace some of older templates."""
        found = self._hands.read(DAEMON_SETS, key)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        pods: dict[str, View] = {}
        for pod in self._views.controlled_by(found["metadata"]["uid"]):
            if pod.ended and not pod.going:
                self._hands.delete(PODS, pod.key)
            else:
                pods[_node_of(self._hands, pod)] = pod
        revision = template_hash(find(found, "spec.template", {}))
        nodes = self._scheduler.open_to({**find(found, "spec.template.spec", {}), "tolerations": _tolerations(found)})
        missing = [node for node in nodes if node not in pods]
        for node in missing[:_AT_ONCE]:
            self._make(found, node, revision)
        if missing[_AT_ONCE:]:
            self._queue.add(NAME, key)
        for node in pods.keys() - set(nodes):
            self._remove(found, pods[node])
        if not missing:
            self._update(found, [pods[node] for node in nodes], revision)
        self._sum_up(key, nodes, pods, revision)

    def _update(self, found: dict[str, Any], pods: list[View], revision: str) -> None:
        """Delete pods of older templates, no more of them than may be missing."""
        if find(found, "spec.updateStrategy.type", "RollingUpdate") != "RollingUpdate":
            return
        most = share(find(found, "spec.updateStrategy.rollingUpdate.maxUnavailable", 1), len(pods), up=True)
        spare = max(most, 1) - sum(not pod.ready or pod.going for pod in pods)
        old = [pod for pod in pods if pod.metadata.labels.get(_REVISION) != revision and not pod.going]
        for pod in old[: max(spare, 0)]:
            self._remove(found, pod)

    def _make(self, found: dict[str, Any], node: str, revision: str) -> None:
        metadata = found["metadata"]
        pod = pod_from(find(found, "spec.template", {}), metadata["namespace"], owner_of(found, DAEMON_SETS))
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
        pod["spec"]["affinity"] = {**(pod["spec"].get("affinity") or {}), "nodeAffinity": required}
        pod["spec"]["tolerations"] = _tolerations(found)
        random = digest(self._hands.store, "pod", metadata["uid"], node)
        labels = {**(pod["metadata"].get("labels") or {}), _REVISION: revision, "pod-template-generation": "1"}
        prefix = f"{metadata['name']}-"
        pod["metadata"] |= {"name": prefix + safe_text(random[:5]), "generateName": prefix, "labels": labels}
        if self._hands.create(PODS, pod) is not None:
            self._tell(found, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _remove(self, found: dict[str, Any], pod: View) -> None:
        if not pod.going:
            self._hands.delete(PODS, pod.key)
            self._tell(found, "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}")

    def _tell(self, found: dict[str, Any], reason: str, message: str) -> None:
        self._hands.tell(DAEMON_SETS, found, Told(reason=reason, message=message, component=_MANAGER))

    def _sum_up(self, key: str, nodes: list[str], pods: dict[str, View], revision: str) -> None:
        found = self._hands.read(DAEMON_SETS, key)
        if found is None:
            return
        here = [pods[node] for node in nodes if node in pods]
        ready = sum(pod.ready and not pod.going for pod in here)
        updated = sum(pod.metadata.labels.get(_REVISION) == revision for pod in here)
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(nodes) - ready,
        }
        status = {
            "currentNumberScheduled": len(here),
            "numberMisscheduled": len(pods) - len(here),
            "desiredNumberScheduled": len(nodes),
            "numberReady": ready,
            "observedGeneration": found["metadata"].get("generation", 1),
            **{name: count for name, count in optional.items() if count},
        }
        self._hands.set_status(DAEMON_SETS, found, status)


def _tolerations(found: dict[str, Any]) -> list[dict[str, Any]]:
    own = list(find(found, "spec.template.spec.tolerations", ()))
    keys = {each.get("key") for each in own}
    added = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in _TOLERATED if key not in keys]
    return [*own, *added]


def _node_of(hands: Hands, pod: View) -> str:
    """The node that a pod is for, also before it was bound to it."""
    if pod.spec.node_name:
        return pod.spec.node_name
    whole = hands.read(PODS, pod.key)
    path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    terms = find(whole, path, ())
    return str(terms[0]["matchFields"][0]["values"][0]) if terms else ""
