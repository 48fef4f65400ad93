"""The strategic merge patch that leads from one object to another, as ``kubectl apply`` would make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perfkit.mock.schema.types import Schema


def two_way(schema: Schema | None, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The patch."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        known = None if schema is None else schema.child(name)
        if name in before and before[name] == value:
            continue
        if isinstance(value, dict) and isinstance(before.get(name), dict):
            patch[name] = two_way(known, before[name], value)
        elif isinstance(value, list) and before.get(name) is not None and known and "merge" in known.strategies:
            patch |= _list(known, name, before[name], value)
        else:
            patch[name] = value
    return patch


def _list(schema: Schema, name: str, before: list[Any], after: list[Any]) -> dict[str, Any]:
    key = schema.merge_key
    if not key:
        gone = [item for item in before if item not in after]
        return {name: after, f"$deleteFromPrimitiveList/{name}": gone, f"$setElementOrder/{name}": after}
    old = {item[key]: item for item in before}
    new = {item[key]: item for item in after}
    changed = [{**two_way(schema.items, old[at], item), key: at} if at in old else item for at, item in new.items()]
    gone = [{"$patch": "delete", key: at} for at in old if at not in new]
    return {name: changed + gone, f"$setElementOrder/{name}": [{key: at} for at in new]}
