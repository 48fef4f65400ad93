"""Strategic merge patch: a merge patch that knows by which key the elements of a list are told apart.

Source of the rules: Kubernetes' design proposals on strategic merge patch and on preserving order in it, and the public
behaviour of ``kubectl apply``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.patches import PatchMalformed, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.schema.types import Schema

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def strategic_merge_patch(schema: Schema, obj: Mapping[str, Any], patch: Any) -> dict[str, Any]:
    """The object after a strategic merge patch. Raises PatchMalformed."""
    if not isinstance(patch, dict):
        raise PatchMalformed("the patch is no JSON object")
    return _merged_map(schema, obj, patch)


def _merged_map(schema: Schema | None, obj: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    match patch.get(_DIRECTIVE, "merge"):
        case "replace":
            return {name: value for name, value in patch.items() if name != _DIRECTIVE}
        case "delete":
            return {}
        case "merge":
            pass
        case unknown:
            raise PatchMalformed(f"unknown patch type found in: {unknown}")
    merged = _retained(obj, patch)
    for name, value in patch.items():
        if not name.startswith("$"):
            _merge_field(schema, merged, name, value)
    for prefix, change in ((_DELETE, _without), (_ORDER, _ordered)):
        for name, value in patch.items():
            if name.startswith(prefix):
                field = name.removeprefix(prefix)
                _change_list(schema, merged, field, change, _List(value, patch.get(field), obj.get(field)))
    return merged


def _retained(obj: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that ``$retainKeys`` leaves: of a union, only the member that is set now."""
    names = patch.get(_RETAIN)
    if names is None:
        return dict(obj)
    if not isinstance(names, list):
        raise PatchMalformed("invalid patch format of retainKeys")
    if any(name not in names for name in patch if not name.startswith("$") and patch[name] is not None):
        raise PatchMalformed("retainKeys list doesn't contain all keys of the patch")
    return {name: value for name, value in obj.items() if name in names}


def _merge_field(schema: Schema | None, merged: dict[str, Any], name: str, value: Any) -> None:
    known = None if schema is None else schema.child(name)
    present = merged.get(name)
    if value is None:
        merged.pop(name, None)
    elif isinstance(value, dict) and isinstance(present, dict) and not _replaces(known):
        merged[name] = _merged_map(known, present, value)
    elif isinstance(value, list) and isinstance(present, list) and known is not None and "merge" in known.strategies:
        merged[name] = _merged_list(known, present, value)
    else:
        merged[name] = _plain(value)


def _replaces(schema: Schema | None) -> bool:
    return schema is not None and "replace" in schema.strategies


def _merged_list(schema: Schema, present: list[Any], patch: list[Any]) -> list[Any]:
    if not all(isinstance(item, dict) for item in [*present, *patch]):
        if any(isinstance(item, dict | list) for item in [*present, *patch]):
            raise PatchMalformed("invalid patch format of primitive list")
        return _in_patch_order("", list(dict.fromkeys([*present, *patch])), patch, present)
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [item for item in patch if _DIRECTIVE not in item]
    merged = list(present)
    for item in patch:
        _merge_item(schema, merged, item)
    return _in_patch_order(schema.merge_key, merged, [item for item in patch if not _deletes(item)], present)


def _in_patch_order(merge_key: str, merged: list[Any], patch: list[Any], present: list[Any]) -> list[Any]:
    """What a patch names stands in its order, new elements before those that only the server knows."""
    return _ordered(merge_key, merged, _List(patch, patch, present))


def _merge_item(schema: Schema, merged: list[Any], item: dict[str, Any]) -> None:
    directive = item.get(_DIRECTIVE, "merge")
    if directive not in {"merge", "delete"}:
        raise PatchMalformed(f"unknown patch type found in: {directive}")
    key = _key(schema, item)
    if directive == "delete":
        merged[:] = [other for other in merged if not same(other.get(schema.merge_key), key)]
        return
    for index, other in enumerate(merged):
        if same(other.get(schema.merge_key), key):
            merged[index] = _merged_map(schema.items, other, item)
            return
    merged.append(_plain(item))


def _key(schema: Schema, item: dict[str, Any]) -> Any:
    if not schema.merge_key:
        raise PatchMalformed(f"cannot merge lists without merge key for type {schema.items and schema.items.go_name}")
    if schema.merge_key not in item:
        raise PatchMalformed(f"map: {item} does not contain declared merge key: {schema.merge_key}")
    return item[schema.merge_key]


def _plain(value: Any) -> Any:
    """A value that was not there before: without directives, and without nulls, which delete."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if not name.startswith("$") and item is not None}
        return {name: _plain(item) for name, item in kept.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value if not (isinstance(item, dict) and _DIRECTIVE in item)]
    return value


class _List:
    """A directive's ``named`` elements of a list, the ``patch`` of that list, and the list ``before`` it, if any."""

    def __init__(self, named: Any, patch: Any, before: Any) -> None:
        if not isinstance(named, list):
            raise PatchMalformed("invalid patch format of primitive list")
        self.named = named
        self.patch = patch if isinstance(patch, list) else []
        self.before = before if isinstance(before, list) else []


def _change_list(
    schema: Schema | None,
    merged: dict[str, Any],
    field: str,
    how: Callable[[str, list[Any], _List], list[Any]],
    change: _List,
) -> None:
    """Take named elements out of a list, or put them in order."""
    known = None if schema is None else schema.child(field)
    present = merged.get(field)
    if isinstance(present, list):
        merged[field] = how("" if known is None else known.merge_key, present, change)


def _without(_merge_key: str, present: list[Any], change: _List) -> list[Any]:
    return [item for item in present if item not in change.named]


def _ordered(merge_key: str, present: list[Any], change: _List) -> list[Any]:
    """The named elements in the order of ``change``; the others stay where they were among them, as far as can be."""
    order = [_identity(merge_key, item) for item in change.named]
    patched = [_identity(merge_key, item) for item in change.patch if not _deletes(item)]
    if not _in_order(patched, order):
        raise PatchMalformed("The order in patch list doesn't match $setElementOrder list")
    by_identity = {_identity(merge_key, item): item for item in reversed(present)}
    named = [by_identity[identity] for identity in order if identity in by_identity]
    others = [item for item in present if _identity(merge_key, item) not in order]
    before = {_identity(merge_key, item): at for at, item in reversed(list(enumerate(change.before)))}
    return _interleaved(others, named, lambda item: before.get(_identity(merge_key, item), -1))


def _deletes(item: Any) -> bool:
    return isinstance(item, dict) and _DIRECTIVE in item


def _identity(merge_key: str, item: Any) -> Any:
    value = item.get(merge_key) if isinstance(item, dict) else item
    if isinstance(value, dict | list):
        raise PatchMalformed("invalid patch format of setElementOrder list")
    return value


def _in_order(some: list[Any], order: list[Any]) -> bool:
    rest = iter(order)
    return all(item in rest for item in some)


def _interleaved(others: list[Any], named: list[Any], position: Callable[[Any], int]) -> list[Any]:
    result: list[Any] = []
    waiting = list(others)
    for item in named:
        while waiting and position(waiting[0]) < position(item):
            result.append(waiting.pop(0))
        result.append(item)
    return result + waiting
