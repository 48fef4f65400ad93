"""Devices: their classes, claims on them, slices of them and taints. Nobody allocates them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, since, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem

_GROUP = "resource.k8s.io"

DEVICE_CLASSES = Resource(
    group=_GROUP,
    name="deviceclasses",
    singular="deviceclass",
    kind="DeviceClass",
    namespaced=False,
    fields={"metadata.name": ""},
    counts_generations=True,
    **table(NAMED, AGED),
)


def _taint_defaults(obj: dict[str, Any]) -> None:
    taint = obj.setdefault("spec", {}).setdefault("taint", {})
    taint.setdefault("timeAdded", obj["metadata"].get("creationTimestamp"))


def _taint_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    return [required(f"spec.taint.{field}") for field in ("key", "effect") if not find(obj, f"spec.taint.{field}")]


def _added(_: Meta, obj: dict[str, Any], now: int) -> str:
    added = find(obj, "spec.taint.timeAdded")
    return since(added, now) if added else ""


TAINT_RULES = Resource(
    group=_GROUP,
    name="devicetaintrules",
    singular="devicetaintrule",
    kind="DeviceTaintRule",
    namespaced=False,
    subresources=(status_of("DeviceTaintRule"),),
    fields={"metadata.name": ""},
    storage="resource.k8s.io/v1beta2",
    counts_generations=True,
    defaults=_taint_defaults,
    validate=_taint_problems,
    **table(
        NAMED,
        (Column("Key", "Key of the taint."), value("spec.taint.key", "")),
        (Column("Value", "Value of the taint."), value("spec.taint.value", "")),
        (Column("Effect", "What it does to pods."), value("spec.taint.effect", "")),
        (Column("TimeAdded", "Time since it was added."), _added),
        AGED,
    ),
)


def _requests(claim: Any) -> Iterator[dict[str, Any]]:
    """All that a claim asks for, alternatives too."""
    for request in find(claim, "devices.requests", ()):
        if isinstance(request.get("exactly"), dict):
            yield request["exactly"]
        yield from request.get("firstAvailable") or ()


def _counted(claim: Any) -> None:
    for request in _requests(claim):
        mode = request.get("allocationMode") or "ExactCount"
        request["allocationMode"] = mode
        if mode == "ExactCount":
            request["count"] = request.get("count") or 1


def _claim_defaults(obj: dict[str, Any]) -> None:
    _counted(obj.setdefault("spec", {}))


def _state(obj: dict[str, Any]) -> str:
    going, allocated = "deletionTimestamp" in obj["metadata"], bool(find(obj, "status.allocation"))
    reserved = allocated and bool(find(obj, "status.reservedFor"))
    states = {"deleted": going, "pending": not (going or allocated), "allocated": allocated, "reserved": reserved}
    return ",".join(name for name, holds in states.items() if holds)


RESOURCE_CLAIMS = Resource(
    group=_GROUP,
    name="resourceclaims",
    singular="resourceclaim",
    kind="ResourceClaim",
    namespaced=True,
    subresources=(status_of("ResourceClaim"),),
    defaults=_claim_defaults,
    validate=lambda obj, before: [*immutable("spec", obj, before)],
    **table(NAMED, (Column("State", "Whether it is allocated."), reading(_state)), AGED),
)


def _template_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("metadata", {})
    _counted(spec.setdefault("spec", {}))


RESOURCE_CLAIM_TEMPLATES = Resource(
    group=_GROUP,
    name="resourceclaimtemplates",
    singular="resourceclaimtemplate",
    kind="ResourceClaimTemplate",
    namespaced=True,
    defaults=_template_defaults,
    validate=lambda obj, before: [*immutable("spec", obj, before)],
    **table(NAMED, AGED),
)


def _slice_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [required(f"spec.{field}") for field in ("driver", "pool.name") if not find(obj, f"spec.{field}")]
    return [*needed, *immutable("spec.driver", obj, before), *immutable("spec.nodeName", obj, before)]


RESOURCE_SLICES = Resource(
    group=_GROUP,
    name="resourceslices",
    singular="resourceslice",
    kind="ResourceSlice",
    namespaced=False,
    fields={"metadata.name": "", "spec.nodeName": "", "spec.driver": "", "spec.pool.name": ""},
    counts_generations=True,
    validate=_slice_problems,
    **table(
        NAMED,
        (Column("Node", "The node that has the devices."), value("spec.nodeName", "")),
        (Column("Driver", "Whose devices they are."), value("spec.driver", "")),
        (Column("Pool", "The pool that they are of."), value("spec.pool.name", "")),
        AGED,
    ),
)
DEVICES = (DEVICE_CLASSES, TAINT_RULES, RESOURCE_CLAIMS, RESOURCE_CLAIM_TEMPLATES, RESOURCE_SLICES)
