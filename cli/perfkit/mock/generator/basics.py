"""What every cluster has whatever runs on it: accounts, certificates, leases of nodes, roles, a storage class."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.nodes import node_name
from perfkit.mock.resources.access import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES
from perfkit.mock.resources.autoscaling import LEASES
from perfkit.mock.resources.configuration import SERVICE_ACCOUNTS
from perfkit.mock.resources.networking import NETWORK_POLICIES
from perfkit.mock.resources.volumes import STORAGE_CLASSES
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker
    from perfkit.mock.generator.workloads import Plan

_READING = ("get", "list", "watch")
_WRITING = (*_READING, "create", "delete", "deletecollection", "patch", "update")
_ROLES = {"admin": _WRITING, "cluster-admin": ("*",), "edit": _WRITING, "view": _READING}
_RBAC = "rbac.authorization.k8s.io"
_SYSTEM = "kube-"


def basics(plan: Plan, maker: Maker) -> dict[str, Collection]:
    """One collection a resource, by its qualified name."""
    spaces, roles = plan.namespaces, list(_ROLES)
    closed = [space for space in spaces if not space.startswith(_SYSTEM)]
    accounts = [f"{space}/default" for space in spaces]
    leases = [f"kube-node-lease/{node_name(number)}" for number in range(plan.nodes)]
    made: dict[str, Collection] = {}
    for resource, keys, build in (
        (SERVICE_ACCOUNTS, accounts, _nothing),
        (LEASES, leases, lambda number: _lease(number, maker.epoch)),
        (NETWORK_POLICIES, [f"{space}/default-deny" for space in closed], _policy),
        (STORAGE_CLASSES, ["standard"], _storage_class),
        (CLUSTER_ROLES, roles, lambda number: _role(roles[number])),
        (CLUSTER_ROLE_BINDINGS, ["cluster-admin"], _binding),
    ):
        made[resource.qualified] = maker.collection(resource, len(keys), partial(_numbered, keys), build)
    return made


def _numbered(keys: list[str]) -> dict[str, int]:
    return {key: number for number, key in enumerate(keys)}


def _nothing(_: int) -> dict[str, Any]:
    return {}


def _lease(number: int, epoch: int) -> dict[str, Any]:
    renewed = format_time(epoch - number % 10).replace("Z", ".000000Z")
    return {"spec": {"holderIdentity": node_name(number), "leaseDurationSeconds": 40, "renewTime": renewed}}


def _policy(_: int) -> dict[str, Any]:
    return {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}}


def _storage_class(_: int) -> dict[str, Any]:
    return {
        "metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "csi.example.com",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def _role(name: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": list(_ROLES[name])}],
    }


def _binding(_: int) -> dict[str, Any]:
    return {
        "subjects": [{"kind": "Group", "apiGroup": _RBAC, "name": "system:masters"}],
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
    }
