"""Deployments: replica sets of their templates, replaced step by step."""

from __future__ import annotations

import copy
from hashlib import shake_128
from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.generator.words import safe_text
from perfkit.mock.life.hands import condition, owner_of, with_condition
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources import pod_spec
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.workloads import DEPLOYMENTS, REPLICA_SETS
from perfkit.mock.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue

NAME = "deployments"
REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MOST = "deployment.kubernetes.io/max-replicas"
_HASH = "pod-template-hash"
_MANAGER = "deployment-controller"
_NOT_COPIED = frozenset({"kubectl.kubernetes.io/last-applied-configuration", REVISION, _DESIRED, _MOST})


class _Sets:
    """The replica sets of a deployment: the one of its present template, and the older ones."""

    def __init__(self, deployment: Mapping[str, Any], owned: Iterable[dict[str, Any]]) -> None:
        wanted = _comparable(find(deployment, "spec.template", {}))
        self.all = sorted(owned, key=lambda found: (found["metadata"]["creationTimestamp"], revision(found)))
        same = [found for found in self.all if _comparable(find(found, "spec.template", {})) == wanted]
        self.new: dict[str, Any] | None = same[0] if same else None
        self.old = [found for found in self.all if found is not self.new]

    @property
    def wanted(self) -> int:
        """Pods that all of them want."""
        return sum(found["spec"]["replicas"] for found in self.all)

    def counted(self, name: str) -> int:
        """The sum of a number in their statuses."""
        return sum(find(found, f"status.{name}", 0) for found in self.all)


class Deployments:
    """The controller of deployments."""

    def __init__(self, hands: Hands, queue: Queue) -> None:
        self._hands = hands
        self._queue = queue

    def sync(self, key: str) -> None:
        """Take the next step from the replica sets there are to those that shall be."""
        deployment = self._hands.read(DEPLOYMENTS, key)
        if deployment is None or "deletionTimestamp" in deployment["metadata"]:
            return
        paused = bool(find(deployment, "spec.paused", default=False))
        sets = self._sets(deployment)
        if not paused:
            sets = self._with_new(deployment, sets)
            deployment = self._hands.read(DEPLOYMENTS, key) or deployment
            self._roll(deployment, sets)
            self._forget(deployment, self._sets(deployment))
        elif sets.new is not None or sets.all:
            self._resize(deployment, sets)
        current = self._hands.read(DEPLOYMENTS, key)
        if current is not None:
            self._sum_up(current, self._sets(current))

    def _sets(self, deployment: dict[str, Any]) -> _Sets:
        return _Sets(deployment, self._hands.owned(REPLICA_SETS, deployment["metadata"]["uid"]))

    def _with_new(self, deployment: dict[str, Any], sets: _Sets) -> _Sets:
        """The sets, the one of the present template among them and of the latest revision."""
        latest = max((revision(found) for found in sets.old), default=0)
        if sets.new is None:
            self._make(deployment, sets, latest + 1)
            sets = self._sets(deployment)
        elif revision(sets.new) < latest:
            annotations = {**sets.new["metadata"]["annotations"], REVISION: str(latest + 1)}
            changed = {**sets.new, "metadata": {**sets.new["metadata"], "annotations": annotations}}
            self._hands.write(REPLICA_SETS, changed)
            sets = self._sets(deployment)
        if sets.new is not None:
            self._note_revision(deployment, revision(sets.new))
        return sets

    def _make(self, deployment: dict[str, Any], sets: _Sets, number: int) -> None:
        metadata, spec = deployment["metadata"], deployment["spec"]
        template = copy.deepcopy(spec["template"])
        pod_hash = template_hash(template, find(deployment, "status.collisionCount", 0))
        labels = {**(find(template, "metadata.labels") or {}), _HASH: pod_hash}
        template.setdefault("metadata", {})["labels"] = labels
        replicas = self._first_size(deployment, sets)
        selector = copy.deepcopy(spec["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), _HASH: pod_hash}
        copied = {k: v for k, v in (metadata.get("annotations") or {}).items() if k not in _NOT_COPIED}
        made = {
            "metadata": {
                "name": f"{metadata['name']}-{pod_hash}",
                "namespace": metadata["namespace"],
                "labels": dict(labels),
                "annotations": {**copied, **_sizes(deployment), REVISION: str(number)},
                "ownerReferences": [owner_of(deployment, DEPLOYMENTS)],
            },
            "spec": {"replicas": replicas, "selector": selector, "template": template},
            "status": {"replicas": 0},
        }
        if self._hands.create(REPLICA_SETS, made) is not None and replicas:
            self._tell_scaled(deployment, made["metadata"]["name"], 0, replicas)

    def _first_size(self, deployment: dict[str, Any], sets: _Sets) -> int:
        wanted: int = deployment["spec"]["replicas"]
        if _strategy(deployment) == "Recreate":
            return 0 if sets.wanted or sets.counted("replicas") else wanted
        surge, _ = limits(deployment)
        return max(0, min(wanted, wanted + surge - sets.wanted))

    def _roll(self, deployment: dict[str, Any], sets: _Sets) -> None:
        if sets.new is None:
            return
        if _strategy(deployment) == "Recreate":
            self._recreate(deployment, sets)
        else:
            self._resize(deployment, sets)
            self._roll_down(deployment, self._sets(deployment))

    def _recreate(self, deployment: dict[str, Any], sets: _Sets) -> None:
        assert sets.new is not None
        for old in sets.old:
            self._scale(deployment, old, 0)
        if not any(find(old, "status.replicas", 0) for old in sets.old):
            self._scale(deployment, sets.new, deployment["spec"]["replicas"])

    def _resize(self, deployment: dict[str, Any], sets: _Sets) -> None:
        """Bring the newest set to its size, as far as the surge allows."""
        newest = sets.new or sets.all[-1]
        wanted, present = deployment["spec"]["replicas"], newest["spec"]["replicas"]
        surge, _ = limits(deployment)
        if present > wanted:
            self._scale(deployment, newest, wanted)
        elif present < wanted:
            spare = wanted + surge - sets.wanted
            self._scale(deployment, newest, min(wanted, present + max(spare, 0)))

    def _roll_down(self, deployment: dict[str, Any], sets: _Sets) -> None:
        """Shrink older sets as far as enough pods stay available: first by those that are not ready anyway."""
        if sets.new is None:
            return
        _, unavailable = limits(deployment)
        least = deployment["spec"]["replicas"] - unavailable
        waiting = sets.new["spec"]["replicas"] - find(sets.new, "status.availableReplicas", 0)
        spare = sets.wanted - least - max(waiting, 0)
        for old in sets.old:
            broken = old["spec"]["replicas"] - _available(old)
            spare -= self._shrink(deployment, old, min(spare, broken))
        sets = self._sets(deployment)
        spare = min(spare, sum(map(_available, sets.all)) - least)
        for old in sets.old:
            spare -= self._shrink(deployment, old, min(spare, _available(old)))

    def _shrink(self, deployment: dict[str, Any], old: dict[str, Any], by: int) -> int:
        by = max(0, min(by, old["spec"]["replicas"]))
        if by:
            self._scale(deployment, old, old["spec"]["replicas"] - by)
        return by

    def _scale(self, deployment: dict[str, Any], replica_set: dict[str, Any], replicas: int) -> None:
        before = replica_set["spec"]["replicas"]
        if replicas == before:
            return
        metadata = replica_set["metadata"]
        changed = {
            **replica_set,
            "metadata": {
                **metadata,
                "generation": metadata.get("generation", 1) + 1,
                "annotations": {**(metadata.get("annotations") or {}), **_sizes(deployment)},
            },
            "spec": {**replica_set["spec"], "replicas": replicas},
        }
        self._hands.write(REPLICA_SETS, changed)
        self._tell_scaled(deployment, metadata["name"], before, replicas)

    def _tell_scaled(self, deployment: dict[str, Any], name: str, before: int, after: int) -> None:
        way = "up" if after > before else "down"
        message = f"Scaled {way} replica set {name} from {before} to {after}"
        self._hands.tell(DEPLOYMENTS, deployment, Told(reason="ScalingReplicaSet", message=message, component=_MANAGER))

    def _note_revision(self, deployment: dict[str, Any], number: int) -> None:
        annotations = deployment["metadata"].get("annotations") or {}
        if annotations.get(REVISION) != str(number):
            metadata = {**deployment["metadata"], "annotations": {**annotations, REVISION: str(number)}}
            self._hands.write(DEPLOYMENTS, {**deployment, "metadata": metadata})

    def _forget(self, deployment: dict[str, Any], sets: _Sets) -> None:
        """Delete sets that are older than the history goes back, once the rollout is through."""
        kept = find(deployment, "spec.revisionHistoryLimit", 10)
        empty = [old for old in sets.old if not old["spec"]["replicas"] and not find(old, "status.replicas", 0)]
        for old in sorted(empty, key=revision)[: max(0, len(empty) - kept)]:
            self._hands.delete(REPLICA_SETS, f"{old['metadata']['namespace']}/{old['metadata']['name']}")

    def _sum_up(self, deployment: dict[str, Any], sets: _Sets) -> None:
        wanted = deployment["spec"]["replicas"]
        available = sets.counted("availableReplicas")
        counts = {
            "replicas": sets.counted("replicas"),
            "updatedReplicas": find(sets.new, "status.replicas", 0),
            "readyReplicas": sets.counted("readyReplicas"),
            "availableReplicas": available,
            "unavailableReplicas": max(0, sets.wanted - available),
        }
        status = {
            "observedGeneration": deployment["metadata"].get("generation", 1),
            **{name: count for name, count in counts.items() if count},
        }
        through = (
            counts["updatedReplicas"] == counts["replicas"] == available == wanted
            and not counts["unavailableReplicas"]
            and sets.new is not None
        )
        status["conditions"] = self._conditions(deployment, sets, available, through=through)
        if "collisionCount" in (deployment.get("status") or {}):
            status["collisionCount"] = deployment["status"]["collisionCount"]
        self._hands.set_status(DEPLOYMENTS, deployment, status)

    def _conditions(
        self, deployment: dict[str, Any], sets: _Sets, available: int, *, through: bool
    ) -> list[dict[str, Any]]:
        time = self._hands.time
        _, unavailable = limits(deployment)
        enough = available >= deployment["spec"]["replicas"] - unavailable
        found = with_condition(
            list(find(deployment, "status.conditions", ())),
            condition(
                "Available",
                str(enough),
                time,
                lastUpdateTime=time,
                reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
            ),
        )
        status, reason, message = _progress(deployment, sets, through=through)
        before = next((each for each in found if each["type"] == "Progressing"), None)
        if before is not None and self._is_late(deployment, before, through=through):
            status, reason = "False", "ProgressDeadlineExceeded"
            message = message.replace("is progressing", "has timed out progressing")
        new = condition("Progressing", status, time, lastUpdateTime=time, reason=reason, message=message)
        if not through and before is not None and _moved(deployment, sets):
            found = [each for each in found if each["type"] != "Progressing"]
            new["lastTransitionTime"] = before["lastTransitionTime"] if before["status"] == status else time
        if not through and status == "True" and (before is None or _moved(deployment, sets)):
            deadline = find(deployment, "spec.progressDeadlineSeconds", 600)
            key = f"{deployment['metadata']['namespace']}/{deployment['metadata']['name']}"
            self._hands.after(deadline + 1, lambda: self._queue.add(NAME, key))
        return with_condition(found, new)

    def _is_late(self, deployment: dict[str, Any], before: dict[str, Any], *, through: bool) -> bool:
        if through or find(deployment, "spec.paused", default=False) or before["status"] == "Unknown":
            return False
        if before.get("reason") in {"ProgressDeadlineExceeded", "NewReplicaSetAvailable"}:
            return bool(before["reason"] == "ProgressDeadlineExceeded")
        deadline = find(deployment, "spec.progressDeadlineSeconds", 600)
        return bool(parse_time(before["lastUpdateTime"]) + deadline < self._hands.store.now)


def _available(replica_set: Mapping[str, Any]) -> int:
    """How many of a set's pods serve and shall go on doing so; its status may be older than its size."""
    return int(min(find(replica_set, "status.availableReplicas", 0), replica_set["spec"]["replicas"]))


def _progress(deployment: Mapping[str, Any], sets: _Sets, *, through: bool) -> tuple[str, str, str]:
    """Status, reason and message of the condition Progressing."""
    if find(deployment, "spec.paused", default=False):
        return "Unknown", "DeploymentPaused", "Deployment is paused"
    name = sets.new["metadata"]["name"] if sets.new else ""
    if through:
        return "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'
    return "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.'


def _moved(deployment: Mapping[str, Any], sets: _Sets) -> bool:
    """Whether a rollout is further than the status says."""
    return bool(
        find(sets.new, "status.replicas", 0) > find(deployment, "status.updatedReplicas", 0)
        or sets.counted("readyReplicas") > find(deployment, "status.readyReplicas", 0)
        or sets.counted("replicas") < find(deployment, "status.replicas", 0)
    )


def revision(obj: Mapping[str, Any]) -> int:
    """The revision of a replica set or a deployment, 0 where it has none."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def template_hash(template: Mapping[str, Any], collisions: int = 0) -> str:
    """What tells the pods of one template from those of another."""
    text = msgspec.json.encode((_comparable(template), collisions), order="sorted")
    return safe_text(shake_128(text).digest(10))


def limits(deployment: Mapping[str, Any]) -> tuple[int, int]:
    """How many pods may be there beyond those wanted, and how many of those wanted may be missing."""
    wanted = deployment["spec"]["replicas"]
    if _strategy(deployment) == "Recreate":
        return 0, wanted
    rolling = find(deployment, "spec.strategy.rollingUpdate", {})
    surge = share(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    return surge, unavailable if surge or unavailable else 1


def share(value: Any, whole: int, *, up: bool) -> int:
    """A number, or a percentage of ``whole`` rounded up or down."""
    if isinstance(value, str) and value.endswith("%"):
        part = int(value[:-1]) * whole / 100
        return ceil(part) if up else int(part)
    return int(value)


def _strategy(deployment: Mapping[str, Any]) -> str:
    return str(find(deployment, "spec.strategy.type", "RollingUpdate"))


def _sizes(deployment: Mapping[str, Any]) -> dict[str, str]:
    wanted = deployment["spec"]["replicas"]
    return {_DESIRED: str(wanted), _MOST: str(wanted + limits(deployment)[0])}


def _comparable(template: Mapping[str, Any]) -> dict[str, Any]:
    """A template as all that means the same reads."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(template))  # the quickest deep copy
    pod_spec.set_defaults(found.setdefault("spec", {}))
    metadata = found.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != _HASH}
    return {"labels": labels, "annotations": metadata.get("annotations") or {}, "spec": found["spec"]}
