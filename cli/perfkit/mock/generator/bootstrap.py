"""What an API server makes of itself when it starts: priorities, flows, API services, the range of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.collection import Listed, Row
from perfkit.mock.generator.template import Template
from perfkit.mock.resources.addresses import SERVICE_CIDRS
from perfkit.mock.resources.classes import PRIORITY_CLASSES
from perfkit.mock.resources.control_plane import API_SERVICES, COMPONENT_STATUSES, LOCAL
from perfkit.mock.resources.flow_control import FLOW_SCHEMAS, PRIORITY_LEVELS
from perfkit.mock.resources.groups import PRIORITIES
from perfkit.mock.resources.metrics import METRICS_GROUP
from perfkit.mock.resources.registry import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker

_SERVICES = "10.96.0.0/12"
_CLASSES = {
    "system-cluster-critical": (
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    "system-node-critical": (
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
}
# name: nominal shares, lendable percent, queues and hand size (none: what is above is rejected)
_LEVELS: dict[str, tuple[int, int, tuple[int, int] | None]] = {
    "catch-all": (5, 0, None),
    "global-default": (20, 50, (128, 6)),
    "leader-election": (10, 0, (16, 4)),
    "node-high": (40, 25, (64, 6)),
    "system": (30, 33, (64, 6)),
    "workload-high": (40, 50, (128, 6)),
    "workload-low": (100, 90, (128, 6)),
}
_EVERYONE = ("group:system:unauthenticated", "group:system:authenticated")
_MANAGER, _SCHEDULER = "user:system:kube-controller-manager", "user:system:kube-scheduler"
_SYSTEM_ACCOUNTS = "account:kube-system"
_ALL = (["*"], ["*"], ["*"], True)  # verbs, groups, resources, whether those of the cluster too
_LEASES = ("coordination.k8s.io", "leases")
# name: level, precedence, what makes a flow, subjects, rules for resources, verbs and paths of another kind
_FLOWS: dict[str, tuple[str, int, str, tuple[str, ...], list[Any], tuple[list[str], list[str]] | None]] = {
    "catch-all": ("catch-all", 10000, "ByUser", _EVERYONE, [_ALL], (["*"], ["*"])),
    "exempt": ("exempt", 1, "", ("group:system:masters",), [_ALL], (["*"], ["*"])),
    "global-default": ("global-default", 9900, "ByUser", _EVERYONE, [_ALL], (["*"], ["*"])),
    "kube-controller-manager": ("workload-high", 800, "ByNamespace", (_MANAGER,), [_ALL], (["*"], ["*"])),
    "kube-scheduler": ("workload-high", 800, "ByNamespace", (_SCHEDULER,), [_ALL], (["*"], ["*"])),
    "kube-system-service-accounts": ("workload-high", 900, "ByNamespace", (_SYSTEM_ACCOUNTS,), [_ALL], (["*"], ["*"])),
    "probes": ("exempt", 2, "", _EVERYONE, [], (["get"], ["/healthz", "/readyz", "/livez"])),
    "service-accounts": ("workload-low", 9000, "ByUser", ("group:system:serviceaccounts",), [_ALL], (["*"], ["*"])),
    "system-leader-election": (
        "leader-election",
        100,
        "ByUser",
        (_MANAGER, _SCHEDULER, _SYSTEM_ACCOUNTS),
        [(["get", "create", "update"], [_LEASES[0]], [_LEASES[1]], False)],
        None,
    ),
    "system-node-high": (
        "node-high",
        400,
        "ByUser",
        ("group:system:nodes",),
        [(["*"], [""], ["nodes", "nodes/status"], True), (["*"], [_LEASES[0]], [_LEASES[1]], False)],
        None,
    ),
    "system-nodes": ("system", 500, "ByUser", ("group:system:nodes",), [_ALL], (["*"], ["*"])),
}
_UPDATED = {"annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}}


def bootstrap(maker: Maker, missing: Container[str]) -> dict[str, Collection]:
    """One collection a resource, by its qualified name. Groups that are ``missing`` have no API service."""
    made: dict[str, Collection] = {COMPONENT_STATUSES.qualified: _components()}
    for resource, objects in (
        (PRIORITY_CLASSES, {name: _priority(name) for name in _CLASSES}),
        (SERVICE_CIDRS, {"kubernetes": _range(maker.time)}),
        (PRIORITY_LEVELS, {"exempt": _exempt(), **{name: _level(name) for name in _LEVELS}}),
        (FLOW_SCHEMAS, {name: _flow(name, maker.time) for name in _FLOWS}),
        (API_SERVICES, dict(_services(maker.time, missing))),
    ):
        made[resource.qualified] = maker.listed(resource, objects)
    return made


def _components() -> Listed:
    """They have neither UIDs nor versions: the API server asks when it is asked."""
    template = Template(
        [b'{"metadata":{"name":"', b'"},"conditions":[{"type":"Healthy","status":"True","message":"ok"}]}'], ["name"]
    )
    names = ("controller-manager", "etcd-0", "scheduler")
    facts = (COMPONENT_STATUSES.facts({"metadata": {"name": name}}) for name in names)
    return Listed(template, [Row(name, {"name": name.encode()}, fact) for name, fact in zip(names, facts, strict=True)])


def _priority(name: str) -> dict[str, Any]:
    value, description = _CLASSES[name]
    return {"value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority"}


def _range(time: str) -> dict[str, Any]:
    message = "Kubernetes default Service CIDR is ready"
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": time, "reason": "", "message": message}
    return {"spec": {"cidrs": [_SERVICES]}, "status": {"conditions": [ready]}}


def _exempt() -> dict[str, Any]:
    exempt = {"nominalConcurrencyShares": 0, "lendablePercent": 0}
    return {"metadata": _UPDATED, "spec": {"type": "Exempt", "exempt": exempt}, "status": {}}


def _level(name: str) -> dict[str, Any]:
    shares, lendable, queued = _LEVELS[name]
    response: dict[str, Any] = {"type": "Reject"}
    if queued:
        response = {"type": "Queue", "queuing": {"queues": queued[0], "handSize": queued[1], "queueLengthLimit": 50}}
    limited = {"nominalConcurrencyShares": shares, "limitResponse": response, "lendablePercent": lendable}
    return {"metadata": _UPDATED, "spec": {"type": "Limited", "limited": limited}, "status": {}}


def _flow(name: str, time: str) -> dict[str, Any]:
    level, precedence, flows, subjects, resources, paths = _FLOWS[name]
    rule: dict[str, Any] = {"subjects": [_subject(subject) for subject in subjects]}
    if resources:
        rule["resourceRules"] = [_rule(*each) for each in resources]
    if paths:
        rule["nonResourceRules"] = [{"verbs": paths[0], "nonResourceURLs": paths[1]}]
    message = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" and it exists'
    found = {"status": "False", "lastTransitionTime": time, "reason": "Found", "message": message}
    spec = {
        "priorityLevelConfiguration": {"name": level},
        "matchingPrecedence": precedence,
        **({"distinguisherMethod": {"type": flows}} if flows else {}),
        "rules": [rule],
    }
    return {"metadata": _UPDATED, "spec": spec, "status": {"conditions": [{"type": "Dangling", **found}]}}


def _subject(written: str) -> dict[str, Any]:
    kind, _, name = written.partition(":")
    if kind == "account":
        return {"kind": "ServiceAccount", "serviceAccount": {"namespace": name, "name": "*"}}
    return {"kind": kind.capitalize(), kind: {"name": name}}


def _rule(verbs: list[str], groups: list[str], resources: list[str], cluster: bool) -> dict[str, Any]:  # noqa: FBT001 - a field of a rule
    scope = {"clusterScope": True} if cluster else {}
    return {"verbs": verbs, "apiGroups": groups, "resources": resources, **scope, "namespaces": ["*"]}


def _services(time: str, missing: Container[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One a group version that is served; of metrics a service serves it."""
    served = (resource for resource in RESOURCES if resource.group not in missing)
    places = {(resource.group, resource.version) for resource in served} - {(API_SERVICES.group, "v1")}
    for group, version in sorted(places):
        local = group != METRICS_GROUP
        spec = {
            **({} if local else {"service": {"namespace": "kube-system", "name": "metrics-server", "port": 443}}),
            **({"group": group} if group else {}),
            "version": version,
            "groupPriorityMinimum": PRIORITIES[group],
            "versionPriority": _version_priority(group, version),
            **({} if local else {"insecureSkipTLSVerify": True}),
        }
        passed = {**LOCAL, "reason": "Passed", "message": "all checks passed"}
        condition = {**(LOCAL if local else passed), "lastTransitionTime": time}
        marked = {"labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"}} if local else {}
        yield f"{version}.{group}", {"metadata": marked, "spec": spec, "status": {"conditions": [condition]}}


def _version_priority(group: str, version: str) -> int:
    known = {("", "v1"): 1, ("autoscaling", "v2"): 30, (METRICS_GROUP, "v1beta1"): 90}
    known |= {("flowcontrol.apiserver.k8s.io", "v1"): 21, ("resource.k8s.io", "v1"): 21}
    return known.get((group, version), 100 if group == METRICS_GROUP else 15)
