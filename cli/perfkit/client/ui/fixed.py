"""Tables of what does not change: the contexts of a kubeconfig, the resources of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.ui.listing import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from perfkit.client.resources import Resource


class FixedSource:
    """Rows that stay as they are."""

    namespaced = False
    synced = True
    version = 0
    problem = ""

    def __init__(self, name: str, sheet: Sheet, rows: Iterable[Any]) -> None:
        self.name = name
        self.sheet = sheet
        self._rows = list(rows)

    def look(self, _seen: Collection[str]) -> None:
        """There is nothing new."""

    def rows(self) -> Sequence[Any]:
        """All of them."""
        return self._rows


class Context(msgspec.Struct, frozen=True):
    """A context, and whether it is the current one."""

    name: str
    current: bool
    namespace: str = ""


class Alias(msgspec.Struct, frozen=True):
    """A resource, and by which words it is known."""

    name: str
    words: str
    kind: str
    group: str
    namespaced: bool
    namespace: str = ""


_CONTEXTS: Final = Sheet(
    [
        Column("NAME", lambda row: row.name, "N"),
        Column("CURRENT", lambda row: "*" if row.current else ""),
    ],
    1,
    lambda row: "good" if row.current else "plain",
)
_ALIASES: Final = Sheet(
    [
        Column("RESOURCE", lambda row: row.name, "N"),
        Column("COMMAND", lambda row: row.words, "C"),
        Column("KIND", lambda row: row.kind, "K"),
        Column("API-GROUP", lambda row: row.group, "G"),
        Column("NAMESPACED", lambda row: "true" if row.namespaced else "false"),
    ],
    1,
)


def contexts(names: Sequence[str], current: str) -> FixedSource:
    """Those of a kubeconfig."""
    return FixedSource("contexts", _CONTEXTS, (Context(name, name == current) for name in names))


def aliases(resources: Iterable[Resource]) -> FixedSource:
    """Those that can be shown."""
    shown = (each for each in resources if each.watchable)
    rows = [_alias(each) for each in shown]
    return FixedSource("aliases", _ALIASES, rows)


def _alias(resource: Resource) -> Alias:
    words = dict.fromkeys((resource.plural, resource.singular or resource.kind.lower(), *resource.short))
    return Alias(resource.name, " ".join(words), resource.kind, resource.group, resource.namespaced)
