"""OpenAPI v2 as protobuf: those messages of gnostic's ``OpenAPIv2.proto`` that a cluster's document needs.

Each message is a table from a JSON key to its field number and to what encodes the value.
"""

from __future__ import annotations

import struct
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Encoder = Callable[[Any], bytes]
    Table = Mapping[str, tuple[int, Callable[[int, Any], bytes]]]

_VARINT, _DOUBLE, _BYTES = 0, 1, 2
_SHORT = [bytes([value]) for value in range(0x80)]  # most tags and lengths
_REPEATED = 16_384  # texts and parameters that thousands of operations share


def encoded(document: Mapping[str, Any]) -> bytes:
    """A document (an OpenAPI v2 object as JSON data) as a ``Document`` message."""
    return _message(_DOCUMENT, document)


def _varint(value: int) -> bytes:
    if 0 <= value < len(_SHORT):
        return _SHORT[value]
    out = bytearray()
    value &= 2**64 - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(body)) + body


@lru_cache(_REPEATED)
def _text(number: int, value: str) -> bytes:
    return _field(number, value.encode())


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(int(value))


def _double(number: int, value: float) -> bytes:
    return _varint(number << 3 | _DOUBLE) + struct.pack("<d", value)


def _any(number: int, value: Any) -> bytes:
    """An ``Any`` holds YAML, and JSON is that."""
    return _field(number, _field(2, msgspec.json.encode(value) + b"\n"))


def _each(one: Callable[[int, Any], bytes], number: int, values: Iterable[Any]) -> bytes:
    return b"".join(one(number, value) for value in values)


def _named(one: Encoder, number: int, values: Mapping[str, Any]) -> bytes:
    """A map: a list of messages with name and value."""
    return b"".join(_field(number, _text(1, name) + _field(2, one(value))) for name, value in values.items())


def _inside(one: Encoder, number: int, value: Any) -> bytes:
    return _field(number, one(value))


def _wrapped_map(one: Encoder, number: int, values: Mapping[str, Any]) -> bytes:
    """A message that holds nothing but a map."""
    return _field(number, _named(one, 1, values))


def _message(table: Table, value: Mapping[str, Any], extensions: int = 0) -> bytes:
    """A message; keys that begin with ``x-`` go into its field ``extensions``."""
    body = b"".join(encode(number, value[key]) for key, (number, encode) in table.items() if key in value)
    vendor = {key: item for key, item in value.items() if key.startswith("x-")}
    return body + (_named(partial(_yaml), extensions, vendor) if extensions else b"")


def _yaml(value: Any) -> bytes:
    return _field(2, msgspec.json.encode(value) + b"\n")


def _schema(value: Mapping[str, Any]) -> bytes:
    return _message(_SCHEMA, value, 31)


def _additional(value: Any) -> bytes:
    return _number(2, value) if isinstance(value, bool) else _field(1, _schema(value))


def _strings(value: str | list[str]) -> bytes:
    return _each(_text, 1, [value] if isinstance(value, str) else value)


def _parameter(value: Mapping[str, Any]) -> bytes:
    """A ``ParametersItem``: of the body, or not."""
    if value["in"] == "body":
        return _field(1, _field(1, _message(_BODY_PARAMETER, value, 6)))
    return _plain_parameter(tuple(value.items()))


@lru_cache(_REPEATED)
def _plain_parameter(items: tuple[tuple[str, Any], ...]) -> bytes:
    value = dict(items)
    if value["in"] == "query":
        return _field(1, _field(2, _field(3, _message(_QUERY_PARAMETER, value, 23))))
    return _field(1, _field(2, _field(4, _message(_PATH_PARAMETER, value, 22))))


def _response(value: Mapping[str, Any]) -> bytes:
    return _field(1, _message(_RESPONSE, value, 5))


def _operation(value: Mapping[str, Any]) -> bytes:
    return _message(_OPERATION, value, 13)


def _path(value: Mapping[str, Any]) -> bytes:
    return _message(_PATH, value, 10)


def _security_scheme(value: Mapping[str, Any]) -> bytes:
    return _field(2, _message(_API_KEY, value))


_INFO: Table = {"title": (1, _text), "version": (2, _text)}
_API_KEY: Table = {"type": (1, _text), "name": (2, _text), "in": (3, _text)}
_SCHEMA: Table = {
    "$ref": (1, _text),
    "format": (2, _text),
    "title": (3, _text),
    "description": (4, _text),
    "default": (5, _any),
    "multipleOf": (6, _double),
    "maximum": (7, _double),
    "exclusiveMaximum": (8, _number),
    "minimum": (9, _double),
    "exclusiveMinimum": (10, _number),
    "maxLength": (11, _number),
    "minLength": (12, _number),
    "pattern": (13, _text),
    "maxItems": (14, _number),
    "minItems": (15, _number),
    "uniqueItems": (16, _number),
    "maxProperties": (17, _number),
    "minProperties": (18, _number),
    "required": (19, partial(_each, _text)),
    "enum": (20, partial(_each, _any)),
    "additionalProperties": (21, partial(_inside, _additional)),
    "type": (22, partial(_inside, _strings)),
    "items": (23, partial(_inside, lambda value: _field(1, _schema(value)))),
    "allOf": (24, partial(_each, partial(_inside, _schema))),
    "properties": (25, partial(_wrapped_map, _schema)),
    "example": (30, _any),
}
_BODY_PARAMETER: Table = {
    "name": (2, _text),
    "in": (3, _text),
    "required": (4, _number),
    "schema": (5, partial(_inside, _schema)),
}
_QUERY_PARAMETER: Table = {
    "required": (1, _number),
    "in": (2, _text),
    "name": (4, _text),
    "type": (6, _text),
    "uniqueItems": (20, _number),
}
_PATH_PARAMETER: Table = {
    "required": (1, _number),
    "in": (2, _text),
    "name": (4, _text),
    "type": (5, _text),
    "uniqueItems": (19, _number),
}
_RESPONSE: Table = {
    "description": (1, _text),
    "schema": (2, partial(_inside, lambda value: _field(1, _schema(value)))),
}
_OPERATION: Table = {
    "tags": (1, partial(_each, _text)),
    "operationId": (5, _text),
    "produces": (6, partial(_each, _text)),
    "consumes": (7, partial(_each, _text)),
    "parameters": (8, partial(_each, partial(_inside, _parameter))),
    "responses": (9, partial(_wrapped_map, _response)),
    "schemes": (10, partial(_each, _text)),
}
_PATH: Table = {
    "get": (2, partial(_inside, _operation)),
    "put": (3, partial(_inside, _operation)),
    "post": (4, partial(_inside, _operation)),
    "delete": (5, partial(_inside, _operation)),
    "patch": (8, partial(_inside, _operation)),
    "parameters": (9, partial(_each, partial(_inside, _parameter))),
}
_DOCUMENT: Table = {
    "swagger": (1, _text),
    "info": (2, partial(_inside, partial(_message, _INFO))),
    "paths": (8, partial(_inside, partial(_named, _path, 2))),
    "definitions": (9, partial(_wrapped_map, _schema)),
    "security": (12, partial(_each, partial(_wrapped_map, _strings))),
    "securityDefinitions": (13, partial(_wrapped_map, _security_scheme)),
}
