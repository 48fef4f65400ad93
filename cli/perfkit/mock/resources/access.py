"""Roles and their bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, table, value
from perfkit.mock.resources.description import Column, Resource
from perfkit.mock.resources.rules import find, immutable, path_name, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "rbac.authorization.k8s.io"
_CREATED = (Column("Created At", "When it was made."), value("metadata.creationTimestamp", ""))


def _binding_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("roleRef", {}).setdefault("apiGroup", _GROUP)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in {"User", "Group"}:
            subject.setdefault("apiGroup", _GROUP)


def _binding_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = [] if find(obj, "roleRef.name") else [required("roleRef.name")]
    return [*found, *immutable("roleRef", obj, before)]


def _role(obj: dict[str, Any]) -> str:
    return f"{find(obj, 'roleRef.kind', '')}/{find(obj, 'roleRef.name', '')}"


def _subjects(kind: str) -> Any:
    def names(obj: dict[str, Any]) -> str:
        found = [subject for subject in obj.get("subjects") or () if subject.get("kind") == kind]
        return ", ".join(f"{s['namespace']}/{s['name']}" if s.get("namespace") else s["name"] for s in found)

    return reading(names)


_BINDING = table(
    NAMED,
    (Column("Role", "The role that is granted."), reading(_role)),
    AGED,
    (Column("Users", "Users it is granted to.", 1), _subjects("User")),
    (Column("Groups", "Groups it is granted to.", 1), _subjects("Group")),
    (Column("ServiceAccounts", "Service accounts it is granted to.", 1), _subjects("ServiceAccount")),
)
ROLES = Resource(
    group=_GROUP,
    name="roles",
    singular="role",
    kind="Role",
    namespaced=True,
    named=path_name,
    **table(NAMED, _CREATED),
)
ROLE_BINDINGS = Resource(
    group=_GROUP,
    name="rolebindings",
    singular="rolebinding",
    kind="RoleBinding",
    namespaced=True,
    named=path_name,
    defaults=_binding_defaults,
    validate=_binding_problems,
    **_BINDING,
)
CLUSTER_ROLES = Resource(
    group=_GROUP,
    name="clusterroles",
    singular="clusterrole",
    kind="ClusterRole",
    namespaced=False,
    named=path_name,
    fields={"metadata.name": ""},
    **table(NAMED, _CREATED),
)
CLUSTER_ROLE_BINDINGS = Resource(
    group=_GROUP,
    name="clusterrolebindings",
    singular="clusterrolebinding",
    kind="ClusterRoleBinding",
    namespaced=False,
    named=path_name,
    fields={"metadata.name": ""},
    defaults=_binding_defaults,
    validate=_binding_problems,
    **_BINDING,
)
