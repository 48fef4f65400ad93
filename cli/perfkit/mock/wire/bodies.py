"""The bodies of requests: which kinds are read, and what is wrong with one that cannot be."""

from __future__ import annotations

from typing import Any

from perfkit.mock.schema.decoding import Decoded, Malformed, decode
from perfkit.mock.wire import protobuf
from perfkit.mock.wire.formats import JSON
from perfkit.mock.wire.status import bad_request, unsupported_media

YAML = "application/yaml"
_OBJECTS = (JSON, YAML, protobuf.CONTENT_TYPE)
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


def read_object(body: bytes, content_type: str) -> Decoded:
    """A whole object as it was sent; without a Content-Type it counts as JSON.

    Raises:
        ApiError: 415, of a kind that is not read; 400, malformed or no object.
    """
    kind = media_type(content_type) or JSON
    if kind not in _OBJECTS:
        raise unsupported_media(_OBJECTS)
    decoded = _READERS[kind](body)
    if not isinstance(decoded.value, dict):
        raise bad_request(
            f"couldn't get version/kind; json parse error: json: cannot unmarshal {_called(decoded.value)}"
        )
    return decoded


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def read_json(body: bytes) -> Decoded:
    """Decoded JSON. Raises ApiError (400)."""
    try:
        return decode(body)
    except Malformed as error:
        raise bad_request(f"error decoding the body: {error}") from error


def read_yaml(body: bytes) -> Decoded:
    """Decoded YAML, of which JSON is a part. Raises ApiError (400)."""
    import yaml

    from perfkit.mock.wire.yaml import NotJsonError, decode_yaml

    try:
        return Decoded(decode_yaml(body), ())
    except (yaml.YAMLError, NotJsonError, ValueError, RecursionError) as error:
        problem = str(error).replace("\n", " ")
        raise bad_request(f"error decoding YAML: {problem}") from error


def read_protobuf(body: bytes) -> Decoded:
    """Decoded protobuf of a built-in kind. Raises ApiError (400)."""
    try:
        return Decoded(protobuf.decode(body), ())
    except protobuf.UnreadableError as error:
        raise bad_request(f"error decoding protobuf: {error}") from error


_READERS = {JSON: read_json, YAML: read_yaml, protobuf.CONTENT_TYPE: read_protobuf}


def _called(value: Any) -> str:
    kinds = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}
    return f"{kinds.get(type(value), 'null')} into Go value of type struct"
