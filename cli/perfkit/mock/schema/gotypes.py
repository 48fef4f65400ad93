"""Values of the wrong type in built-in kinds, in the words of Go's JSON decoder (encoding/json)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.types import fields

if TYPE_CHECKING:
    from perfkit.mock.schema.types import Schema

_QUANTITY = re.compile(r"^[+-]?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]?|[eE][+-]?[0-9]+)$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$")
_LIMITS = {"int32": 2**31, "int64": 2**63}


class _Place(msgspec.Struct, frozen=True):
    """Where a value stands: the struct around it, and the names of the fields on the way (without positions)."""

    struct: str = ""
    path: str = ""

    def within(self, struct: str, name: str) -> _Place:
        return _Place(struct, f"{self.path}.{name}" if self.path else name)


def type_error(schema: Schema, obj: Any) -> str | None:
    """What Go's decoder says of the first value that its type cannot hold, or None.

    Of a custom resource, only metadata has Go types.
    """
    return _error(schema, obj, _Place())


def _error(schema: Schema | None, value: Any, place: _Place) -> str | None:
    if schema is None or value is None or not schema.type:
        return None
    if schema.built_in:
        special = _special(schema, value)
        if special is not None:
            return special or None
        if not _fits(schema, value):
            return _unfit(schema, value, place)
    if isinstance(value, dict):
        return _first_in_object(schema, value, place)
    if isinstance(value, list):
        return next(filter(None, (_error(schema.items, item, place) for item in value)), None)
    return None


def _first_in_object(schema: Schema, value: dict[str, Any], place: _Place) -> str | None:
    struct = schema.go_name.rpartition(".")[2]
    for name, child, known in fields(schema, value):
        inside = place if schema.values is not None else place.within(struct, name)
        error = _error(known, child, inside)
        if error is not None:
            return error
    return None


def _special(schema: Schema, value: Any) -> str | None:
    """An error, or empty for none, of the types that read themselves; None for all others."""
    if schema.quantity and _number_or_string(value):
        if isinstance(value, str) and not _QUANTITY.match(value):
            return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        return ""
    if schema.int_or_string and _number_or_string(value):
        return ""
    if schema.format == "date-time" and isinstance(value, str) and not _TIME.match(value):
        return f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'
    return None


def _number_or_string(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _fits(schema: Schema, value: Any) -> bool:
    match schema.type:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            limit = _LIMITS.get(schema.format, _LIMITS["int64"])
            return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


def _unfit(schema: Schema, value: Any, place: _Place) -> str:
    where = f"Go struct field {place.struct}.{place.path}" if place.struct else "Go value"
    return f"json: cannot unmarshal {_json_type(value)} into {where} of type {go_type(schema)}"


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= _LIMITS["int32"]):
        return f"number {value}"
    names: dict[type, str] = {int: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def go_type(schema: Schema) -> str:
    """The type as Go prints it, such as ``[]v1.Container``."""
    if schema.go_name:
        return schema.go_name
    match schema.type:
        case "array":
            return "[]" + (go_type(schema.items) if schema.items else "interface {}")
        case "object":
            return "map[string]" + (go_type(schema.values) if schema.values else "interface {}")
        case "integer":
            return schema.format or "int64"
        case "number":
            return "float64"
        case "boolean":
            return "bool"
        case _:
            return "string"
