"""Fields that a schema does not know, and values that it adds: what happens to an object before it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.decoding import quoted
from perfkit.mock.schema.types import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.mock.schema.types import Schema


def unknown_fields(schema: Schema, obj: Any) -> list[str]:
    """What strict validation says of fields that the schema does not declare."""
    return [f"unknown field {quoted(path)}" for path in _unknown(schema, obj, "")]


def strict_error(findings: Sequence[str]) -> str:
    """The findings of ``unknown_fields`` and ``decode`` as the one error of strict validation."""
    return "strict decoding error: " + ", ".join(findings)


def _unknown(schema: Schema | None, value: Any, path: str) -> Iterator[str]:
    if schema is None:
        return
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        for name, child, known in fields(schema, value):
            if known is None and not schema.open and schema.type == "object":
                yield prefix + name
            else:
                yield from _unknown(known, child, prefix + name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(schema.items, item, f"{path}[{index}]")


def pruned(schema: Schema | None, value: Any) -> Any:
    """The value without what the schema does not declare, and without the nulls that a Go struct would not keep."""
    if schema is None:
        return value
    if isinstance(value, dict):
        kept = {}
        for name, child, known in fields(schema, value):
            if known is None and not schema.open:
                continue
            if child is None and schema.built_in and name in schema.properties:
                continue
            kept[name] = pruned(known, child)
        return kept
    if isinstance(value, list):
        empty = _empty_element(schema.items)
        return [pruned(schema.items, empty if item is None else item) for item in value]
    return value


def without_empty(schema: Schema | None, value: Any) -> Any:
    """The value as Go writes it back: fields of built-in kinds that hold an empty list or map are not there."""
    if schema is None:
        return value
    if isinstance(value, dict):
        kept = ((name, known, without_empty(known, child)) for name, child, known in fields(schema, value))
        return {name: child for name, known, child in kept if not (schema.built_in and _is_empty(known, child))}
    if isinstance(value, list):
        return [without_empty(schema.items, item) for item in value]
    return value


def _is_empty(schema: Schema | None, value: Any) -> bool:
    return schema is not None and (value == [] or (value == {} and schema.values is not None))


def _empty_element(schema: Schema | None) -> Any:
    """What Go makes of a null in an array: an empty struct, where the array is of structs."""
    return {} if schema is not None and schema.built_in and schema.properties else None


def defaulted(schema: Schema | None, value: Any) -> Any:
    """The value with the schema's defaults where a field is missing, or null where it may not be."""
    if schema is None:
        return value
    if isinstance(value, dict):
        filled = {name: defaulted(known, child) for name, child, known in fields(schema, value)}
        for name, known in schema.properties.items():
            if "default" in known.node and _missing(known, filled, name):
                filled[name] = defaulted(known, known.node["default"])
        return filled
    if isinstance(value, list):
        return [defaulted(schema.items, item) for item in value]
    return value


def _missing(schema: Schema, obj: dict[str, Any], name: str) -> bool:
    return name not in obj or (obj[name] is None and not schema.node.get("nullable"))


_ZEROS = {"string": "", "integer": 0, "boolean": False}


def zeroed(schema: Schema | None, value: Any) -> Any:
    """The value with Go's zero values where a scalar is missing that a Go struct always writes."""
    if schema is None:
        return value
    if isinstance(value, dict):
        absent = [name for name in schema.required if value.get(name) is None]
        zeros = {name: _zero(schema.child(name)) for name in absent}
        given = {name: zeroed(known, child) for name, child, known in fields(schema, value)}
        return {**given, **{name: zero for name, zero in zeros.items() if zero is not None}}
    if isinstance(value, list):
        return [zeroed(schema.items, item) for item in value]
    return value


def _zero(schema: Schema | None) -> Any:
    return None if schema is None or schema.format in {"date-time", "int-or-string"} else _ZEROS.get(schema.type)
