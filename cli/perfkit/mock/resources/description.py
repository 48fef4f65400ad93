"""The description of a resource: names, verbs, columns, selectable fields, rules. Adding a resource is adding one."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - msgspec reads annotations at run time
from functools import cached_property
from typing import Any

import msgspec

from perfkit.mock.resources.rules import subdomain_name
from perfkit.mock.schema.types import Schema, builtin, custom
from perfkit.mock.schema.validation import Problem  # noqa: TC001


class Facts(msgspec.Struct, frozen=True):
    """What selectors and the garbage collector look at: labels, selectable fields, and the UIDs of the owners."""

    labels: Mapping[str, str]
    fields: Mapping[str, str]
    owners: tuple[str, ...] = ()


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


class Subresource(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an object with a path of its own; what it takes and gives is of ``kind``."""

    name: str
    kind: str
    group: str = ""
    version: str = ""  # empty: that of the resource
    verbs: tuple[str, ...] = ("get", "patch", "update")


def status_of(kind: str) -> Subresource:
    """The subresource status of a kind."""
    return Subresource(name="status", kind=kind)


def proxy_of(kind: str) -> Subresource:
    """The subresource proxy of a kind."""
    verbs = ("create", "delete", "get", "patch", "update")
    return Subresource(name="proxy", kind=f"{kind}ProxyOptions", verbs=verbs)


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that shows what another one stores, such as events in two API groups, or metrics of pods.

    ``show(body, store)`` and ``absorb(object)`` translate from and to what is stored; without ``absorb`` it is
    read-only. ``field`` and ``value`` restrict it to objects of which this field has this value.
    """

    of: str  # qualified name of the resource that stores
    show: Callable[[bytes, Any], bytes]
    absorb: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    field: str = ""
    value: str = ""


ALL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


_IDENTITY = ("metadata.name", "metadata.namespace")


def _nothing(obj: dict[str, Any]) -> None:
    """No field has a default."""


def _valid(_: Mapping[str, Any], __: Mapping[str, Any] | None) -> list[Problem]:
    return []


class Definition:
    """What a client's definition says of a custom resource: its openAPIV3Schema, and the paths of its scale."""

    def __init__(self, open_api: Mapping[str, Any], scale: Mapping[str, str] | None) -> None:
        self.open_api = open_api
        self.scale = scale

    @cached_property
    def schema(self) -> Schema:
        """The openAPIV3Schema, read."""
        return custom(self.open_api)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource. ``view`` is what of an object that ``row(meta, view, now)`` reads; ``now`` in simulated seconds.

    ``fields`` maps each field that a selector may name to its value where an object leaves it out. ``defaults`` fills
    an object that is to be stored (its metadata is whole), in place; ``validate`` tells what is wrong with it, given
    the object that it replaces (None for a new one).
    """

    group: str = ""
    version: str = "v1"
    name: str  # plural, as in paths
    singular: str
    kind: str
    list_kind: str = ""  # empty: the kind with List at its end
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL
    subresources: tuple[Subresource, ...] = ()
    columns: tuple[Column, ...]
    view: Any  # a Struct, or dict[str, Any] for the whole object
    row: Callable[[Meta, Any, int], Row]
    fields: Mapping[str, str] = msgspec.field(default_factory=lambda: dict.fromkeys(_IDENTITY, ""))
    counts_generations: bool = False  # metadata.generation grows when anything but metadata and status changes
    counted_metadata: tuple[str, ...] = ()  # and this
    assigned: tuple[str, ...] = ()  # paths that the server fills in a new object: nobody owns what nobody gave
    deprecation: str = ""  # what every answer warns of
    named: Callable[[str], str] = subdomain_name  # what is wrong with a name; empty: nothing
    defaults: Callable[[dict[str, Any]], None] = _nothing
    validate: Callable[[Mapping[str, Any], Mapping[str, Any] | None], list[Problem]] = _valid
    storage: str = ""  # group and version that are stored, as storage hashes say; empty: those that are served
    projection: Projection | None = None
    defined: Definition | None = None  # of a custom resource: what its definition says beyond names

    @property
    def schema(self) -> Schema | None:
        """The fields that its objects may have; None where that is not known."""
        return self.defined.schema if self.defined else builtin(self.group, self.version, self.kind)

    @property
    def api_version(self) -> str:
        """``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``pods`` or ``deployments.apps``: what errors call it."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def qualified_kind(self) -> str:
        """``Pod`` or ``Deployment.apps``."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def shelf(self) -> str:
        """What the store calls the place where its objects are kept: a projection has none of its own."""
        return self.projection.of if self.projection else self.qualified

    def key(self, meta: Meta) -> str:
        """Where an object is kept: ``namespace/name``, or ``name`` where there are no namespaces."""
        return f"{meta.namespace}/{meta.name}" if self.namespaced else meta.name

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of that name, or None."""
        return next((subresource for subresource in self.subresources if subresource.name == name), None)

    def fill(self, obj: dict[str, Any]) -> None:
        """Fill an object that is to be stored, in place: defaults, and the status that every built-in kind has."""
        self.defaults(obj)
        if self.subresource("status") and self.defined is None:
            obj.setdefault("status", {})

    def facts(self, obj: Mapping[str, Any]) -> Facts:
        """What selectors see of an object."""
        metadata = obj["metadata"]
        owners = tuple(owner["uid"] for owner in metadata.get("ownerReferences") or ())
        fields = {path: _field(obj, path, default) for path, default in self.fields.items()}
        return Facts(metadata.get("labels") or {}, fields, owners)


def _field(obj: Mapping[str, Any], path: str, default: str) -> str:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return default
    return str(value).lower() if isinstance(value, bool) else str(value)
