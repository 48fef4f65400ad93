"""The scheduler: gives each new pod a node, spreading them, as far as selectors, taints and cordons allow."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.life.hands import condition, with_condition
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find, satisfied
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.life.hands import Hands

_SCHEDULER = "default-scheduler"
_AGAIN = 5.0  # seconds until a pod that fits nowhere is tried again
_BLOCKING = frozenset({"NoSchedule", "NoExecute"})


class _Node:
    """What the scheduler looks at."""

    def __init__(self, node: Mapping[str, Any]) -> None:
        self.name = node["metadata"]["name"]
        self.labels: Mapping[str, str] = node["metadata"].get("labels") or {}
        self.cordoned = bool(find(node, "spec.unschedulable", default=False))
        self.taints = [taint for taint in find(node, "spec.taints", ()) if taint.get("effect") in _BLOCKING]

    def objection(self, spec: Mapping[str, Any]) -> str:
        """Why a pod cannot be here; empty: it can."""
        tolerations = spec.get("tolerations") or ()
        if self.cordoned and not any(_tolerates(each, _CORDON) for each in tolerations):
            return "node(s) were unschedulable"
        for taint in self.taints:
            if taint["key"] != _CORDON["key"] and not any(_tolerates(each, taint) for each in tolerations):
                return f"node(s) had untolerated taint(s) {{{taint['key']}: {taint.get('value', '')}}}"
        wanted = (spec.get("nodeSelector") or {}).items()
        if any(self.labels.get(key) != value for key, value in wanted) or not self._attracts(spec):
            return "node(s) didn't match Pod's node affinity/selector"
        return ""

    def _attracts(self, spec: Mapping[str, Any]) -> bool:
        """Whether the required node affinity lets the pod in."""
        terms = find(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
        return terms is None or any(self._fits(term) for term in terms)

    def _fits(self, term: Mapping[str, Any]) -> bool:
        fields = {"metadata.name": self.name}
        return all(satisfied(each, self.labels) for each in term.get("matchExpressions") or ()) and all(
            satisfied(each, fields) for each in term.get("matchFields") or ()
        )


_CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if not toleration.get("key"):
        return toleration.get("operator") == "Exists"
    if toleration["key"] != taint["key"]:
        return False
    return toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", "")


class Scheduler:
    """A controller of pods without a node."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.clear()

    def clear(self) -> None:
        """Forget what nodes are like and what runs where."""
        self._nodes: dict[str, _Node] | None = None
        self._placed: Counter[str] = Counter()
        self.waiting: set[str] = set()  # pods that fit nowhere

    def node_changed(self, name: str) -> None:
        """A node came, changed or went."""
        if self._nodes is None:
            return
        node = self._hands.read(NODES, name)
        if node is None:
            self._nodes.pop(name, None)
        else:
            self._nodes[name] = _Node(node)

    def open_to(self, spec: Mapping[str, Any]) -> list[str]:
        """The names of all nodes that would let such a pod in."""
        return [name for name, node in self._known().items() if not node.objection(spec)]

    def sync(self, key: str) -> None:
        """Give a pod its node."""
        pod = self._hands.read(PODS, key)
        self.waiting.discard(key)
        if pod is None or pod["spec"].get("nodeName") or "deletionTimestamp" in pod["metadata"]:
            return
        if pod["spec"].get("schedulerName", _SCHEDULER) != _SCHEDULER or pod["spec"].get("schedulingGates"):
            return
        objections: Counter[str] = Counter()
        node = self._choose(pod["spec"], objections)
        if node is None:
            self._refuse(pod, key, objections)
        else:
            self._bind(pod, node)

    def _known(self) -> dict[str, _Node]:
        if self._nodes is None:
            shelf = self._hands.store.shelf(NODES)
            keys = list(shelf.keys("", LAST_KEY, self._hands.store.version))
            found = (self._hands.read(NODES, key) for key in keys)
            self._nodes = {node["metadata"]["name"]: _Node(node) for node in found if node is not None}
        return self._nodes

    def _choose(self, spec: Mapping[str, Any], objections: Counter[str]) -> str | None:
        """The node that was given the fewest pods so far."""
        best: str | None = None
        for name, node in self._known().items():
            if best is not None and self._placed[name] >= self._placed[best]:
                continue
            objection = node.objection(spec)
            if objection:
                objections[objection] += 1
            else:
                best = name
                if not self._placed[name]:
                    break
        return best

    def _bind(self, pod: dict[str, Any], node: str) -> None:
        self._placed[node] += 1
        time, metadata = self._hands.time, pod["metadata"]
        status = pod.get("status") or {}
        scheduled = condition(
            "PodScheduled", "True", time, observedGeneration=metadata.get("generation", 1), lastProbeTime=None
        )
        conditions = with_condition(status.get("conditions") or [], scheduled)
        spec = {**pod["spec"], "nodeName": node}
        self._hands.write(PODS, {**pod, "spec": spec, "status": {**status, "conditions": conditions}})
        message = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {node}"
        self._hands.tell(PODS, pod, Told(reason="Scheduled", message=message, component=_SCHEDULER))

    def _refuse(self, pod: dict[str, Any], key: str, objections: Counter[str]) -> None:
        self.waiting.add(key)
        total = len(self._known())
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(objections.items()))
        message = f"0/{total} nodes are available: {reasons or 'no nodes'}."
        refused = condition(
            "PodScheduled",
            "False",
            self._hands.time,
            observedGeneration=pod["metadata"].get("generation", 1),
            lastProbeTime=None,
            reason="Unschedulable",
            message=message,
        )
        status = pod.get("status") or {}
        conditions = with_condition(status.get("conditions") or [], refused)
        if conditions != status.get("conditions"):
            entries = [*(pod["metadata"].get("managedFields") or ())]
            entries.append(managed_entry(_SCHEDULER, self._hands.time, {"status": {"conditions": [refused]}}, "status"))
            self._hands.set_status(PODS, pod, {**status, "conditions": conditions}, _SCHEDULER)
        told = Told(reason="FailedScheduling", message=message, type="Warning", component=_SCHEDULER)
        self._hands.tell(PODS, pod, told)
        self._hands.after(_AGAIN, lambda: self.sync(key) if key in self.waiting else None)
