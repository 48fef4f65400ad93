"""``managedFields`` as the API server keeps them: which manager owns which field, as a set of paths."""

from __future__ import annotations

from typing import Any

# Lists whose members are told apart by these keys (the API's listMapKey); all others are owned as a whole.
_MAP_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "podIPs": ("ip",),
    "addresses": ("type",),
}
_ATOMIC = frozenset({"fieldRef", "resourceFieldRef", "secretKeyRef"})
_ATOMIC_MEMBERS = frozenset({"ownerReferences"})
# Fields that no manager owns as such, only what is within them.
_UNOWNED = frozenset({"metadata", "spec", "status", "containers", "initContainers", "conditions"})


def managed_entry(
    manager: str, time: str, fields: dict[str, Any], subresource: str = "", api_version: str = "v1"
) -> dict[str, Any]:
    """One entry: ``fields`` are the parts of the object that ``manager`` wrote."""
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": api_version,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": field_set(fields),
    }
    return {**entry, "subresource": subresource} if subresource else entry


def field_set(value: dict[str, Any]) -> dict[str, Any]:
    """The paths within ``value`` in FieldsV1 form: ``f:`` before a field, ``k:`` before the keys of a list's member."""
    return {f"f:{name}": _owned(name, member) for name, member in value.items()}


def _owned(name: str, value: Any) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if isinstance(value, dict) and name not in _ATOMIC:
        members = field_set(value)
    elif isinstance(value, list) and name in _MAP_KEYS:
        keys = _MAP_KEYS[name]
        atomic = name in _ATOMIC_MEMBERS
        members = {_member(keys, item): {} if atomic else {".": {}, **field_set(item)} for item in value}
    if not members or name in _UNOWNED:
        return members
    return {".": {}, **members}


def _member(keys: tuple[str, ...], item: dict[str, Any]) -> str:
    pairs = ",".join(f'"{key}":{_scalar(item[key])}' for key in keys if key in item)
    return f"k:{{{pairs}}}"


def _scalar(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
