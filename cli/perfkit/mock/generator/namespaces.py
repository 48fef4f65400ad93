"""Namespaces: those of the plan and those that every cluster has."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.collection import Listed, Row
from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.generator.template import Template
from perfkit.mock.generator.template import slot as s
from perfkit.mock.generator.words import uuid
from perfkit.mock.resources.description import Facts
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from perfkit.mock.generator.workloads import Plan

_DAYS = 120  # age of the oldest namespace
_NAME_LABEL = "kubernetes.io/metadata.name"


def namespaces(plan: Plan, seed: int, epoch: int, first_version: int) -> Listed:
    """All namespaces of the plan."""
    rows = [_row(name, seed, epoch, first_version + number) for number, name in enumerate(plan.namespaces)]
    return Listed(Template.of(_namespace_object()), rows)


def _row(name: str, seed: int, epoch: int, version: int) -> Row:
    text = shake_128(f"namespace/{seed}/{name}".encode()).hexdigest(24)
    values = {
        "name": name,
        "uid": uuid(text),
        "resource_version": str(version),
        "created": format_time(epoch - 86400 - int(text[:6], 16) % (_DAYS * 86400)),
    }
    facts = Facts({_NAME_LABEL: name}, {"metadata.name": name, "status.phase": "Active"})
    return Row(name, {key: value.encode() for key, value in values.items()}, facts)


def _namespace_object() -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": s("name"),
        "uid": s("uid"),
        "resourceVersion": s("resource_version"),
        "creationTimestamp": s("created"),
        "labels": {_NAME_LABEL: s("name")},
    }
    metadata["managedFields"] = [
        managed_entry("kubectl-create", s("created"), {"metadata": {"labels": metadata["labels"]}})
    ]
    return {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
