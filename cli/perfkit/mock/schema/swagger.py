"""OpenAPI v2 as the API server publishes it: one document, as JSON or as the protobuf that kubectl asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.data import REFERENCE, shipped
from perfkit.mock.schema.definitions import Node, by_path, reached, rewritten
from perfkit.mock.schema.gnostic import encoded
from perfkit.mock.schema.operations import PATCH, PATCH_TYPES, operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.schema.operations import Operation, Parameter

# Words of a custom resource's schema that version 2 does not have.
_LATER = frozenset({"oneOf", "anyOf", "not", "nullable"})


def swagger(resources: Sequence[Resource]) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(_document(resources))


def swagger_protobuf(resources: Sequence[Resource]) -> bytes:
    """The document as ``application/com.github.proto-openapi.spec.v2@v1.0+protobuf``."""
    return encoded(_document(resources))


def _document(resources: Sequence[Resource]) -> dict[str, Any]:
    offered = [operation for resource in resources for operation in operations(resource)]
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": f"v{shipped().release}"},
        "paths": {path: _path(found) for path, found in by_path(offered).items()},
        "definitions": {name: rewritten(node, _version_2) for name, node in reached(resources, offered).items()},
        "securityDefinitions": {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}},
        "security": [{"BearerToken": []}],
    }


def _version_2(node: Node) -> Node:
    kept = {key: value for key, value in node.items() if key not in _LATER}
    if kept.get("x-kubernetes-preserve-unknown-fields") or kept.get("x-kubernetes-int-or-string"):
        kept.pop("type", None)  # a client of version 2 would take it at its word
    return kept


def _path(found: list[Operation]) -> dict[str, Any]:
    inside = [_parameter(parameter) for parameter in found[0].parameters if parameter.place == "path"]
    return {
        **{operation.method: _operation(operation) for operation in found},
        **({"parameters": inside} if inside else {}),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    parameters = [_parameter(parameter) for parameter in operation.parameters if parameter.place == "query"]
    if operation.body:
        required = {} if operation.method == "delete" else {"required": True}
        parameters.append({"name": "body", "in": "body", "schema": _reference(operation.body), **required})
    answer = _reference(operation.response) if operation.response else {"type": "string"}
    codes = {"200": "OK", **({"201": "Created"} if operation.method in {"post", "put", "patch"} else {})}
    return {
        "tags": [operation.tag],
        "operationId": operation.id,
        "consumes": list(PATCH_TYPES) if operation.body == PATCH else ["*/*"],
        "produces": ["application/json"] if operation.response else ["text/plain"],
        "schemes": ["https"],
        "parameters": parameters,
        "responses": {code: {"description": text, "schema": answer} for code, text in codes.items()},
        **operation.extensions,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    required = {"required": True} if parameter.place == "path" else {}
    return {"name": parameter.name, "in": parameter.place, "type": parameter.type, "uniqueItems": True, **required}


def _reference(name: str) -> Node:
    return {"$ref": REFERENCE + name}
