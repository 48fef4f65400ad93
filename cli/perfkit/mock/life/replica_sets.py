"""Replica sets: as many pods as they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text
from perfkit.mock.life.hands import owner_of
from perfkit.mock.life.pods_of import pod_from
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.workloads import REPLICA_SETS
from perfkit.mock.writes.metadata import digest

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue
    from perfkit.mock.life.views import View, Views

NAME = "replicasets"
_MANAGER = "replicaset-controller"
_AT_ONCE = 50  # pods made or deleted at a time, so that others are not held up
_SUFFIX = 5


class ReplicaSets:
    """The controller of replica sets."""

    def __init__(self, hands: Hands, views: Views, queue: Queue) -> None:
        self._hands = hands
        self._views = views
        self._queue = queue

    def sync(self, key: str) -> None:
        """Make or delete pods until there are as many as wanted, and say how many there are."""
        replica_set = self._hands.read(REPLICA_SETS, key)
        if replica_set is None or "deletionTimestamp" in replica_set["metadata"]:
            return
        active = [pod for pod in self._views.controlled_by(replica_set["metadata"]["uid"]) if pod.active]
        missing = find(replica_set, "spec.replicas", 1) - len(active)
        if missing > 0:
            for _ in range(min(missing, _AT_ONCE)):
                self._make(replica_set)
        elif missing < 0:
            for pod in sorted(active, key=_dispensable)[: min(-missing, _AT_ONCE)]:
                self._remove(replica_set, pod)
        if missing:
            self._queue.add(NAME, key)
        self._sum_up(replica_set, active)

    def _make(self, replica_set: dict[str, Any]) -> None:
        metadata = replica_set["metadata"]
        prefix = f"{metadata['name']}-"
        random = digest(self._hands.store, "pod", metadata["uid"])
        owner = owner_of(replica_set, REPLICA_SETS)
        pod = pod_from(find(replica_set, "spec.template", {}), metadata["namespace"], owner)
        pod["metadata"] = {"generateName": prefix, **pod["metadata"], "name": prefix + safe_text(random[:_SUFFIX])}
        made = self._hands.create(PODS, pod)
        if made is not None:
            self._tell(replica_set, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

    def _remove(self, replica_set: dict[str, Any], pod: View) -> None:
        self._hands.delete(PODS, pod.key)
        self._tell(replica_set, "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}")

    def _tell(self, replica_set: dict[str, Any], reason: str, message: str) -> None:
        self._hands.tell(REPLICA_SETS, replica_set, Told(reason=reason, message=message, component=_MANAGER))

    def _sum_up(self, replica_set: dict[str, Any], active: list[View]) -> None:
        ready = sum(pod.ready for pod in active)
        labels = find(replica_set, "spec.template.metadata.labels", {})
        labelled = sum(labels.items() <= pod.metadata.labels.items() for pod in active)
        counts = {
            "fullyLabeledReplicas": labelled,
            "readyReplicas": ready,
            "availableReplicas": ready,
        }
        status = {
            "replicas": len(active),
            **{name: count for name, count in counts.items() if count},
            "observedGeneration": replica_set["metadata"].get("generation", 1),
        }
        metadata = replica_set["metadata"]
        known = self._hands.read(REPLICA_SETS, f"{metadata['namespace']}/{metadata['name']}")
        if known is not None:
            self._hands.set_status(REPLICA_SETS, known, status)


def _dispensable(pod: View) -> tuple[bool, bool, bool, str]:
    """What goes first: pods without a node, then those that do not run, are not ready, are younger."""
    age = "".join(chr(0x10FFFF - ord(character)) for character in pod.metadata.creation_timestamp)
    return bool(pod.spec.node_name), pod.status.phase == "Running", pod.ready, age
