"""Deletion: grace, finalizers, and what goes with an object: its dependents, a namespace's content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.custom import DEFINITIONS
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.networking import ENDPOINTS, SERVICES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.store import LAST_KEY
from perfkit.mock.times import format_time
from perfkit.mock.wire.write_options import DeleteOptions
from perfkit.mock.writes.metadata import check_preconditions, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.agenda import Agenda
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.writes.editor import Editor

FOREGROUND = "foregroundDeletion"
_STOPPING = 1.0  # seconds that containers take to end when they are asked to
_ENDED = frozenset({"Succeeded", "Failed"})
_SWEPT = 200  # objects of a namespace that go at a time, so that other requests are not held up
_NOW = DeleteOptions(grace=0)


class Deleter:
    """Deletes objects of one store, and what goes with them."""

    def __init__(self, store: Store, editor: Editor, agenda: Agenda) -> None:
        self._store = store
        self._editor = editor
        self._agenda = agenda

    def delete(self, resource: Resource, key: str, options: DeleteOptions) -> dict[str, Any] | None:
        """Delete the object at ``key`` (it exists); what is left of it for now, None where it is gone.

        Raises:
            ApiError: 409, a precondition does not hold.
        """
        obj = self._store.read(resource, key)
        assert obj is not None
        check_preconditions(resource, obj, options.preconditions)
        grace = _grace(resource, obj, options.grace)
        if options.dry_run:
            return None
        self._before_going(resource, obj, options)
        waits = grace > 0 or self._must_wait(resource, obj, options)
        if not waits:
            self._editor.set(resource, key, None)
            return None
        return self._mark(resource, key, grace)

    def finish(self, resource: Resource, key: str, obj: dict[str, Any]) -> None:
        """Delete an object that was marked, once nothing holds it any more; to be called after each change of one."""
        if "deletionTimestamp" in obj["metadata"] and not _held(resource, obj):
            self._editor.set(resource, key, None)

    def gone(self, resource: Resource, obj: dict[str, Any]) -> None:
        """See to what depended on an object that was deleted."""
        metadata = obj["metadata"]
        for dependent, key in self._dependents(metadata["uid"]):
            self._release(dependent, key, metadata["uid"])
        for owner in metadata.get("ownerReferences") or ():
            self._unblock(owner, metadata.get("namespace", ""))
        if resource is SERVICES and self._store.read(ENDPOINTS, key_of(obj, resource)):
            self._editor.set(ENDPOINTS, key_of(obj, resource), None)
        if resource.namespaced:
            self._finalize_namespace(metadata.get("namespace", ""))

    def sweep(self, namespace: str) -> None:
        """Delete some of the content of a namespace that is to go, and the rest a moment later."""
        content = self._content(namespace)
        some = [found for found, _ in zip(content, range(_SWEPT), strict=False)]
        for resource, key in some:
            if self._store.read(resource, key) is not None:
                self.delete(resource, key, DeleteOptions())
        if len(some) == _SWEPT:
            self._agenda.after(0, lambda: self.sweep(namespace))
        else:
            self._finalize_namespace(namespace)

    def _content(self, namespace: str) -> Iterator[tuple[Resource, str]]:
        """What a namespace holds that is not on its way already."""
        for resource in list(self._store.catalog):
            if not resource.namespaced or resource.projection:
                continue
            shelf = self._store.shelf(resource)
            for key in list(shelf.keys(f"{namespace}/", f"{namespace}/{LAST_KEY}", self._store.version)):
                obj = self._store.read(resource, key)
                if obj is not None and "deletionTimestamp" not in obj["metadata"]:
                    yield resource, key

    def _before_going(self, resource: Resource, obj: dict[str, Any], options: DeleteOptions) -> None:
        """What must happen to others before an object may go."""
        uid = obj["metadata"]["uid"]
        if options.propagation == "Orphan":
            for dependent, key in self._dependents(uid):
                self._disown(dependent, key, uid)
        elif options.propagation == "Foreground":
            for dependent, key in self._dependents(uid):
                self._delete_if_there(dependent, key, DeleteOptions(propagation="Foreground"))
        if resource is DEFINITIONS:
            self._delete_instances(obj)

    def _must_wait(self, resource: Resource, obj: dict[str, Any], options: DeleteOptions) -> bool:
        """Whether an object stays for now, marked: for its finalizers, its dependents, or its content."""
        key = key_of(obj, resource)
        if options.propagation == "Foreground" and any(self._dependents(obj["metadata"]["uid"])):
            finalizers = obj["metadata"].get("finalizers") or []
            metadata = {**obj["metadata"], "finalizers": [*dict.fromkeys([*finalizers, FOREGROUND])]}
            self._editor.set(resource, key, {**obj, "metadata": metadata})
            return True
        if resource is NAMESPACES:
            self._agenda.after(0, lambda: self.sweep(obj["metadata"]["name"]))
        return _held(resource, obj)

    def _mark(self, resource: Resource, key: str, grace: int) -> dict[str, Any]:
        """Note that an object is to go, in ``grace`` seconds or when its finalizers let it."""
        obj = self._store.read(resource, key)
        assert obj is not None
        metadata = obj["metadata"]
        if "deletionTimestamp" in metadata and metadata.get("deletionGracePeriodSeconds", 0) <= grace:
            return obj
        marked: dict[str, Any] = {"deletionTimestamp": format_time(self._store.now + grace)}
        if resource is not NAMESPACES:
            marked["deletionGracePeriodSeconds"] = grace
        if resource.counts_generations:
            marked["generation"] = metadata.get("generation", 1) + 1
        obj = {**obj, "metadata": {**metadata, **marked}}
        if resource is NAMESPACES:
            obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
        self._editor.set(resource, key, obj)
        if grace:
            uid = metadata["uid"]
            self._agenda.after(min(grace, _STOPPING), lambda: self._stopped(resource, key, uid))
        return obj

    def _stopped(self, resource: Resource, key: str, uid: str) -> None:
        """The containers of a pod that was to go have ended."""
        obj = self._store.read(resource, key)
        if obj is not None and obj["metadata"]["uid"] == uid:
            self.delete(resource, key, _NOW)

    def _dependents(self, uid: str) -> list[tuple[Resource, str]]:
        found = []
        for resource in list(self._store.catalog):
            if resource.projection is None:
                shelf = self._store.shelf(resource)
                found += [(resource, key) for key in shelf.dependents(uid, self._store.version)]
        return found

    def _release(self, resource: Resource, key: str, uid: str) -> None:
        """An owner is gone: a dependent without another one goes too."""
        obj = self._store.read(resource, key)
        if obj is None:
            return
        if len(obj["metadata"].get("ownerReferences") or ()) > 1:
            self._disown(resource, key, uid)
        else:
            self._delete_if_there(resource, key, DeleteOptions())

    def _disown(self, resource: Resource, key: str, uid: str) -> None:
        obj = self._store.read(resource, key)
        if obj is not None:
            metadata = dict(obj["metadata"])
            owners = [owner for owner in metadata.pop("ownerReferences", ()) if owner["uid"] != uid]
            self._editor.set(
                resource, key, {**obj, "metadata": {**metadata, **({"ownerReferences": owners} if owners else {})}}
            )

    def _delete_if_there(self, resource: Resource, key: str, options: DeleteOptions) -> None:
        obj = self._store.read(resource, key)
        if obj is not None and "deletionTimestamp" not in obj["metadata"]:
            self.delete(resource, key, options)

    def _unblock(self, reference: dict[str, Any], namespace: str) -> None:
        """A dependent is gone: an owner that waited for the last of them goes as well."""
        owner = self._store.catalog.of_kind(reference["apiVersion"], reference["kind"])
        if owner is None:
            return
        key = f"{namespace}/{reference['name']}" if owner.namespaced else reference["name"]
        obj = self._store.read(owner, key)
        finalizers = (obj or {}).get("metadata", {}).get("finalizers") or ()
        if obj is None or FOREGROUND not in finalizers or self._dependents(reference["uid"]):
            return
        rest = [finalizer for finalizer in finalizers if finalizer != FOREGROUND]
        self._editor.set(owner, key, {**obj, "metadata": {**obj["metadata"], "finalizers": rest}})

    def _finalize_namespace(self, name: str) -> None:
        """A namespace that is to go goes once it is empty."""
        obj = self._store.read(NAMESPACES, name)
        if obj is None or "deletionTimestamp" not in obj["metadata"] or self._holds_anything(name):
            return
        rest = [finalizer for finalizer in obj["spec"].get("finalizers") or () if finalizer != "kubernetes"]
        if rest != obj["spec"].get("finalizers"):
            self._editor.set(NAMESPACES, name, {**obj, "spec": {**obj["spec"], "finalizers": rest}})

    def _holds_anything(self, namespace: str) -> bool:
        low, high = f"{namespace}/", f"{namespace}/{LAST_KEY}"
        shelves = [self._store.shelf(resource) for resource in self._store.catalog if resource.namespaced]
        return any(next(shelf.runs(low, high, self._store.version), None) is not None for shelf in shelves)

    def _delete_instances(self, definition: dict[str, Any]) -> None:
        """The objects of a custom resource go with its definition, whatever holds them."""
        spec = definition["spec"]
        resource = self._store.catalog.find(spec["group"], spec["versions"][0]["name"], spec["names"]["plural"])
        if resource is not None:
            shelf = self._store.shelf(resource)
            for key in list(shelf.keys("", LAST_KEY, self._store.version)):
                self._editor.set(resource, key, None)


def _grace(resource: Resource, obj: dict[str, Any], asked: int | None) -> int:
    """Seconds that an object is given: only pods that run somewhere have any."""
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    if resource is not PODS or not spec.get("nodeName") or status.get("phase") in _ENDED:
        return 0
    given = spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked
    return max(int(given), 0)


def _held(resource: Resource, obj: dict[str, Any]) -> bool:
    """Whether finalizers, or of a pod the containers, keep an object for now."""
    if obj["metadata"].get("finalizers"):
        return True
    if resource is NAMESPACES:
        return bool((obj.get("spec") or {}).get("finalizers"))
    return bool(obj["metadata"].get("deletionGracePeriodSeconds"))
