"""The definitions that a document holds: the shipped ones that its operations reach, and those of custom resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.data import REFERENCE, shipped
from perfkit.mock.schema.operations import META, definition_name, list_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.schema.operations import Operation

Node = dict[str, Any]
_IDENTITY = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
_SINGLE = ("items", "additionalProperties", "not")
_SEVERAL = ("allOf", "oneOf", "anyOf")


def reached(resources: Iterable[Resource], operations: Iterable[Operation]) -> dict[str, Node]:
    """The definitions, by name, that operations refer to, and all that those refer to."""
    known = {**shipped().definitions, **_custom(resources)}
    found: dict[str, Node] = {}
    todo = [name for operation in operations for name in (operation.body, operation.response) if name]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = known[name]
            todo += _references(known[name])
    return dict(sorted(found.items()))


def _references(node: Any) -> Iterator[str]:
    for part in walked(node):
        if "$ref" in part:
            yield part["$ref"].removeprefix(REFERENCE)


def walked(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and all schemas inside it; a field may well be called ``items``."""
    yield node
    for child in node.get("properties", {}).values():
        yield from walked(child)
    for key in _SINGLE:
        if isinstance(node.get(key), dict):
            yield from walked(node[key])
    for key in _SEVERAL:
        for child in node.get(key, ()):
            yield from walked(child)


def rewritten(node: Mapping[str, Any], change: Callable[[Node], Node]) -> Node:
    """A schema with ``change`` made to it and to all schemas inside it, the innermost first."""
    copy: Node = dict(node)
    if "properties" in copy:
        copy["properties"] = {name: rewritten(child, change) for name, child in copy["properties"].items()}
    for key in _SINGLE:
        if isinstance(copy.get(key), dict):
            copy[key] = rewritten(copy[key], change)
    for key in _SEVERAL:
        if key in copy:
            copy[key] = [rewritten(child, change) for child in copy[key]]
    return change(copy)


def _custom(resources: Iterable[Resource]) -> dict[str, Node]:
    """Custom resources, as their definitions have them, and their lists."""
    found: dict[str, Node] = {}
    for resource in resources:
        if resource.defined is not None:
            name = definition_name(resource)
            found[name] = _kind(resource, resource.kind, resource.defined.open_api)
            items = {"items": {"type": "array", "items": {"$ref": REFERENCE + name}}}
            listed = {"type": "object", "properties": items, "required": ["items"]}
            kind = list_name(resource).rpartition(".")[2]
            found[list_name(resource)] = _kind(resource, kind, listed, "ListMeta")
    return found


def _kind(resource: Resource, kind: str, open_api: Mapping[str, Any], meta: str = "ObjectMeta") -> Node:
    identity = {**_IDENTITY, "metadata": {"$ref": f"{REFERENCE}{META}.{meta}"}}
    return {
        "type": "object",
        **open_api,
        "properties": {**open_api.get("properties", {}), **identity},
        "x-kubernetes-group-version-kind": [
            {"group": resource.group, "kind": kind, "version": resource.version},
        ],
    }


def by_path(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    """The operations of each path, paths in order."""
    paths: dict[str, list[Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, []).append(operation)
    return dict(sorted(paths.items()))
