"""Persistent volumes, the claims on them, and storage classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def _modes(modes: list[str]) -> str:
    return ",".join(_MODES.get(mode, mode) for mode in modes)


def _claim(obj: dict[str, Any]) -> str:
    claim = find(obj, "spec.claimRef", {})
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _phase(obj: dict[str, Any]) -> str:
    going = "deletionTimestamp" in obj["metadata"]
    return "Terminating" if going else str(find(obj, "status.phase", ""))


_MODE = (Column("VolumeMode", "File system or raw block device.", 1), value("spec.volumeMode", "<unset>"))
_ATTRIBUTES = (
    Column("VolumeAttributesClass", "Class of the volume's attributes."),
    value("spec.volumeAttributesClassName", "<unset>"),
)


def _volume_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    if isinstance(spec.get("hostPath"), dict):
        spec["hostPath"].setdefault("type", "")
    made = {"lastPhaseTransitionTime": obj["metadata"].get("creationTimestamp")}
    obj.setdefault("status", {"phase": "Available", **made})


def _volume_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    needed = ("accessModes", "capacity")
    return [required(f"spec.{field}") for field in needed if not find(obj, f"spec.{field}")]


PERSISTENT_VOLUMES = Resource(
    name="persistentvolumes",
    singular="persistentvolume",
    kind="PersistentVolume",
    namespaced=False,
    short_names=("pv",),
    subresources=(status_of("PersistentVolume"),),
    fields={"metadata.name": ""},
    defaults=_volume_defaults,
    validate=_volume_problems,
    **table(
        NAMED,
        (Column("Capacity", "Size of the volume."), value("spec.capacity.storage", "")),
        (
            Column("Access Modes", "Who may mount it, and how."),
            reading(lambda obj: _modes(find(obj, "spec.accessModes", []))),
        ),
        (
            Column("Reclaim Policy", "What becomes of it without its claim."),
            value("spec.persistentVolumeReclaimPolicy"),
        ),
        (Column("Status", "Whether it is free, bound or failed."), reading(_phase)),
        (Column("Claim", "The claim it is bound to."), reading(_claim)),
        (Column("StorageClass", "Class it was made by."), value("spec.storageClassName", "")),
        _ATTRIBUTES,
        (Column("Reason", "Why it is in this state."), value("status.reason", "")),
        AGED,
        _MODE,
    ),
)


_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def _claim_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _claim_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = (
        [] if find(obj, "spec.accessModes") else [required("spec.accessModes", "at least 1 access mode is required")]
    )
    found += [
        unsupported("spec.accessModes", mode, _ACCESS)
        for mode in find(obj, "spec.accessModes", ())
        if mode not in _ACCESS
    ]
    if not find(obj, "spec.resources.requests.storage"):
        found.append(required("spec.resources[storage]"))
    return [*found, *immutable("spec.storageClassName", obj, before), *immutable("spec.accessModes", obj, before)]


PERSISTENT_VOLUME_CLAIMS = Resource(
    name="persistentvolumeclaims",
    singular="persistentvolumeclaim",
    kind="PersistentVolumeClaim",
    namespaced=True,
    short_names=("pvc",),
    subresources=(status_of("PersistentVolumeClaim"),),
    defaults=_claim_defaults,
    validate=_claim_problems,
    **table(
        NAMED,
        (Column("Status", "Whether it has a volume."), reading(_phase)),
        (Column("Volume", "The volume it is bound to."), value("spec.volumeName", "")),
        (Column("Capacity", "Size of that volume."), value("status.capacity.storage", "")),
        (
            Column("Access Modes", "Who may mount it, and how."),
            reading(lambda obj: _modes(find(obj, "status.accessModes", []))),
        ),
        (Column("StorageClass", "Class that makes the volume."), value("spec.storageClassName", "")),
        _ATTRIBUTES,
        AGED,
        _MODE,
    ),
)


def _class_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("reclaimPolicy", "Delete")
    obj.setdefault("volumeBindingMode", "Immediate")


def _class_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = [] if obj.get("provisioner") else [required("provisioner")]
    return [*found, *immutable("provisioner", obj, before), *immutable("parameters", obj, before)]


def _class_name(meta: Meta, obj: dict[str, Any], _: int) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    return f"{meta.name} (default)" if annotations.get(_DEFAULT_CLASS) == "true" else meta.name


STORAGE_CLASSES = Resource(
    group="storage.k8s.io",
    name="storageclasses",
    singular="storageclass",
    kind="StorageClass",
    namespaced=False,
    short_names=("sc",),
    fields={"metadata.name": ""},
    defaults=_class_defaults,
    validate=_class_problems,
    **table(
        (NAMED[0], _class_name),
        (Column("Provisioner", "Who makes the volumes."), value("provisioner")),
        (Column("ReclaimPolicy", "What becomes of volumes without their claim."), value("reclaimPolicy")),
        (Column("VolumeBindingMode", "When a claim gets its volume."), value("volumeBindingMode")),
        (
            Column("AllowVolumeExpansion", "Whether claims may grow."),
            value("allowVolumeExpansion", default=False),
        ),
        AGED,
    ),
)
