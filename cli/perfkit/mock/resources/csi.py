"""What storage drivers say of themselves: drivers, nodes, capacities, attachments, attributes of volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, CREATED, NAMED, joined, reading, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "storage.k8s.io"
_DRIVER: dict[str, Any] = {
    "attachRequired": True,
    "podInfoOnMount": False,
    "storageCapacity": False,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "requiresRepublish": False,
    "seLinuxMount": False,
    "preventPodSchedulingIfMissing": False,
}


def _driver_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    for name, usual in _DRIVER.items():
        spec.setdefault(name, usual)
    spec["volumeLifecycleModes"] = spec.get("volumeLifecycleModes") or ["Persistent"]


def _tokens(obj: dict[str, Any]) -> str:
    asked = find(obj, "spec.tokenRequests")
    return "<unset>" if asked is None else ",".join(request.get("audience", "") for request in asked)


def _flag(name: str, field: str, description: str) -> Any:
    return (Column(name, description, type="boolean"), value(f"spec.{field}", _DRIVER[field]))


CSI_DRIVERS = Resource(
    group=_GROUP,
    name="csidrivers",
    singular="csidriver",
    kind="CSIDriver",
    namespaced=False,
    fields={"metadata.name": ""},
    defaults=_driver_defaults,
    validate=lambda obj, before: [*immutable("spec.attachRequired", obj, before)],
    **table(
        NAMED,
        _flag("AttachRequired", "attachRequired", "Whether volumes are attached."),
        _flag("PodInfoOnMount", "podInfoOnMount", "Whether it is told of the pod."),
        _flag("StorageCapacity", "storageCapacity", "Whether it tells its capacity."),
        (Column("TokenRequests", "Audiences of the tokens it gets."), reading(_tokens)),
        _flag("RequiresRepublish", "requiresRepublish", "Whether it is called again and again."),
        (Column("Modes", "Kinds of volumes."), reading(lambda obj: joined(find(obj, "spec.volumeLifecycleModes", ())))),
        AGED,
    ),
)


def _node_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec["drivers"] = spec.get("drivers") or None
    for driver in spec["drivers"] or ():
        driver["topologyKeys"] = driver.get("topologyKeys") or None


CSI_NODES = Resource(
    group=_GROUP,
    name="csinodes",
    singular="csinode",
    kind="CSINode",
    namespaced=False,
    subresources=(status_of("CSINode"),),
    fields={"metadata.name": ""},
    defaults=_node_defaults,
    **table(
        NAMED,
        (
            Column("Drivers", "Number of drivers.", type="integer"),
            reading(lambda obj: len(find(obj, "spec.drivers", ()))),
        ),
        AGED,
    ),
)


def _capacity_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [] if obj.get("storageClassName") else [required("storageClassName")]
    return [*needed, *immutable("storageClassName", obj, before), *immutable("nodeTopology", obj, before)]


CSI_STORAGE_CAPACITIES = Resource(
    group=_GROUP,
    name="csistoragecapacities",
    singular="csistoragecapacity",
    kind="CSIStorageCapacity",
    namespaced=True,
    validate=_capacity_problems,
    **table(NAMED, CREATED),
)


def _attachment_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [required(f"spec.{field}") for field in ("attacher", "nodeName") if not find(obj, f"spec.{field}")]
    if not find(obj, "spec.source.persistentVolumeName") and not find(obj, "spec.source.inlineVolumeSpec"):
        needed.append(required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"))
    return [*needed, *immutable("spec", obj, before)]


VOLUME_ATTACHMENTS = Resource(
    group=_GROUP,
    name="volumeattachments",
    singular="volumeattachment",
    kind="VolumeAttachment",
    namespaced=False,
    subresources=(status_of("VolumeAttachment"),),
    fields={"metadata.name": ""},
    defaults=lambda obj: obj.setdefault("status", {}).setdefault("attached", False),
    validate=_attachment_problems,
    **table(
        NAMED,
        (Column("Attacher", "Driver that attaches it.", format="name"), value("spec.attacher", "")),
        (Column("PV", "The volume."), value("spec.source.persistentVolumeName", "")),
        (Column("Node", "The node it is attached to."), value("spec.nodeName", "")),
        (Column("Attached", "Whether it is.", type="boolean"), value("status.attached", default=False)),
        AGED,
    ),
)


def _attributes_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [] if obj.get("driverName") else [required("driverName")]
    return [*needed, *immutable("driverName", obj, before), *immutable("parameters", obj, before)]


VOLUME_ATTRIBUTES_CLASSES = Resource(
    group=_GROUP,
    name="volumeattributesclasses",
    singular="volumeattributesclass",
    kind="VolumeAttributesClass",
    namespaced=False,
    short_names=("vac",),
    fields={"metadata.name": ""},
    validate=_attributes_problems,
    **table(NAMED, (Column("DriverName", "Whose attributes they are."), value("driverName", "")), AGED),
)
CSI = (CSI_DRIVERS, CSI_NODES, CSI_STORAGE_CAPACITIES, VOLUME_ATTACHMENTS, VOLUME_ATTRIBUTES_CLASSES)
