"""Nodes."""

from __future__ import annotations

from typing import Any

import msgspec

from perfkit.mock.resources.columns import AGE, NAME, age
from perfkit.mock.resources.description import Column, Meta, Resource, Row, proxy_of, status_of

_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE_LABEL = "kubernetes.io/role"


# What a node without a kubelet is not known to have.
_INFO = (
    *("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion"),
    *("kubeProxyVersion", "operatingSystem", "architecture"),
)


class _Condition(msgspec.Struct, frozen=True):
    type: str = ""
    status: str = ""


class _Address(msgspec.Struct, frozen=True):
    type: str = ""
    address: str = ""


class _Info(msgspec.Struct, frozen=True, rename="camel"):
    os_image: str = ""
    kernel_version: str = ""
    container_runtime_version: str = ""
    kubelet_version: str = ""


class _Spec(msgspec.Struct, frozen=True):
    unschedulable: bool = False


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    conditions: list[_Condition] = []
    addresses: list[_Address] = []
    node_info: _Info = _Info()


class _Node(msgspec.Struct, frozen=True):
    spec: _Spec = _Spec()
    status: _Status = _Status()


def _row(meta: Meta, node: _Node, now: int) -> Row:
    info = node.status.node_info
    system = (info.os_image, info.kernel_version, info.container_runtime_version)
    return Row(
        [
            meta.name,
            _state(node),
            _roles(meta),
            age(meta, now),
            info.kubelet_version,
            _address(node, "InternalIP"),
            _address(node, "ExternalIP"),
            *(cell or "<unknown>" for cell in system),
        ]
    )


def _state(node: _Node) -> str:
    ready = next((condition.status for condition in node.status.conditions if condition.type == "Ready"), None)
    state = "Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"
    return f"{state},SchedulingDisabled" if node.spec.unschedulable else state


def _roles(meta: Meta) -> str:
    roles = {label.removeprefix(_ROLE_PREFIX) for label in meta.labels if label.startswith(_ROLE_PREFIX)}
    roles.add(meta.labels.get(_ROLE_LABEL, ""))
    return ",".join(sorted(roles - {""})) or "<none>"


def _address(node: _Node, kind: str) -> str:
    return next((address.address for address in node.status.addresses if address.type == kind), "<none>")


def _defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("spec", {})
    status = obj.setdefault("status", {})
    status.setdefault("daemonEndpoints", {"kubeletEndpoint": {"Port": 0}})
    status.setdefault("nodeInfo", dict.fromkeys(_INFO, ""))


NODES = Resource(
    name="nodes",
    singular="node",
    kind="Node",
    namespaced=False,
    short_names=("no",),
    subresources=(proxy_of("Node"), status_of("Node")),
    assigned=("spec",),
    defaults=_defaults,
    columns=(
        NAME,
        Column("Status", "Whether the node is ready and takes new pods."),
        Column("Roles", "The node's roles, from its labels."),
        AGE,
        Column("Version", "Version of the kubelet."),
        Column("Internal-IP", "Address within the cluster.", 1),
        Column("External-IP", "Address outside the cluster.", 1),
        Column("OS-Image", "Operating system.", 1),
        Column("Kernel-Version", "Version of the kernel.", 1),
        Column("Container-Runtime", "Name and version of the container runtime.", 1),
    ),
    view=_Node,
    row=_row,
    fields={"metadata.name": "", "spec.unschedulable": "false"},
)
