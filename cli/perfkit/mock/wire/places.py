"""Paths of the resource API: which resource, namespace and name a path speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.resources.registry import Catalog


class Place(msgspec.Struct, frozen=True):
    """A resource, all of it (no namespace, no name), a namespace's part of it, or one object."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> str:
        """The key of the one object."""
        return f"{self.namespace}/{self.name}" if self.resource.namespaced else self.name

    @property
    def prefix(self) -> str:
        """What the keys of all listed objects begin with."""
        return f"{self.namespace}/" if self.namespace else ""


_NO_NAMES = frozenset({"", ".", ".."})


def locate(path: str, catalog: Catalog) -> Place | None:
    """``/api/v1/namespaces/NS/pods/NAME`` and its like; None where no resource of ours lies."""
    match path.split("/"):
        case ["", "api", version, *rest]:
            return _within(catalog, ("", version), rest)
        case ["", "apis", group, version, *rest] if group:
            return _within(catalog, (group, version), rest)
    return None


def _within(catalog: Catalog, group_version: tuple[str, str], rest: list[str]) -> Place | None:
    if not _NO_NAMES.isdisjoint(rest):
        return None
    match rest:
        case ["namespaces", namespace, name, *more] if (resource := catalog.find(*group_version, name)) is not None:
            return _place(resource, namespace, more) if resource.namespaced else None
        case [name, *more] if (resource := catalog.find(*group_version, name)) is not None:
            # One object of a namespaced resource can only be named within its namespace.
            return None if more and resource.namespaced else _place(resource, "", more)
    return None


def _place(resource: Resource, namespace: str, more: list[str]) -> Place | None:
    match more:
        case []:
            return Place(resource, namespace)
        case [name]:
            return Place(resource, namespace, name)
        case [name, "proxy", *_]:  # what follows is a path there
            return Place(resource, namespace, name, "proxy")
        case [name, *sub]:
            return Place(resource, namespace, name, "/".join(sub))
    return None
