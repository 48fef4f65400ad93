"""Deployments, replica sets, stateful sets and daemon sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources import pod_spec
from perfkit.mock.resources.columns import AGED, NAMED, pairs, reading, selected, table, template_columns, value
from perfkit.mock.resources.description import Column, Resource, Subresource, status_of
from perfkit.mock.resources.rules import amount, find, forbidden, immutable, invalid, required, selects, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

SCALE = Subresource(name="scale", kind="Scale", group="autoscaling", version="v1")
_ROLLING = {"maxSurge": "25%", "maxUnavailable": "25%"}


def _template_defaults(spec: dict[str, Any]) -> None:
    template = spec.get("template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        pod_spec.set_defaults(template.setdefault("spec", {}))


def _deployment_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template_defaults(spec)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy["rollingUpdate"] = {**_ROLLING, **(strategy.get("rollingUpdate") or {})}
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    obj.setdefault("status", {})


def _replica_set_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template_defaults(spec)
    obj.setdefault("status", {"replicas": 0})


def _stateful_set_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template_defaults(spec)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy["rollingUpdate"] = {"partition": 0, "maxUnavailable": 1, **(strategy.get("rollingUpdate") or {})}
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Retain", "whenScaled": "Retain"})
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update({"apiVersion": "v1", "kind": "PersistentVolumeClaim"})
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        claim.setdefault("status", {"phase": "Pending"})
    obj.setdefault("status", {"replicas": 0, "availableReplicas": 0})


def _daemon_set_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    _template_defaults(spec)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": 0, "maxUnavailable": 1, **(strategy.get("rollingUpdate") or {})}
    counted = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    obj.setdefault("status", dict.fromkeys(counted, 0))
    spec.setdefault("revisionHistoryLimit", 10)


def _problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    replicas = find(obj, "spec.replicas", 0)
    found = [*immutable("spec.selector", obj, before)]
    for strategy in ("spec.strategy", "spec.updateStrategy"):  # of deployments, of the sets
        found += [*amount(obj, f"{strategy}.rollingUpdate.maxSurge")]
        found += [*amount(obj, f"{strategy}.rollingUpdate.maxUnavailable")]
    if not isinstance(replicas, int) or replicas < 0:
        found.append(invalid("spec.replicas", replicas, "must be greater than or equal to 0"))
    chosen, labels = find(obj, "spec.selector"), find(obj, "spec.template.metadata.labels", {})
    if not chosen:
        found.append(required("spec.selector"))
    elif not selects(chosen, labels):
        found.append(
            invalid("spec.template.metadata.labels", labels or None, "`selector` does not match template `labels`")
        )
    if find(obj, "spec.template.spec.restartPolicy", "Always") != "Always":
        policy = find(obj, "spec.template.spec.restartPolicy")
        found.append(unsupported("spec.template.spec.restartPolicy", policy, ("Always",)))
    if find(obj, "spec.strategy.type") == "Recreate" and find(obj, "spec.strategy.rollingUpdate"):
        detail = "may not be specified when strategy `type` is 'Recreate'"
        found.append(forbidden("spec.strategy.rollingUpdate", detail))
    return [*found, *pod_spec.problems(find(obj, "spec.template.spec", {}), "spec.template.spec")]


def _ready(obj: dict[str, Any]) -> str:
    return f"{find(obj, 'status.readyReplicas', 0)}/{find(obj, 'spec.replicas', 0)}"


_READY = (Column("Ready", "Pods that are ready, of those that are wanted."), reading(_ready))


def _number(name: str, path: str, description: str, kind: str = "integer") -> Any:
    return (Column(name, description, type=kind), value(path, 0))


DEPLOYMENTS = Resource(
    group="apps",
    name="deployments",
    singular="deployment",
    kind="Deployment",
    namespaced=True,
    short_names=("deploy",),
    categories=("all",),
    subresources=(SCALE, status_of("Deployment")),
    counts_generations=True,
    counted_metadata=("annotations",),
    defaults=_deployment_defaults,
    validate=_problems,
    **table(
        NAMED,
        _READY,
        _number("Up-to-date", "status.updatedReplicas", "Pods made from the present template.", "string"),
        _number("Available", "status.availableReplicas", "Pods ready for at least minReadySeconds.", "string"),
        AGED,
        *template_columns(),
        selected(),
    ),
)
REPLICA_SETS = Resource(
    group="apps",
    name="replicasets",
    singular="replicaset",
    kind="ReplicaSet",
    namespaced=True,
    short_names=("rs",),
    categories=("all",),
    subresources=(SCALE, status_of("ReplicaSet")),
    counts_generations=True,
    defaults=_replica_set_defaults,
    validate=_problems,
    **table(
        NAMED,
        _number("Desired", "spec.replicas", "Pods wanted."),
        _number("Current", "status.replicas", "Pods that exist."),
        _number("Ready", "status.readyReplicas", "Pods that are ready."),
        AGED,
        *template_columns(),
        selected(),
    ),
)
STATEFUL_SETS = Resource(
    group="apps",
    name="statefulsets",
    singular="statefulset",
    kind="StatefulSet",
    namespaced=True,
    short_names=("sts",),
    categories=("all",),
    subresources=(SCALE, status_of("StatefulSet")),
    counts_generations=True,
    defaults=_stateful_set_defaults,
    validate=_problems,
    **table(NAMED, _READY, AGED, *template_columns()),
)
DAEMON_SETS = Resource(
    group="apps",
    name="daemonsets",
    singular="daemonset",
    kind="DaemonSet",
    namespaced=True,
    short_names=("ds",),
    categories=("all",),
    subresources=(status_of("DaemonSet"),),
    counts_generations=True,
    defaults=_daemon_set_defaults,
    validate=_problems,
    **table(
        NAMED,
        _number("Desired", "status.desiredNumberScheduled", "Nodes that should run a pod of it."),
        _number("Current", "status.currentNumberScheduled", "Nodes that run one."),
        _number("Ready", "status.numberReady", "Nodes whose pod is ready."),
        _number("Up-to-date", "status.updatedNumberScheduled", "Nodes whose pod is of the present template."),
        _number("Available", "status.numberAvailable", "Nodes whose pod is available."),
        (
            Column("Node Selector", "Labels that a node must have."),
            reading(lambda obj: pairs(find(obj, "spec.template.spec.nodeSelector"))),
        ),
        AGED,
        *template_columns(),
        selected(),
    ),
)
