"""Nodes: what they have, what runs on them and what that takes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.quantity import Quantity
from perfkit.client.ui.describe.containers import quantities
from perfkit.client.ui.values import (
    NONE,
    UNSET,
    annotated,
    at,
    given,
    labels,
    listed,
    moment,
    said,
    several,
    since,
    table,
    tables,
)
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perfkit.client.ui.session import Related

Amounts = dict[str, Quantity]

_ROLE: Final = "node-role.kubernetes.io/"
_LIVE: Final = "status.phase!=Succeeded,status.phase!=Failed"
_SYSTEM: Final = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)


def node(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A node, its lease and its pods."""
    metadata, spec, status = (table(whole.get(key)) for key in ("metadata", "spec", "status"))
    yield f"Name:\t{said(metadata.get('name'))}"
    yield f"Roles:\t{','.join(_roles(table(metadata, 'labels'))) or NONE}"
    yield from labels("Labels", metadata.get("labels"))
    yield from annotated("Annotations", metadata.get("annotations"))
    yield f"CreationTimestamp:\t{moment(metadata.get('creationTimestamp'))}"
    taints = sorted(tables(spec, "taints"), key=lambda taint: f"{said(taint.get('effect'))},{said(taint.get('key'))}")
    yield from several("Taints", map(_taint, taints))
    yield f"Unschedulable:\t{said(spec.get('unschedulable') is True)}"
    yield from _lease(said(metadata.get("name")), related)
    yield from _conditions(status)
    yield from (
        "Addresses:",
        *(f"  {said(a.get('type'))}:\t{said(a.get('address'))}" for a in tables(status, "addresses")),
    )
    for title, key in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        if table(status, key):
            yield f"{title}:"
            yield from quantities(table(status, key), depth=1)
    yield "System Info:"
    yield from (f"  {title}:\t{said(at(status, f'nodeInfo.{key}'))}" for title, key in _SYSTEM)
    ranges = ",".join(map(said, listed(spec, "podCIDRs")))
    yield from given(("PodCIDR", spec.get("podCIDR")), ("PodCIDRs", ranges), ("ProviderID", spec.get("providerID")))
    yield from _load(whole, related)


def _roles(tags: Mapping[str, Any]) -> list[str]:
    named = {key.removeprefix(_ROLE) for key in tags if key.startswith(_ROLE)}
    return sorted(filter(None, named | {said(tags.get("kubernetes.io/role"))}))


def _taint(taint: Mapping[str, Any]) -> str:
    key, value, effect = (said(taint.get(name)) for name in ("key", "value", "effect"))
    return key + (f"={value}" if value else "") + (f":{effect}" if effect else "")


def _lease(name: str, related: Related) -> Iterator[str]:
    try:
        lease = related.item(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}")
    except PerfkitError as error:
        yield f"Lease:\tFailed to get lease: {error.message}"
        return
    yield "Lease:"
    yield f"  HolderIdentity:\t{said(at(lease, 'spec.holderIdentity'), UNSET)}"
    yield f"  AcquireTime:\t{moment(at(lease, 'spec.acquireTime'), UNSET)}"
    yield f"  RenewTime:\t{moment(at(lease, 'spec.renewTime'), UNSET)}"


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    conditions = tables(status.get("conditions"))
    if not conditions:
        return
    yield "Conditions:"
    heads = ("Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message")
    yield "  " + "\t".join(heads)
    yield "  " + "\t".join("-" * len(head) for head in heads)
    for each in conditions:
        times = [moment(each.get(key)) for key in ("lastHeartbeatTime", "lastTransitionTime")]
        kind, state, reason, message = (said(each.get(key)) for key in ("type", "status", "reason", "message"))
        yield "  " + " \t".join([kind, state, *times, reason, message])


# ---- what runs on it


def _load(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    status = table(whole.get("status"))
    allocatable = table(status, "allocatable") or table(status, "capacity")
    have = {name: Quantity.of(each) for name, each in allocatable.items()}
    try:
        pods = list(
            related.items("/api/v1/pods", fields=f"spec.nodeName={said(at(whole.get('metadata'), 'name'))},{_LIVE}")
        )
    except PerfkitError as error:
        yield f"Pods:\t{error.message}"
        return
    asked = [(pod, amounts(pod, "requests"), amounts(pod, "limits")) for pod in pods]
    yield f"Non-terminated Pods:\t({len(pods)} in total)"
    yield "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge"
    yield "  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---"
    yield from (_pod(pod, requests, limits, have) for pod, requests, limits in asked)
    yield from ("Allocated resources:", "  (Total limits may be over 100 percent, i.e., overcommitted.)")
    yield from ("  Resource\tRequests\tLimits", "  --------\t--------\t------")
    requested, limited = _sum(each for _, each, _ in asked), _sum(each for _, _, each in asked)
    for name in ("cpu", "memory", "ephemeral-storage", *sorted(n for n in have if n.startswith("hugepages-"))):
        yield f"  {name}\t{_share(requested, have, name)}\t{_share(limited, have, name)}"
    for name in sorted(set(have) - _STANDARD):
        if not name.startswith("hugepages-"):
            yield f"  {name}\t{requested[name]}\t{limited[name]}"


_STANDARD: Final = {"cpu", "memory", "ephemeral-storage", "pods"}


def _pod(pod: Mapping[str, Any], requests: Amounts, limits: Amounts, have: Amounts) -> str:
    metadata = table(pod.get("metadata"))
    shares = [_share(of, have, name) for name in ("cpu", "memory") for of in (requests, limits)]
    name, namespace = said(metadata.get("name")), said(metadata.get("namespace"))
    return "\t".join([f"  {namespace}", name, "", *shares, since(metadata.get("creationTimestamp"))])


def _share(of: Amounts, have: Amounts, name: str) -> str:
    """``500m (6%)``."""
    amount, whole = of.get(name, Quantity()), have.get(name, Quantity())
    unit = "milli" if name == "cpu" else "whole"
    part, most = getattr(amount, unit), getattr(whole, unit)
    return f"{amount} ({int(part / most * 100) if most else 0}%)"


def _sum(several_amounts: Iterable[Amounts]) -> Amounts:
    total: Amounts = defaultdict(Quantity)
    for each in several_amounts:
        for name, amount in each.items():
            total[name] += amount
    return total


def _most(first: Amounts, second: Amounts) -> Amounts:
    return {name: _larger(first.get(name), second.get(name)) for name in {**first, **second}}


def _larger(first: Quantity | None, second: Quantity | None) -> Quantity:
    return max((each for each in (first, second) if each is not None), key=lambda each: each.nanos)


def amounts(pod: Mapping[str, Any], key: str) -> Amounts:
    """What a pod ``requests`` or ``limits``: all that run together, or an init container where that is more."""
    spec = table(pod.get("spec"))
    total = _sum(_of(container, key) for container in tables(spec, "containers"))
    sidecars: Amounts = {}
    most: Amounts = {}
    for init in tables(spec, "initContainers"):
        if init.get("restartPolicy") == "Always":
            sidecars = _sum((sidecars, _of(init, key)))
            most = _most(most, sidecars)
        else:
            most = _most(most, _sum((sidecars, _of(init, key))))
    total = _most(_sum((total, sidecars)), most)
    total |= _of(spec, key)
    overhead = {name: Quantity.of(each) for name, each in table(spec, "overhead").items()}
    if key == "limits":
        overhead = {name: each for name, each in overhead.items() if name in total}
    return _sum((total, overhead))


def _of(holder: Mapping[str, Any], key: str) -> Amounts:
    return {name: Quantity.of(each) for name, each in table(holder, f"resources.{key}").items()}
