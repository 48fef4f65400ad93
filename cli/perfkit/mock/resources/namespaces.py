"""Namespaces."""

from __future__ import annotations

import msgspec

from perfkit.mock.resources.columns import AGE, NAME, age
from perfkit.mock.resources.description import Column, Meta, Resource, Row


class _Status(msgspec.Struct, frozen=True):
    phase: str = ""


class _Namespace(msgspec.Struct, frozen=True):
    status: _Status = _Status()


def _row(meta: Meta, view: _Namespace, now: int) -> Row:
    return Row([meta.name, view.status.phase, age(meta, now)])


NAMESPACES = Resource(
    name="namespaces",
    singular="namespace",
    kind="Namespace",
    namespaced=False,
    short_names=("ns",),
    columns=(NAME, Column("Status", "Whether the namespace is active or going away."), AGE),
    view=_Namespace,
    row=_row,
    fields={"metadata.name": "", "status.phase": ""},
)
