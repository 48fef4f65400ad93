"""Creates and changes of objects: the one way from what a client sent into the store."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.rules import find
from perfkit.mock.schema.ownership import Writer, track
from perfkit.mock.store import Change
from perfkit.mock.times import format_time
from perfkit.mock.wire.status import already_exists, forbidden, not_found, versioned_creation
from perfkit.mock.writes import checking, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.wire.write_options import WriteOptions


_CLEARED: list[dict[str, Any]] = [{}]  # managedFields of a client that wants to be rid of them


class Intent(msgspec.Struct, frozen=True):
    """A write: where, with which options, and what strict validation has already found (fields given twice)."""

    place: Place
    options: WriteOptions
    duplicates: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """The resource that is written."""
        return self.place.resource


class Written(msgspec.Struct, frozen=True):
    """The object after a write, as JSON without kind and apiVersion, and warnings for the client."""

    body: bytes
    warnings: list[str] = []
    created: bool = False


class Editor:
    """Writes objects of one store. ``on_event(resource, key, before, after)`` is told of each that was stored."""

    def __init__(self, store: Store, on_event: Callable[[Resource, str, Any, Any], None]) -> None:
        self._store = store
        self._on_event = on_event

    def create(self, intent: Intent, obj: dict[str, Any]) -> Written:
        """Store a new object. Raises ApiError."""
        resource = intent.resource
        checking.identify(obj, resource.api_version, resource.kind)
        if resource.subresource("status"):
            obj.pop("status", None)
        shaped, warnings = checking.shape(obj, resource, intent.options, intent.duplicates)
        shaped["metadata"].pop("managedFields", None)
        return self.adopt(intent, shaped, warnings)

    def adopt(self, intent: Intent, obj: dict[str, Any], warnings: list[str]) -> Written:
        """Store a new object that has its shape, and its managedFields if it was applied. Raises ApiError."""
        resource = intent.resource
        metadata.name_object(obj, intent.place, self._store)
        self._check_namespace(resource, obj)
        if obj["metadata"].get("resourceVersion"):
            raise versioned_creation()
        metadata.begin(obj, resource, self._store)
        given = self._stored_form(resource, obj)
        obj = copy.deepcopy(given)
        resource.fill(obj)
        checking.check(obj, None, resource)
        key = metadata.key_of(obj, resource)
        if self._store.read(resource, key) is not None:
            raise already_exists(resource, obj["metadata"]["name"])
        if "managedFields" not in obj["metadata"]:
            obj = _with_managed(obj, self._tracked(intent, None, _unassigned(obj, given, resource)))
        return self._commit(intent, None, obj, warnings)

    def read(self, place: Place) -> dict[str, Any]:
        """The object at a place, as clients see it: with kind and apiVersion. Raises ApiError (404)."""
        resource = place.resource
        found = self._store.read(resource, place.key)
        if found is None:
            raise not_found(resource, place.name)
        if resource.projection is not None:
            found = msgspec.json.decode(resource.projection.show(msgspec.json.encode(found), self._store))
        return {"apiVersion": resource.api_version, "kind": resource.kind, **found}

    def update(self, intent: Intent, obj: dict[str, Any]) -> Written:
        """Store an object in place of the present one, or of its part that a subresource is. Raises ApiError."""
        resource, before = intent.resource, self.read(intent.place)
        checking.identify(obj, resource.api_version, resource.kind)
        shaped, warnings = checking.shape(obj, resource, intent.options, intent.duplicates)
        metadata.carry_over(shaped, before, resource)
        if "managedFields" in before["metadata"]:  # clients that do not know them do not lose them
            shaped["metadata"].setdefault("managedFields", before["metadata"]["managedFields"])
        return self.replace(intent, before, shaped, warnings)

    def replace(self, intent: Intent, before: dict[str, Any], obj: dict[str, Any], warnings: list[str]) -> Written:
        """Store a changed object whose metadata is whole already. Raises ApiError."""
        resource = intent.resource
        after = self._stored_form(resource, _part(intent.place, before, obj))
        before = self._stored_form(resource, before)
        resource.fill(after)
        metadata.count_generation(after, before, resource)
        if after["metadata"].get("managedFields") in (before["metadata"].get("managedFields"), _CLEARED):
            after = _with_managed(after, self._tracked(intent, before, after))
        checking.check(after, None if intent.place.subresource in _PARTS else before, resource)
        if metadata.same(after, before):
            return Written(_encoded(before), warnings)
        return self._commit(intent, before, after, warnings)

    def set(self, resource: Resource, key: str, obj: Mapping[str, Any] | None) -> None:
        """Store or delete an object as the server itself does: nothing is checked."""
        before = self._store.read(resource, key)
        self._store.apply(Change(resource, key, obj))
        self._on_event(resource, key, before, obj)

    def _check_namespace(self, resource: Resource, obj: Mapping[str, Any]) -> None:
        if not resource.namespaced:
            return
        name = obj["metadata"].get("namespace", "")
        namespaces = self._store.catalog.find("", "v1", "namespaces")
        assert namespaces is not None
        found = self._store.read(namespaces, name)
        if found is None:
            raise not_found(namespaces, name)
        if "deletionTimestamp" in found["metadata"]:
            detail = f"unable to create new content in namespace {name} because it is being terminated"
            message = f"namespace {name} is being terminated"
            cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
            raise forbidden(resource, obj["metadata"].get("name", ""), detail, [cause])

    def _stored_form(self, resource: Resource, obj: dict[str, Any]) -> dict[str, Any]:
        """The object as it is kept: in the version of the resource that stores it."""
        absorb = resource.projection.absorb if resource.projection else None
        obj = copy.deepcopy(obj)
        return absorb(obj) if absorb else obj

    def _tracked(self, intent: Intent, before: dict[str, Any] | None, after: dict[str, Any]) -> Any:
        """The managedFields of ``after``: what cannot be written here is not looked at."""
        schema = intent.resource.schema
        if schema is None:
            return after["metadata"].get("managedFields")
        if intent.resource.subresource("status") and intent.place.subresource not in _OF_STATUS:
            before, after = before and _without_status(before), _without_status(after)
        return track(schema, before, after, self.writer(intent))["metadata"].get("managedFields")

    def writer(self, intent: Intent) -> Writer:
        """Who writes, for managedFields."""
        part = intent.place.subresource
        return Writer(intent.options.manager, intent.resource.api_version, format_time(self._store.now), part)

    def _commit(
        self, intent: Intent, before: dict[str, Any] | None, after: dict[str, Any], warnings: list[str]
    ) -> Written:
        created, resource = before is None, intent.resource
        if intent.options.dry_run:
            return Written(_encoded(after), warnings, created)
        key = metadata.key_of(after, resource)
        event = self._store.apply(Change(resource, key, after))
        self._on_event(resource, key, before, after)
        return Written(event.object.body, warnings, created)


def _part(place: Place, before: dict[str, Any], obj: dict[str, Any]) -> dict[str, Any]:
    """What is written through a place: status alone by its own, all but status by the object's where both exist."""
    if place.subresource == "status":
        kept = {**before, "metadata": _metadata_with_status(place.resource, before, obj)}
        return {**kept, "status": obj["status"]} if "status" in obj else _without_status(kept)
    if place.subresource in _PARTS:
        known = {**before["metadata"], **_managed(obj)}
        return {**before, "metadata": known, **_PARTS[place.subresource](before, obj)}
    if not place.resource.subresource("status"):
        return obj
    return {**obj, "status": before["status"]} if "status" in before else _without_status(obj)


def _with_ephemeral(before: dict[str, Any], obj: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {**before["spec"], "ephemeralContainers": find(obj, "spec.ephemeralContainers", [])}}


def _resized(before: dict[str, Any], obj: dict[str, Any]) -> dict[str, Any]:
    given = {container["name"]: container for container in find(obj, "spec.containers", ())}
    kept = ("resources", "resizePolicy")
    sized = [
        {**container, **{name: other[name] for name in kept if name in other}}
        for container in before["spec"]["containers"]
        for other in [given.get(container["name"], {})]
    ]
    return {"spec": {**before["spec"], "containers": sized}}


def _approved(before: dict[str, Any], obj: dict[str, Any]) -> dict[str, Any]:
    return {"status": {**(before.get("status") or {}), "conditions": find(obj, "status.conditions", [])}}


# Subresources by which one part of an object is written, and nothing else.
_PARTS = {"ephemeralcontainers": _with_ephemeral, "resize": _resized, "approval": _approved}
_OF_STATUS = frozenset({"status", "approval"})


# Of whom a status that is written leaves the metadata as it is.
_STATUS_ALONE = frozenset(
    {
        "apiservices.apiregistration.k8s.io",
        "csinodes.storage.k8s.io",
        "deployments.apps",
        "devicetaintrules.resource.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io",
        "podcertificaterequests.certificates.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        "resourceclaims.resource.k8s.io",
        "servicecidrs.networking.k8s.io",
        "storageversionmigrations.storagemigration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "volumeattachments.storage.k8s.io",
    }
)


def _metadata_with_status(resource: Resource, before: Mapping[str, Any], obj: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the metadata of a status that is written: most kinds take it, those here do not."""
    if not resource.defined and resource.qualified not in _STATUS_ALONE:
        return dict(obj["metadata"])
    return {**before["metadata"], **_managed(obj)}


def _managed(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj["metadata"].items() if name == "managedFields"}


def _with_managed(obj: dict[str, Any], managed: Any) -> dict[str, Any]:
    metadata = {name: value for name, value in obj["metadata"].items() if name != "managedFields"}
    return {**obj, "metadata": {**metadata, **({"managedFields": managed} if managed else {})}}


def _unassigned(obj: dict[str, Any], given: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """A new object without what the server itself has filled in."""
    bare = copy.deepcopy(obj) if resource.assigned else obj
    for path in resource.assigned:
        way, _, name = path.rpartition(".")
        part, mine = (find(bare, way, {}), find(given, way, {})) if way else (bare, given)
        part.pop(name, None)
        if name in mine:
            part[name] = mine[name]
    return bare


def _without_status(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name != "status"}


def _encoded(obj: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in obj.items() if name not in {"kind", "apiVersion"}})
