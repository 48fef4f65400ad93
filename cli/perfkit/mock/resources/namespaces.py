"""Namespaces."""

from __future__ import annotations

from typing import Any

import msgspec

from perfkit.mock.resources.columns import AGE, NAME, age
from perfkit.mock.resources.description import ALL, Column, Meta, Resource, Row, Subresource, status_of
from perfkit.mock.resources.rules import label_name


class _Status(msgspec.Struct, frozen=True):
    phase: str = ""


class _Namespace(msgspec.Struct, frozen=True):
    status: _Status = _Status()


def _row(meta: Meta, view: _Namespace, now: int) -> Row:
    return Row([meta.name, view.status.phase, age(meta, now)])


def _defaults(obj: dict[str, Any]) -> None:
    metadata = obj["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata.get("name", "")}
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {}).setdefault("phase", "Active")


NAMESPACES = Resource(
    name="namespaces",
    singular="namespace",
    kind="Namespace",
    namespaced=False,
    short_names=("ns",),
    verbs=tuple(verb for verb in ALL if verb != "deletecollection"),
    subresources=(Subresource(name="finalize", kind="Namespace", verbs=("update",)), status_of("Namespace")),
    named=label_name,
    assigned=("spec",),
    defaults=_defaults,
    columns=(NAME, Column("Status", "Whether the namespace is active or going away."), AGE),
    view=_Namespace,
    row=_row,
    fields={"metadata.name": "", "status.phase": ""},
)
