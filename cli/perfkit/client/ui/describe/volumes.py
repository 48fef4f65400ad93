"""Volumes of a pod: what each is, and what kubectl says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.ui.describe.plain import titled
from perfkit.client.ui.values import NONE, UNSET, at, labels, number, said, table, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Source(msgspec.Struct, frozen=True):
    """What a kind of volume is, and its fields: titles with paths, or lines of its own."""

    what: str
    fields: tuple[tuple[str, str, Any], ...] = ()
    lines: Callable[[dict[str, Any]], Iterator[str]] | None = None


def _projected(source: dict[str, Any]) -> Iterator[str]:
    for each in tables(source, "sources"):
        if table(each, "secret"):
            yield f"SecretName:\t{said(at(each, 'secret.name'))}"
            yield f"Optional:\t{said(at(each, 'secret.optional') is True)}"
        elif isinstance(each.get("downwardAPI"), dict):
            yield "DownwardAPI:\ttrue"
        elif table(each, "configMap"):
            yield f"ConfigMapName:\t{said(at(each, 'configMap.name'))}"
            yield f"Optional:\t{said(at(each, 'configMap.optional') is True)}"
        elif table(each, "serviceAccountToken"):
            yield f"TokenExpirationSeconds:\t{number(at(each, 'serviceAccountToken.expirationSeconds'))}"


def _downward(source: dict[str, Any]) -> Iterator[str]:
    yield "Items:"
    for item in tables(source, "items"):
        origin = at(item, "fieldRef.fieldPath") or at(item, "resourceFieldRef.resource")
        yield f"  {said(origin)} -> {said(item.get('path'))}"


def _attributes(source: dict[str, Any]) -> Iterator[str]:
    return labels("VolumeAttributes", source.get("volumeAttributes"))


_OPTIONAL: Final = ("Optional", "optional", False)
_READ_ONLY: Final = ("ReadOnly", "readOnly", False)
SOURCES: Final = {
    "hostPath": _Source(
        "HostPath (bare host directory volume)", (("Path", "path", ""), ("HostPathType", "type", NONE))
    ),
    "emptyDir": _Source(
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (("Medium", "medium", ""), ("SizeLimit", "sizeLimit", UNSET)),
    ),
    "secret": _Source("Secret (a volume populated by a Secret)", (("SecretName", "secretName", ""), _OPTIONAL)),
    "configMap": _Source("ConfigMap (a volume populated by a ConfigMap)", (("Name", "name", ""), _OPTIONAL)),
    "nfs": _Source(
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        (("Server", "server", ""), ("Path", "path", ""), _READ_ONLY),
    ),
    "persistentVolumeClaim": _Source(
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (("ClaimName", "claimName", ""), _READ_ONLY),
    ),
    "downwardAPI": _Source("DownwardAPI (a volume populated by information about the pod)", lines=_downward),
    "projected": _Source("Projected (a volume that contains injected data from multiple sources)", lines=_projected),
    "csi": _Source(
        "CSI (a Container Storage Interface (CSI) volume source)",
        (("Driver", "driver", ""), ("FSType", "fsType", ""), _READ_ONLY),
        _attributes,
    ),
}
"""The kinds that pods have today; of any other its name and fields are told."""


def volumes(value: Any, *, nested: bool = False) -> Iterator[str]:
    """Each with its kind."""
    outer, inner = ("  ", "   ") if nested else ("", "  ")
    if not tables(value):
        yield f"{outer}Volumes:\t{NONE}"
        return
    yield f"{outer}Volumes:"
    for volume in tables(value):
        yield f"{inner}{said(volume.get('name'))}:"
        yield from (f"    {line}" for line in _volume(volume))


def _volume(volume: dict[str, Any]) -> Iterator[str]:
    kind = next((key for key in volume if key != "name" and isinstance(volume[key], dict)), "")
    source, known = table(volume, kind) if kind else {}, SOURCES.get(kind)
    if known is None:
        yield f"Type:\t{titled(kind).replace(' ', '') or '<unknown>'}"
        yield from (f"{titled(key).replace(' ', '')}:\t{said(each)}" for key, each in sorted(source.items()))
        return
    yield f"Type:\t{known.what}"
    yield from (f"{title}:\t{said(source.get(key), said(absent))}" for title, key, absent in known.fields)
    if known.lines is not None:
        yield from known.lines(source)
