"""Roles and their bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, CREATED, NAMED, reading, table
from perfkit.mock.resources.description import Column, Resource
from perfkit.mock.resources.rules import find, immutable, path_name, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "rbac.authorization.k8s.io"


def _role_defaults(obj: dict[str, Any]) -> None:
    obj["rules"] = obj.get("rules") or None


def _role_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    return [problem for number, rule in enumerate(obj["rules"] or ()) for problem in _rule_problems(rule, number)]


def _rule_problems(rule: Mapping[str, Any], number: int) -> Iterator[Problem]:
    if not rule.get("nonResourceURLs"):
        for field, thing in (("apiGroups", "api group"), ("resources", "resource")):
            if not rule.get(field):
                yield required(f"rules[{number}].{field}", f"resource rules must supply at least one {thing}")
    if not rule.get("verbs"):
        yield required(f"rules[{number}].verbs")


def _binding_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("roleRef", {}).setdefault("apiGroup", _GROUP)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in {"User", "Group"}:
            subject.setdefault("apiGroup", _GROUP)


def _binding_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    kinds = ("Role", "ClusterRole") if find(obj, "metadata.namespace") else ("ClusterRole",)
    kind = find(obj, "roleRef.kind", "")
    found = [] if kind in kinds else [unsupported("roleRef.kind", kind, kinds)]
    found += [] if find(obj, "roleRef.name") else [required("roleRef.name")]
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
    defaults=_role_defaults,
    validate=_role_problems,
    **table(NAMED, CREATED),
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
    defaults=_role_defaults,
    validate=_role_problems,
    **table(NAMED, CREATED),
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
