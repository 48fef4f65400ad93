"""Which fields of an object a row keeps: for the resources that people look at most, and for any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Field(msgspec.Struct, frozen=True, kw_only=True):
    r"""One field of a row: what is decoded of an object, and what is made of it.

    ``paths`` are dotted (``spec.nodeName``; a dot inside a key is written ``\.``), each with the type that is decoded;
    None stands for whatever an object has not. Without ``make`` the one decoded value is kept, as ``""``, 0 or False
    where there is none. ``shared`` strings repeat from object to object and are kept once.
    """

    name: str
    paths: dict[str, Any]
    make: Callable[..., Any] | None = None
    type: Any = str
    shared: bool = False


def text(name: str, path: str, *, shared: bool = False) -> Field:
    """A string of the object."""
    return Field(name=name, paths={path: str}, shared=shared)


def number(name: str, path: str) -> Field:
    """A whole number of the object."""
    return Field(name=name, paths={path: int}, type=int)


def flag(name: str, path: str) -> Field:
    """A truth value of the object."""
    return Field(name=name, paths={path: bool}, type=bool)


class Owner(msgspec.Struct, gc=False):
    """Of an object's ownerReferences."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class Counted(msgspec.Struct, gc=False):
    """Only counted."""


class Condition(msgspec.Struct, gc=False):
    """Of a status."""

    type: str = ""
    status: str = ""


class _Cause(msgspec.Struct, gc=False):
    reason: str | None = None


class _State(msgspec.Struct, gc=False):
    waiting: _Cause | None = None
    terminated: _Cause | None = None


class ContainerStatus(msgspec.Struct, gc=False, rename="camel"):
    """Of a pod's status."""

    ready: bool = False
    restart_count: int = 0
    state: _State | None = None


class Port(msgspec.Struct, gc=False):
    """Of a service."""

    port: int = 0
    protocol: str = "TCP"


def owner(owners: list[Owner] | None) -> str:
    """``ReplicaSet/web-5d4`` of the controller, empty where there is none."""
    for each in owners or ():  # generators would cost as much again in what is made for every event
        if each.controller:
            return f"{each.kind}/{each.name}"
    return ""


def count(things: list[Any] | dict[str, Any] | None) -> int:
    """How many."""
    return len(things or ())


def _reason(own: str | None, statuses: list[ContainerStatus] | None) -> str:
    """The pod's, e.g. Evicted; else that of the first container that waits or has ended."""
    if own:
        return own
    for status in statuses or ():
        cause = status.state and (status.state.waiting or status.state.terminated)
        if cause:
            return cause.reason or ""
    return ""


def _ready(statuses: list[ContainerStatus] | None) -> int:
    ready = 0
    for status in statuses or ():
        ready += status.ready
    return ready


def _restarts(statuses: list[ContainerStatus] | None) -> int:
    restarts = 0
    for status in statuses or ():
        restarts += status.restart_count
    return restarts


def _node_status(conditions: list[Condition] | None, unschedulable: bool | None) -> str:  # noqa: FBT001 - made of two values
    ready = any(each.type == "Ready" and each.status == "True" for each in conditions or ())
    return ("Ready" if ready else "NotReady") + (",SchedulingDisabled" if unschedulable else "")


def _roles(labels: msgspec.Raw | None) -> str:
    prefix = "node-role.kubernetes.io/"
    names = msgspec.json.decode(labels, type=dict[str, str]) if labels else ()
    return ",".join(sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix)))


def _ports(ports: list[Port] | None) -> str:
    return ",".join(f"{each.port}/{each.protocol}" for each in ports or ())


def _finished(conditions: list[Condition] | None) -> str:
    done = (each.type for each in conditions or () if each.status == "True" and each.type in {"Complete", "Failed"})
    return next(done, "Running")


OWNER: Final = Field(name="owner", paths={"metadata.ownerReferences": list[Owner]}, make=owner, shared=True)
_STATUSES: Final = {"status.containerStatuses": list[ContainerStatus]}
_CONDITIONS: Final = {"status.conditions": list[Condition]}

_PODS: Final = (
    text("phase", "status.phase", shared=True),
    Field(name="reason", paths={"status.reason": str, **_STATUSES}, make=_reason, shared=True),
    Field(name="ready", paths=_STATUSES, make=_ready, type=int),
    Field(name="containers", paths={"spec.containers": list[Counted]}, make=count, type=int),
    Field(name="restarts", paths=_STATUSES, make=_restarts, type=int),
    text("node", "spec.nodeName", shared=True),
    text("ip", "status.podIP"),
    OWNER,
    text("qos", "status.qosClass", shared=True),
    text("service_account", "spec.serviceAccountName", shared=True),
    number("priority", "spec.priority"),
    text("deleted", "metadata.deletionTimestamp"),
)
_NODES: Final = (
    Field(name="status", paths={**_CONDITIONS, "spec.unschedulable": bool}, make=_node_status, shared=True),
    Field(name="roles", paths={"metadata.labels": msgspec.Raw}, make=_roles, shared=True),
    text("version", "status.nodeInfo.kubeletVersion", shared=True),
    text("cpu", "status.allocatable.cpu", shared=True),
    text("memory", "status.allocatable.memory", shared=True),
    text("os", "status.nodeInfo.osImage", shared=True),
)
_EVENTS: Final = (
    text("type", "type", shared=True),
    text("reason", "reason", shared=True),
    text("kind", "involvedObject.kind", shared=True),
    text("object", "involvedObject.name", shared=True),
    text("message", "message", shared=True),
    number("count", "count"),
    text("last", "lastTimestamp"),
)

_SETS: Final = (number("desired", "spec.replicas"), number("ready", "status.readyReplicas"))

FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "pods": _PODS,
    "nodes": _NODES,
    "events": _EVENTS,
    "events.events.k8s.io": (
        text("type", "type", shared=True),
        text("reason", "reason", shared=True),
        text("kind", "regarding.kind", shared=True),
        text("object", "regarding.name", shared=True),
        text("message", "note", shared=True),
    ),
    "namespaces": (text("phase", "status.phase", shared=True),),
    "deployments.apps": (
        *_SETS,
        number("updated", "status.updatedReplicas"),
        number("available", "status.availableReplicas"),
    ),
    "replicasets.apps": (*_SETS, OWNER),
    "statefulsets.apps": _SETS,
    "daemonsets.apps": (
        number("desired", "status.desiredNumberScheduled"),
        number("ready", "status.numberReady"),
        number("available", "status.numberAvailable"),
    ),
    "jobs.batch": (
        Field(name="status", paths=_CONDITIONS, make=_finished, shared=True),
        number("active", "status.active"),
        number("succeeded", "status.succeeded"),
        number("failed", "status.failed"),
        OWNER,
    ),
    "cronjobs.batch": (
        text("schedule", "spec.schedule", shared=True),
        flag("suspended", "spec.suspend"),
        text("last", "status.lastScheduleTime"),
    ),
    "services": (
        text("type", "spec.type", shared=True),
        text("ip", "spec.clusterIP"),
        Field(name="ports", paths={"spec.ports": list[Port]}, make=_ports, shared=True),
    ),
    "ingresses.networking.k8s.io": (text("ingress_class", "spec.ingressClassName", shared=True),),
    "configmaps": (Field(name="keys", paths={"data": dict[str, msgspec.Raw]}, make=count, type=int),),
    "secrets": (
        text("type", "type", shared=True),
        Field(name="keys", paths={"data": dict[str, msgspec.Raw]}, make=count, type=int),
    ),
    "persistentvolumeclaims": (
        text("phase", "status.phase", shared=True),
        text("volume", "spec.volumeName"),
        text("storage_class", "spec.storageClassName", shared=True),
    ),
    "persistentvolumes": (
        text("phase", "status.phase", shared=True),
        text("claim", "spec.claimRef.name"),
        text("storage_class", "spec.storageClassName", shared=True),
    ),
}
"""By ``plural`` or ``plural.group``."""


def fields_of(resource: str) -> tuple[Field, ...]:
    """What rows of a resource (``plural.group``) keep beside what every row has."""
    return FIELDS.get(resource, (OWNER,))
