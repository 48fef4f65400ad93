"""Stateful sets: numbered pods with claims of their own, one after another."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from perfkit.mock.life.deployments import template_hash
from perfkit.mock.life.hands import owner_of
from perfkit.mock.life.pods_of import pod_from
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS
from perfkit.mock.resources.workloads import STATEFUL_SETS

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.views import View, Views

NAME = "statefulsets"
_MANAGER = "statefulset-controller"
_REVISION = "controller-revision-hash"


class StatefulSets:
    """The controller of stateful sets."""

    def __init__(self, hands: Hands, views: Views) -> None:
        self._hands = hands
        self._views = views

    def sync(self, key: str) -> None:
        """Take the next step: a pod made, replaced or removed; several at once where they need not wait."""
        found = self._hands.read(STATEFUL_SETS, key)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        pods = {_ordinal(pod): pod for pod in self._views.controlled_by(found["metadata"]["uid"])}
        wanted = _revision(found)
        if not self._ended(pods) and not self._fill(found, pods, wanted) and not self._shrink(found, pods):
            self._update(found, pods, wanted)
        pods = {_ordinal(pod): pod for pod in self._views.controlled_by(found["metadata"]["uid"])}
        current = self._hands.read(STATEFUL_SETS, key)
        if current is not None:
            self._sum_up(current, pods, wanted)

    def _ended(self, pods: dict[int, View]) -> bool:
        """Delete pods that have ended, so that others of their names can be made; whether there was one."""
        ended = [pod for pod in pods.values() if pod.ended and not pod.going]
        for pod in ended:
            self._hands.delete(PODS, pod.key)
        return bool(ended)

    def _fill(self, found: dict[str, Any], pods: dict[int, View], revision: str) -> bool:
        """Make what is missing, from the first on; whether the rest has to wait."""
        ordered = find(found, "spec.podManagementPolicy", "OrderedReady") != "Parallel"
        start = find(found, "spec.ordinals.start", 0)
        for number in range(start, start + find(found, "spec.replicas", 1)):
            pod = pods.get(number)
            if pod is None:
                self._make(found, number, revision)
            if ordered and (pod is None or not pod.ready or pod.going):
                return True
        return False

    def _shrink(self, found: dict[str, Any], pods: dict[int, View]) -> bool:
        """Remove what is too many, the last first; whether there was one."""
        end = find(found, "spec.ordinals.start", 0) + find(found, "spec.replicas", 1)
        extra = sorted((number for number in pods if number >= end), reverse=True)
        parallel = find(found, "spec.podManagementPolicy") == "Parallel"
        for number in extra if parallel else extra[:1]:
            self._remove(found, pods[number])
        return bool(extra)

    def _update(self, found: dict[str, Any], pods: dict[int, View], revision: str) -> None:
        """Replace the last pod that is of an older template, once all are ready."""
        if find(found, "spec.updateStrategy.type", "RollingUpdate") != "RollingUpdate":
            return
        least = find(found, "spec.updateStrategy.rollingUpdate.partition", 0)
        for number in sorted(pods, reverse=True):
            pod = pods[number]
            if number < least:
                return
            if pod.metadata.labels.get(_REVISION) != revision:
                self._remove(found, pod)
                return
            if not pod.ready or pod.going:
                return

    def _make(self, found: dict[str, Any], number: int, revision: str) -> None:
        metadata = found["metadata"]
        name = f"{metadata['name']}-{number}"
        claims = [self._claim(found, template, name) for template in find(found, "spec.volumeClaimTemplates", ())]
        template = copy.deepcopy(find(found, "spec.template", {}))
        spec = template.setdefault("spec", {})
        spec["hostname"] = name
        if find(found, "spec.serviceName"):
            spec["subdomain"] = found["spec"]["serviceName"]
        mine = [{"name": short, "persistentVolumeClaim": {"claimName": claim}} for short, claim in claims]
        others = [each for each in spec.get("volumes") or () if each["name"] not in dict(claims)]
        spec["volumes"] = [*mine, *others]
        pod = pod_from(template, metadata["namespace"], owner_of(found, STATEFUL_SETS))
        labels = {
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": str(number),
            _REVISION: revision,
        }
        pod["metadata"] = {
            **pod["metadata"],
            "name": name,
            "generateName": f"{metadata['name']}-",
            "labels": {**(pod["metadata"].get("labels") or {}), **labels},
        }
        if self._hands.create(PODS, pod) is not None:
            message = f"create Pod {name} in StatefulSet {metadata['name']} successful"
            self._tell(found, "SuccessfulCreate", message)

    def _claim(self, found: dict[str, Any], template: dict[str, Any], pod: str) -> tuple[str, str]:
        """Make a pod's claim unless it is there from before; the names of the template and of the claim."""
        short = template["metadata"]["name"]
        claim = copy.deepcopy({name: template[name] for name in template if name != "status"})
        claim.pop("kind", None)
        claim.pop("apiVersion", None)
        labels = {**(template["metadata"].get("labels") or {}), **find(found, "spec.selector.matchLabels", {})}
        claim["metadata"] = {"name": f"{short}-{pod}", "namespace": found["metadata"]["namespace"], "labels": labels}
        self._hands.create(PERSISTENT_VOLUME_CLAIMS, claim)
        return short, f"{short}-{pod}"

    def _remove(self, found: dict[str, Any], pod: View) -> None:
        if not pod.going:
            self._hands.delete(PODS, pod.key)
            name = found["metadata"]["name"]
            self._tell(found, "SuccessfulDelete", f"delete Pod {pod.metadata.name} in StatefulSet {name} successful")

    def _tell(self, found: dict[str, Any], reason: str, message: str) -> None:
        self._hands.tell(STATEFUL_SETS, found, Told(reason=reason, message=message, component=_MANAGER))

    def _sum_up(self, found: dict[str, Any], pods: dict[int, View], revision: str) -> None:
        living = list(pods.values())
        ready = sum(pod.ready and not pod.going for pod in living)
        updated = sum(pod.metadata.labels.get(_REVISION) == revision for pod in living)
        before = find(found, "status.currentRevision", revision)
        through = updated == len(living) == find(found, "spec.replicas", 1) == ready
        current = revision if through else before
        of_current = sum(pod.metadata.labels.get(_REVISION) == current for pod in living)
        counts = {"readyReplicas": ready, "currentReplicas": of_current, "updatedReplicas": updated}
        status = {
            "observedGeneration": found["metadata"].get("generation", 1),
            "replicas": len(living),
            **{name: count for name, count in counts.items() if count},
            "availableReplicas": ready,
            "currentRevision": current,
            "updateRevision": revision,
            "collisionCount": 0,
        }
        self._hands.set_status(STATEFUL_SETS, found, status)


def _revision(found: dict[str, Any]) -> str:
    return f"{found['metadata']['name']}-{template_hash(find(found, 'spec.template', {}))}"


def _ordinal(pod: View) -> int:
    number = pod.metadata.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1
