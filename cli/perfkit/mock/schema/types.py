"""A schema as the functions here read it: a view of OpenAPI definitions, shipped or a CustomResourceDefinition's."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.data import REFERENCE, kinds, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OBJECT_META = {"$ref": f"{REFERENCE}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_IDENTITY = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": _OBJECT_META}
# Go structs that are no pointers: an object of a built-in kind always has them, be they empty. OpenAPI cannot say so.
_ALWAYS_THERE = frozenset(
    {"metadata", "spec", "status", "template", "jobTemplate", "strategy", "updateStrategy", "resources"}
)


class Schema:
    """The schema of a value. Children are made when first asked for: definitions may hold themselves."""

    def __init__(self, node: Mapping[str, Any], parent: Schema | None = None) -> None:
        reference = node.get("$ref", "")
        self.name: str = reference.removeprefix(REFERENCE)
        # Whether it is part of what perfkit ships; metadata of a custom resource is.
        self.built_in: bool = bool(reference) or (parent is not None and parent.built_in)
        # What stands beside a reference speaks of the field and wins: its list type, its merge key.
        self.node: Mapping[str, Any] = {**shipped().definitions[self.name], **node} if reference else node

    @property
    def type(self) -> str:
        """``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean``, or empty: anything."""
        return str(self.node.get("type", ""))

    @property
    def format(self) -> str:
        """``int32``, ``date-time`` …, or empty."""
        return str(self.node.get("format", ""))

    @property
    def go_name(self) -> str:
        """The type as Go prints it, such as ``v1.Container``; empty for what has no name."""
        return ".".join(self.name.split(".")[-2:]) if self.name else ""

    @cached_property
    def properties(self) -> dict[str, Schema]:
        """The declared fields."""
        declared: dict[str, Any] = self.node.get("properties", {})
        if self.node.get("x-kubernetes-embedded-resource"):
            declared = {**declared, **_IDENTITY}
        return {name: Schema(node, self) for name, node in declared.items()}

    @cached_property
    def values(self) -> Schema | None:
        """The schema of the values of a map, or None."""
        declared = self.node.get("additionalProperties")
        return Schema(declared, self) if isinstance(declared, dict) else None

    @cached_property
    def items(self) -> Schema | None:
        """The schema of the elements of an array, or None."""
        declared = self.node.get("items")
        return Schema(declared, self) if isinstance(declared, dict) else None

    def branches(self, word: str) -> list[Schema]:
        """The schemas under ``allOf``, ``anyOf``, ``oneOf`` or ``not``."""
        declared = self.node.get(word, ())
        return [Schema(node, self) for node in ([declared] if isinstance(declared, dict) else declared)]

    @property
    def open(self) -> bool:
        """Whether undeclared fields are kept."""
        if self.node.get("x-kubernetes-preserve-unknown-fields") or self.node.get("additionalProperties") is True:
            return True
        return not self.type or (self.built_in and not self.properties and self.values is None)

    @property
    def int_or_string(self) -> bool:
        """Whether both an integer and a string will do."""
        return self.format == "int-or-string" or bool(self.node.get("x-kubernetes-int-or-string"))

    @property
    def quantity(self) -> bool:
        """Whether this is an amount such as 100m or 2Gi."""
        return self.name.endswith(".resource.Quantity")

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that an object must have."""
        return tuple(self.node.get("required", ()))

    @property
    def atomic(self) -> bool:
        """Whether the value belongs to one owner as a whole (structured merge diff)."""
        if self.type == "array":
            return bool(self.node.get("x-kubernetes-list-type", "atomic") == "atomic")
        if self.built_in and self.open:
            return True
        return bool(self.node.get("x-kubernetes-map-type") == "atomic")

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that tell the elements of an associative array apart; empty for a set."""
        return tuple(self.node.get("x-kubernetes-list-map-keys", ()))

    @property
    def strategies(self) -> tuple[str, ...]:
        """Of strategic merge patch: ``merge``, ``replace``, ``retainKeys``."""
        return tuple(filter(None, self.node.get("x-kubernetes-patch-strategy", "").split(",")))

    @property
    def merge_key(self) -> str:
        """The field by which strategic merge patch tells elements apart; empty for scalars."""
        return str(self.node.get("x-kubernetes-patch-merge-key", ""))

    def child(self, name: str) -> Schema | None:
        """The schema of a field, declared or of a map; None where none is known."""
        return self.properties.get(name) or self.values

    def always_has(self, name: str) -> bool:
        """Whether every object of a built-in kind has this container, be it empty or null."""
        return self.built_in and name in self.properties and (name in _ALWAYS_THERE or name in self.required)


@cache
def builtin(group: str, version: str, kind: str) -> Schema | None:
    """The shipped schema of a kind, or None."""
    name = kinds().get((group, version, kind))
    return None if name is None else Schema({"$ref": REFERENCE + name})


def custom(open_api_v3_schema: Mapping[str, Any]) -> Schema:
    """The schema of a custom resource, out of its definition's ``openAPIV3Schema`` (structural, as v1 demands)."""
    declared = open_api_v3_schema.get("properties", {})
    # The API server reads these three itself, whatever the definition says of them.
    return Schema({"type": "object", **open_api_v3_schema, "properties": {**declared, **_IDENTITY}})


def fields(schema: Schema | None, value: Mapping[str, Any]) -> Iterator[tuple[str, Any, Schema | None]]:
    """The fields of an object, each with its schema as far as that is known."""
    for name, child in value.items():
        yield name, child, None if schema is None else schema.child(name)
