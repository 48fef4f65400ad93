"""Rules that the objects of several resources must meet, and how a broken one is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.validation import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHARE = re.compile("[0-9]+%")
_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def required(field: str, detail: str = "") -> Problem:
    """A field that must be given is not."""
    return Problem(field, "FieldValueRequired", f"Required value{': ' + detail if detail else ''}")


def invalid(field: str, value: Any, detail: str) -> Problem:
    """A field holds what it must not."""
    return Problem(field, "FieldValueInvalid", f"Invalid value: {_quoted(value)}: {detail}")


def unsupported(field: str, value: Any, supported: tuple[str, ...]) -> Problem:
    """A field holds none of the values that it may."""
    listed = ", ".join(f'"{choice}"' for choice in supported)
    return Problem(field, "FieldValueNotSupported", f"Unsupported value: {_quoted(value)}: supported values: {listed}")


def duplicate(field: str, value: Any) -> Problem:
    """A list holds the same thing twice."""
    return Problem(field, "FieldValueDuplicate", f"Duplicate value: {_quoted(value)}")


def not_found(field: str, value: Any) -> Problem:
    """A field names something that the object does not have."""
    return Problem(field, "FieldValueNotFound", f"Not found: {_quoted(value)}")


def forbidden(field: str, detail: str) -> Problem:
    """A field must not be given, or not changed."""
    return Problem(field, "FieldValueForbidden", f"Forbidden: {detail}")


def _quoted(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def immutable(field: str, obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[Problem]:
    """The value at ``field`` (``spec.selector``) must stay what it was."""
    if before is None:
        return
    value = find(obj, field)
    if value != find(before, field):
        yield invalid(field, value, "field is immutable")


def amount(obj: Mapping[str, Any], field: str) -> Iterator[Problem]:
    """The value at ``field``, if any, must be a number of things or a share of them such as 25%."""
    value = find(obj, field)
    if isinstance(value, str) and not _SHARE.fullmatch(value):
        detail = "a valid percent string must be a numeric string followed by an ending '%'"
        yield invalid(field, value, f"{detail} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")
    elif isinstance(value, int) and value < 0:
        yield invalid(field, value, "must be greater than or equal to 0")


def find(obj: Any, path: str, default: Any = None) -> Any:
    """The value at ``path`` (``spec.type``), or ``default`` where a part of the way or the value is missing or null."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return default if obj is None else obj


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object matches labels; an empty one matches all."""
    wanted = (selector.get("matchLabels") or {}).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        satisfied(term, labels) for term in selector.get("matchExpressions") or ()
    )


def satisfied(term: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether labels are as an element of ``matchExpressions`` has it, of pods and of nodes."""
    key, values = term.get("key", ""), term.get("values") or ()
    match term.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def subdomain_name(name: str) -> str:
    """What is wrong with a name as most objects have it (RFC 1123 subdomain); empty: nothing."""
    if len(name) > 253:
        return "must be no more than 253 bytes"
    if _SUBDOMAIN.fullmatch(name):
        return ""
    return (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
        "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )


def label_name(name: str) -> str:
    """What is wrong with the name of a namespace (RFC 1123 label)."""
    if len(name) > 63:
        return "must be no more than 63 bytes"
    if _LABEL.fullmatch(name):
        return ""
    return (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    )


def path_name(name: str) -> str:
    """What is wrong with the name of a role or binding: anything that can be a segment of a path will do."""
    if name in {".", ".."}:
        return f"may not be '{name}'"
    wrong = next((character for character in "/%" if character in name), "")
    return f"may not contain '{wrong}'" if wrong else ""


QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def problems_with_annotations(annotations: Any) -> Iterator[Problem]:
    """Annotations whose keys are not of the form that they must have; in keys, case does not matter."""
    for key in annotations or {}:
        if not _is_key(key.lower()):
            yield invalid("metadata.annotations", key, QUALIFIED)


def problems_with_labels(field: str, labels: Any) -> Iterator[Problem]:
    """Labels whose keys or values are not of the form that they must have."""
    for key, value in (labels or {}).items():
        if not _is_key(key):
            yield invalid(
                field,
                key,
                QUALIFIED,
            )
        if not isinstance(value, str) or (value and not _is_qualified(value)):
            yield invalid(
                field,
                value,
                LABEL_VALUE,
            )


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return _is_qualified(name) and not (slash and (not _SUBDOMAIN.fullmatch(prefix) or len(prefix) > 253))


def _is_qualified(text: str) -> bool:
    return len(text) <= 63 and re.fullmatch(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", text) is not None
