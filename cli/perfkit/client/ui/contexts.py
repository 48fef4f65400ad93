"""The contexts of a kubeconfig as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.client.ui.listing import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Row(msgspec.Struct, frozen=True):
    name: str
    current: bool
    namespace: str = ""


SHEET: Final = Sheet(
    [
        Column("NAME", lambda row: row.name, "N"),
        Column("CURRENT", lambda row: "*" if row.current else ""),
    ],
    1,
    lambda row: "good" if row.current else "plain",
)


class ContextSource:
    """Rows of contexts; they do not change."""

    name = "contexts"
    namespaced = False
    synced = True
    version = 0
    problem = ""
    sheet = SHEET

    def __init__(self, names: Sequence[str], current: str) -> None:
        self._rows = [_Row(name, name == current) for name in names]

    def rows(self) -> Sequence[_Row]:
        """All of them."""
        return self._rows
