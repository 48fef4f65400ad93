"""OpenAPI v3 as the API server publishes it: an index, and a document a group version."""

from __future__ import annotations

from functools import cache
from hashlib import sha512
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.data import REFERENCE, shipped
from perfkit.mock.schema.definitions import Node, by_path, reached, rewritten
from perfkit.mock.schema.operations import PATCH, PATCH_TYPES, Operation, operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.mock.resources.description import Resource

_COMPONENTS = "#/components/schemas/"
_QUANTITY = f"{REFERENCE}io.k8s.apimachinery.pkg.api.resource.Quantity"


def index(resources: Sequence[Resource]) -> bytes:
    """What ``/openapi/v3`` answers: where the document of each group version lies, and the hash of what it says."""
    members: dict[tuple[str, str], list[Resource]] = {}
    for resource in resources:
        members.setdefault((resource.group, resource.version), []).append(resource)
    paths = {}
    for (group, version), found in sorted(members.items()):
        path = f"apis/{group}/{version}" if group else f"api/{version}"
        digest = sha512(_identity(found)).hexdigest().upper()
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return msgspec.json.encode({"paths": paths})


def _identity(members: Sequence[Resource]) -> bytes:
    """What differs where the document does. Of thousands of custom resources the definitions are quicker to tell."""
    if not all(resource.defined for resource in members):
        return _document(members)
    told = (
        (resource.name, resource.kind, resource.namespaced, [part.name for part in resource.subresources])
        for resource in members
    )
    return msgspec.json.encode((list(told), [each.defined.open_api for each in members if each.defined]))


def document(resources: Sequence[Resource], group: str, version: str) -> bytes | None:
    """The document of one group version; None where nothing of it is served."""
    members = [resource for resource in resources if (resource.group, resource.version) == (group, version)]
    return _document(members) if members else None


def _document(members: Sequence[Resource]) -> bytes:
    offered = [operation for resource in members for operation in operations(resource)]
    paths = {path: _path(found) for path, found in by_path(offered).items()}
    schemas = {name: _shipped(name) or rewritten(node, _version_3) for name, node in reached(members, offered).items()}
    return msgspec.json.encode(
        {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": f"v{shipped().release}"},
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}},
            },
            "security": [{"BearerToken": []}],
        }
    )


@cache
def _shipped(name: str) -> Node | None:
    """A shipped definition in the words of version 3, made once: thousands of documents may hold it."""
    node = shipped().definitions.get(name)
    return None if node is None else _scalar(name) or rewritten(node, _version_3)


def _version_3(node: Node) -> Node:
    """References lie elsewhere, and nothing may stand beside one."""
    if "$ref" not in node:
        return node
    beside = {key: value for key, value in node.items() if key != "$ref"}
    reference = {"$ref": _COMPONENTS + node["$ref"].removeprefix(REFERENCE)}
    return {"allOf": [reference], **beside} if beside else reference


def _scalar(name: str) -> Node | None:
    """Two types that version 2 has no words for."""
    match name.rpartition(".")[2]:
        case "Quantity":
            return {"oneOf": [{"type": "string"}, {"type": "number"}]}
        case "IntOrString":
            return {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}
    return None


def _path(found: list[Operation]) -> dict[str, Any]:
    inside = [
        _parameter(parameter.name, "path", "string") for parameter in found[0].parameters if parameter.place == "path"
    ]
    return {
        **{operation.method: _operation(operation) for operation in found},
        **({"parameters": inside} if inside else {}),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    query = [_parameter(each.name, "query", each.type) for each in operation.parameters if each.place == "query"]
    answered = {"application/json": _schema(operation.response)} if operation.response else {"text/plain": _TEXT}
    codes = {"200": "OK", **({"201": "Created"} if operation.method in {"post", "put", "patch"} else {})}
    rendered: dict[str, Any] = {
        "tags": [operation.tag],
        "operationId": operation.id,
        "responses": {code: {"description": text, "content": answered} for code, text in codes.items()},
        **operation.extensions,
    }
    if query:
        rendered["parameters"] = query
    if operation.body:
        types = PATCH_TYPES if operation.body == PATCH else ("application/json",)
        required = {} if operation.method == "delete" else {"required": True}
        rendered["requestBody"] = {"content": {kind: _schema(operation.body) for kind in types}, **required}
    return rendered


_TEXT: Node = {"schema": {"type": "string"}}


def _schema(name: str) -> Node:
    return {"schema": {"$ref": _COMPONENTS + name}}


def _parameter(name: str, place: str, kind: str) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": {"type": kind, "uniqueItems": True}, **required}
