"""Columns of custom resources: those that their definition says are to be printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.fields import Field
from perfkit.client.problems import UNREADABLE
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.client.resources import Resource

DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PLAIN: Final = re.compile(r"\.([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)$")  # of JSONPath, what names one value
_MOST: Final = 8


class _Column(msgspec.Struct, rename="camel"):
    name: str
    json_path: str = ""


class _Version(msgspec.Struct, rename="camel"):
    name: str
    additional_printer_columns: list[_Column] = []


class _Spec(msgspec.Struct):
    versions: list[_Version] = []


class _Definition(msgspec.Struct):
    spec: _Spec


def printed_fields(get: Callable[[str, Mapping[str, str]], bytes], resource: Resource) -> Sequence[Field] | None:
    """The fields of its rows; None where no definition can be had: it is not a custom one, or may not be read."""
    try:
        definition = msgspec.json.decode(get(f"{DEFINITIONS}/{resource.name}", {}), type=_Definition)
    except (PerfkitError, *UNREADABLE):
        return None
    versions = [each for each in definition.spec.versions if each.name == resource.version]
    return fields([(each.name, each.json_path) for version in versions for each in version.additional_printer_columns])


def fields(columns: Sequence[tuple[str, str]]) -> list[Field]:
    """Name and JSONPath of each as a field; ages, and paths that are more than a name, are left out."""
    found: dict[str, Field] = {}
    for name, path in columns:
        plain = _PLAIN.match(path)
        key = re.sub(r"\W+", "_", name.lower()).strip("_")
        if plain and key.isidentifier() and path != ".metadata.creationTimestamp":
            found.setdefault(key, Field(name=key, paths={plain[1]: Any}, make=_said))
    return list(found.values())[:_MOST]


def _said(value: Any) -> str:
    """Whatever it is, as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)
