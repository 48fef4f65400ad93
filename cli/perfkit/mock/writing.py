"""CREATE, UPDATE, PATCH, DELETE and DELETECOLLECTION: from a request to what was written, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.reading import requested_format, selected_keys
from perfkit.mock.resources.batch import JOBS
from perfkit.mock.resources.templates import REPLICATION_CONTROLLERS
from perfkit.mock.schema.ownership import default_manager
from perfkit.mock.wire.bodies import media_type, read_object
from perfkit.mock.wire.options import parse_options
from perfkit.mock.wire.status import not_found
from perfkit.mock.wire.write_options import check_patch_options, parse_delete_options, parse_write_options
from perfkit.mock.writes.editor import Intent, Written
from perfkit.mock.writes.patching import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.exchange import Exchange
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.wire.write_options import DeleteOptions, WriteOptions
    from perfkit.mock.writes.control_plane import ControlPlane

# What a deletion answers with: of these the object that is gone, of all others a Status (the registries' choice).
_RETURNED = frozenset(
    {
        "pods",
        "services",
        "serviceaccounts",
        "persistentvolumes",
        "persistentvolumeclaims",
        "podtemplates",
        "resourcequotas",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
        "deviceclasses.resource.k8s.io",
        "resourceclaims.resource.k8s.io",
        "resourceclaimtemplates.resource.k8s.io",
        "resourceslices.resource.k8s.io",
    }
)


_PRESERVED = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)
_MOST_WARNED, _MOST_OF_ONE = 4096, 256  # characters
_OPTIONS = {"PUT": "UpdateOptions", "PATCH": "PatchOptions"}


def write_options(exchange: Exchange) -> WriteOptions:
    """The options of a write. Raises ApiError."""
    kind = _OPTIONS.get(exchange.method, "CreateOptions")
    return parse_write_options(exchange.query, default_manager(exchange.header("user-agent")), kind)


class Writing:
    """The writing verbs on one store."""

    def __init__(self, store: Store, plane: ControlPlane) -> None:
        self._store = store
        self._plane = plane

    async def create(self, exchange: Exchange, place: Place) -> None:
        """Answer a POST. Raises ApiError."""
        decoded = read_object(exchange.content, exchange.header("content-type"))
        intent = Intent(place, write_options(exchange), decoded.duplicates)
        await self.answer(exchange, place, self._plane.editor.create(intent, decoded.value))

    async def update(self, exchange: Exchange, place: Place) -> None:
        """Answer a PUT. Raises ApiError."""
        decoded = read_object(exchange.content, exchange.header("content-type"))
        intent = Intent(place, write_options(exchange), decoded.duplicates)
        await self.answer(exchange, place, self._plane.editor.update(intent, decoded.value))

    async def patch(self, exchange: Exchange, place: Place) -> None:
        """Answer a PATCH. Raises ApiError."""
        content_type = exchange.header("content-type")
        check_patch_options(exchange.query, media_type(content_type))
        written = patch(self._plane.editor, Intent(place, write_options(exchange)), exchange.content, content_type)
        await self.answer(exchange, place, written)

    async def delete(self, exchange: Exchange, place: Place) -> None:
        """Answer a DELETE of one object. Raises ApiError."""
        options = _delete_options(exchange, place.resource)
        before = self._store.read(place.resource, place.key)
        if before is None:
            raise not_found(place.resource, place.name)
        left = self._plane.deleter.delete(place.resource, place.key, options)
        if left is not None or place.resource.qualified in _RETURNED:
            await self.answer(exchange, place, Written(msgspec.json.encode(left or before)))
        else:
            await exchange.reply(200, msgspec.json.encode(_deleted(place.resource, before)) + b"\n")

    async def delete_collection(self, exchange: Exchange, place: Place) -> None:
        """Answer a DELETE of all that is selected. Raises ApiError."""
        options, listed = _delete_options(exchange, place.resource), parse_options(exchange.query)
        form = requested_format(exchange, self._store, place)
        version, bodies = str(self._store.version), []
        for key in selected_keys(self._store, place, listed):
            before = self._store.read(place.resource, key)
            if before is not None:
                left = self._plane.deleter.delete(place.resource, key, options)
                bodies.append(form.item(msgspec.json.encode(left or before)))
        exchange.entry.objects = len(bodies)
        await exchange.reply(200, form.head({"resourceVersion": version}) + b",".join(bodies) + b"]}\n")

    async def answer(self, exchange: Exchange, place: Place, written: Written) -> None:
        """Answer with an object that was written."""
        form = requested_format(exchange, self._store, place)
        headers = {"warning": ", ".join(_warnings(written.warnings))} if written.warnings else {}
        exchange.entry.objects = 1
        status = 201 if written.created else 200
        await exchange.reply(status, form.single(written.body) + b"\n", **headers)


def _delete_options(exchange: Exchange, resource: Resource) -> DeleteOptions:
    """What a deletion asks for; of two kinds the pods stay unless it says otherwise. Raises ApiError."""
    content, kind = exchange.content, exchange.header("content-type")
    body = read_object(content, kind).value if content.strip() else None
    if resource is REPLICATION_CONTROLLERS:
        return parse_delete_options(exchange.query, body, "Orphan")
    if resource is not JOBS:
        return parse_delete_options(exchange.query, body)
    options = parse_delete_options(exchange.query, body, "Orphan")
    said = {*exchange.query, *(body if isinstance(body, dict) else ())}
    if said.isdisjoint({"propagationPolicy", "orphanDependents"}):
        exchange.always["warning"] = f'299 - "{_PRESERVED}"'
    return options


def _warnings(texts: list[str]) -> Iterator[str]:
    """Values of the header Warning; too much is cut, as the API server does, for clients refuse long headers."""
    if sum(map(len, texts)) > _MOST_WARNED:
        texts = [text[:_MOST_OF_ONE] for text in texts[: _MOST_WARNED // _MOST_OF_ONE]]
    for text in texts:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        yield f'299 - "{escaped}"'


def _deleted(resource: Resource, obj: dict[str, Any]) -> dict[str, Any]:
    metadata = obj["metadata"]
    group = {"group": resource.group} if resource.group else {}
    details = {"name": metadata["name"], **group, "kind": resource.name, "uid": metadata["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
