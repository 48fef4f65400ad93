"""What is wrong with an object by its schema, as causes of an Invalid status (apimachinery, ``util/validation/field``).

Custom resources are held to all that their definition says, except ``x-kubernetes-validations`` (CEL). Of built-in
kinds the schema only knows which fields are required.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.patterns import matches
from perfkit.mock.schema.types import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.schema.types import Schema


class Problem(msgspec.Struct, frozen=True):
    """One cause: ``field`` is a path such as ``spec.containers[0].name``, ``reason`` a cause type of meta/v1."""

    field: str
    reason: str
    message: str


def problems(schema: Schema, obj: Any) -> list[Problem]:
    """All that is wrong; no server asks what is missing in the status of a built-in kind."""
    if schema.built_in and isinstance(obj, dict):
        obj = {name: value for name, value in obj.items() if name != "status"}
    return list(_problems(schema, obj, ""))


def _problems(schema: Schema | None, value: Any, path: str) -> Iterator[Problem]:
    if schema is None or (value is None and (schema.built_in or schema.node.get("nullable"))):
        return
    if not schema.built_in:
        if not _of_type(schema, value):
            yield _wrong_type(schema, value, path)
            return
        yield from _constraints(schema, value, path)
    if isinstance(value, dict):
        yield from _in_object(schema, value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(schema.items, item, f"{path}[{index}]")


def _in_object(schema: Schema, value: dict[str, Any], path: str) -> Iterator[Problem]:
    prefix = f"{path}." if path else ""
    for name in schema.required:
        if value.get(name) is None:
            yield Problem(prefix + name, "FieldValueRequired", "Required value")
    for name, child, known in fields(schema, value):
        if child is None and name in schema.required:
            continue
        inside = prefix + name if name in schema.properties else f"{path}[{name}]"
        yield from _problems(known, child, inside)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def _of_type(schema: Schema, value: Any) -> bool:
    if schema.int_or_string:
        return isinstance(value, int | str) and not isinstance(value, bool)
    if not schema.type:
        return True
    if isinstance(value, bool):
        return schema.type == "boolean"
    if schema.type == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[schema.type])


def _wrong_type(schema: Schema, value: Any, path: str) -> Problem:
    found = "null" if value is None else next(name for name, kind in _NAMES if isinstance(value, kind))
    wanted = "integer,string" if schema.int_or_string else schema.type
    message = f'Invalid value: "{found}": {path} in body must be of type {wanted}: "{found}"'
    return Problem(path, "FieldValueTypeInvalid", message)


_NAMES: tuple[tuple[str, type], ...] = (
    ("boolean", bool),
    ("integer", int),
    ("number", float),
    ("string", str),
    ("array", list),
    ("object", dict),
)


def _constraints(schema: Schema, value: Any, path: str) -> Iterator[Problem]:
    allowed = schema.node.get("enum")
    if allowed is not None and value not in allowed:
        listed = ", ".join(json.dumps(choice) for choice in allowed)
        yield Problem(path, "FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {listed}")
    for complaint in _bounds(schema.node, value):
        yield Problem(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {path} in body {complaint}")
    for complaint in _combined(schema, value, path):
        yield Problem(path, "FieldValueInvalid", f'Invalid value: {_shown(value)}: "{path}" must {complaint}')


def _combined(schema: Schema, value: Any, path: str) -> Iterator[str]:
    """What ``allOf``, ``anyOf``, ``oneOf`` and ``not`` have against a value."""

    def fitting(word: str) -> list[bool]:
        return [next(_problems(branch, value, path), None) is None for branch in schema.branches(word)]

    if not all(fitting("allOf")):
        yield "validate all the schemas (allOf)"
    if (any_of := fitting("anyOf")) and not any(any_of):
        yield "validate at least one schema (anyOf)"
    if (one_of := fitting("oneOf")) and sum(one_of) != 1:
        yield f"validate one and only one schema (oneOf). Found {'more than one' if sum(one_of) else 'none'} valid"
    if any(fitting("not")):
        yield "not validate the schema (not)"


def _bounds(node: Any, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _length(node, len(value), ("minLength", "maxLength"), "chars long")
        pattern = node.get("pattern")
        if pattern is not None and not matches(pattern, value):
            yield f"should match '{pattern}'"
    elif isinstance(value, list):
        yield from _length(node, len(value), ("minItems", "maxItems"), "items")
    elif isinstance(value, dict):
        yield from _length(node, len(value), ("minProperties", "maxProperties"), "properties")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _range(node, value)


def _length(node: Any, size: int, names: tuple[str, str], unit: str) -> Iterator[str]:
    least, most = (node.get(name) for name in names)
    verb = "be" if unit == "chars long" else "have"
    if least is not None and size < least:
        yield f"should {verb} at least {least} {unit}"
    if most is not None and size > most:
        yield f"should {verb} at most {most} {unit}"


def _range(node: Any, value: float) -> Iterator[str]:
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and (value <= least if node.get("exclusiveMinimum") else value < least):
        yield f"should be greater than {'' if node.get('exclusiveMinimum') else 'or equal to '}{least}"
    if most is not None and (value >= most if node.get("exclusiveMaximum") else value > most):
        yield f"should be less than {'' if node.get('exclusiveMaximum') else 'or equal to '}{most}"
    step = node.get("multipleOf")
    if step and value % step:
        yield f"should be a multiple of {step}"


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
