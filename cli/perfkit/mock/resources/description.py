"""The description of a resource: names, verbs, columns, selectable fields. Adding a resource is adding one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - msgspec reads annotations at run time
from typing import Any

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """What selectors look at: labels, and the fields that the resource's description names."""

    labels: Mapping[str, str]
    fields: Mapping[str, str]


class Column(msgspec.Struct, frozen=True):
    """A column of a Table; ``priority`` above 0 shows it only with ``-o wide``."""

    name: str
    description: str
    priority: int = 0
    type: str = "string"
    format: str = ""


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """The metadata that tables and watches need."""

    name: str = ""
    namespace: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True):
    """A row of a Table: one cell a column, and conditions such as Completed."""

    cells: list[Any]
    conditions: tuple[dict[str, str], ...] = ()


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource. ``view`` is what of an object that ``row(meta, view, now)`` reads; ``now`` in simulated seconds.

    ``fields`` maps each field that a selector may name to its value where an object leaves it out.
    """

    group: str = ""
    version: str = "v1"
    name: str  # plural, as in paths
    singular: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ("get", "list", "watch")
    columns: tuple[Column, ...]
    view: type[msgspec.Struct]
    row: Callable[[Meta, Any, int], Row]
    fields: Mapping[str, str]

    @property
    def api_version(self) -> str:
        """``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``pods`` or ``deployments.apps``: what errors and the store call it."""
        return f"{self.name}.{self.group}" if self.group else self.name

    def key(self, meta: Meta) -> str:
        """Where an object is kept: ``namespace/name``, or ``name`` where there are no namespaces."""
        return f"{meta.namespace}/{meta.name}" if self.namespaced else meta.name

    def facts(self, obj: Mapping[str, Any]) -> Facts:
        """What selectors see of an object."""
        labels = obj["metadata"].get("labels") or {}
        return Facts(labels, {path: _field(obj, path, default) for path, default in self.fields.items()})


def _field(obj: Mapping[str, Any], path: str, default: str) -> str:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return default
    return str(value).lower() if isinstance(value, bool) else str(value)
