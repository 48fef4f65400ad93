"""What a client sent, held against what the resource allows: shape first, then rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.gotypes import type_error
from perfkit.mock.schema.shaping import defaulted, pruned, strict_error, unknown_fields, without_empty, zeroed
from perfkit.mock.schema.validation import problems as schema_problems
from perfkit.mock.wire.status import ApiError, bad_request, invalid_object
from perfkit.mock.writes import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.wire.write_options import WriteOptions


def identify(obj: dict[str, Any], api_version: str, kind: str) -> None:
    """An object must be of the kind that its place holds; one that doesn't say gets it. Raises ApiError (400)."""
    if not isinstance(obj.setdefault("metadata", {}), dict):
        raise bad_request("the object provided is unrecognized (must be of type Object): metadata is no object")
    given = (obj.setdefault("apiVersion", api_version), obj.setdefault("kind", kind))
    if given[0] != api_version:
        raise bad_request(
            f"the API version in the data ({given[0]}) does not match the expected API version ({api_version})"
        )
    if given[1] != kind:
        version = api_version.rpartition("/")[2]
        raise bad_request(f'{given[1]} in version "{version}" cannot be handled as a {kind}: it is of another kind')


class StrictError(ApiError):
    """400: unknown or doubled fields under strict validation; ``findings`` is what that says of them."""

    def __init__(self, prefix: str, findings: str) -> None:
        super().__init__(400, "BadRequest", prefix + findings)
        self.findings = findings


def shape(
    obj: dict[str, Any], resource: Resource, options: WriteOptions, duplicates: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[str]]:
    """The object as ``complete`` leaves it, and the warnings of ``examine``. Raises ApiError (400, 422)."""
    warnings = examine(obj, resource, options, duplicates)
    return complete(obj, resource), warnings


def examine(
    obj: dict[str, Any], resource: Resource, options: WriteOptions, duplicates: tuple[str, ...] = ()
) -> list[str]:
    """Warnings for the client about fields that the schema does not know.

    Raises:
        ApiError: 400, a field of a wrong type, or unknown or doubled ones under strict validation (StrictError).
    """
    schema = resource.schema
    if schema is None:
        return []
    prefix = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
    wrong = type_error(schema, obj)
    if wrong:
        raise bad_request(prefix + wrong)
    findings = [] if options.validation == "Ignore" else [*unknown_fields(schema, obj), *duplicates]
    if findings and options.validation == "Strict":
        raise StrictError(prefix, strict_error(findings))
    return findings


def complete(obj: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """The object without unknown fields and with the schema's defaults. Raises ApiError (422) for what it forbids."""
    schema = resource.schema
    if schema is None:
        return obj
    shaped: dict[str, Any] = without_empty(schema, defaulted(schema, pruned(schema, obj)))
    if schema.built_in and "status" in shaped:
        shaped["status"] = zeroed(schema.child("status"), shaped["status"])
    found = schema_problems(schema, shaped)
    if found:
        raise invalid_object(resource, obj["metadata"].get("name", ""), found)
    return shaped


def check(obj: Mapping[str, Any], before: Mapping[str, Any] | None, resource: Resource) -> None:
    """Hold an object that is to be stored against the rules. Raises ApiError (422)."""
    found = [*metadata.problems(obj, resource), *resource.validate(obj, before)]
    if found:
        raise invalid_object(resource, obj["metadata"].get("name", ""), found)
