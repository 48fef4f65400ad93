"""What the components of a cluster work with: reading, creating, changing and deleting objects, and telling of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.life.labelled import Labelled
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import selects
from perfkit.mock.store import LAST_KEY
from perfkit.mock.times import format_time
from perfkit.mock.wire.write_options import DeleteOptions
from perfkit.mock.writes import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.mock.life.recorder import Recorder, Told
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane

CONTROLLERS = "kube-controller-manager"


class Hands:
    """One store in the hands of its cluster's components."""

    def __init__(self, store: Store, plane: ControlPlane, recorder: Recorder) -> None:
        self.store = store
        self._editor = plane.editor
        self._deleter = plane.deleter
        self._recorder = recorder
        self._selected: dict[tuple[str, bytes], list[str]] = {}
        self._bearers: dict[tuple[str, str], dict[str | None, list[int]]] = {}  # by namespace and label, by its value
        self._changed = Labelled(store)

    def clear(self) -> None:
        """Be as new; the store has been reset."""
        self._changed.clear()

    @property
    def time(self) -> str:
        """Now, as objects say it."""
        return format_time(self.store.now)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something in ``seconds``, as the cluster's own deed."""

        def act() -> None:
            with self.store.written_by("cluster"):
                action()

        self.store.clock.after(seconds, act)

    def read(self, resource: Resource, key: str) -> dict[str, Any] | None:
        """The object at ``key``, or None."""
        return self.store.read(resource, key)

    def selected_pods(self, namespace: str, selector: Mapping[str, Any]) -> list[str]:
        """The keys of a namespace's pods that ``selector`` selects."""
        shelf, version = self.store.shelf(PODS), self.store.version
        candidates = {*self._generated(namespace, selector), *self._changed.candidates(namespace, selector)}
        runs = ((key, shelf.one(key, version)) for key in sorted(candidates))
        return [key for key, run in runs if run is not None and selects(selector, shelf.facts(run).labels)]

    def _generated(self, namespace: str, selector: Mapping[str, Any]) -> list[str]:
        """The keys of the generated pods that are selected; looked for once, since their labels stay."""
        place = (namespace, msgspec.json.encode(selector, order="deterministic"))
        found = self._selected.get(place)
        if found is None:
            collection, bearing = self.store.shelf(PODS).collection, self._bearing(namespace, selector)
            found = [collection.key(at) for at in bearing if selects(selector, collection.facts(at).labels)]
            self._selected[place] = found
        return found

    def _bearing(self, namespace: str, selector: Mapping[str, Any]) -> Sequence[int]:
        """The positions of the generated pods that bear the first of the labels which ``selector`` wants."""
        collection = self.store.shelf(PODS).collection
        span = range(collection.bisect(f"{namespace}/"), collection.bisect(f"{namespace}/{LAST_KEY}"))
        name, value = next(iter((selector.get("matchLabels") or {}).items()), ("", ""))
        if not name:
            return span
        bearers = self._bearers.get((namespace, name))
        if bearers is None:
            bearers = self._bearers[namespace, name] = {}
            for at in span:
                bearers.setdefault(collection.facts(at).labels.get(name), []).append(at)
        return bearers.get(value, ())

    def owned_keys(self, resource: Resource, uid: str) -> list[str]:
        """The keys of the objects that ``uid`` owns."""
        return self.store.shelf(resource).dependents(uid, self.store.version)

    def owned(self, resource: Resource, uid: str) -> list[dict[str, Any]]:
        """The objects that ``uid`` owns."""
        found = (self.read(resource, key) for key in self.owned_keys(resource, uid))
        return [obj for obj in found if obj is not None]

    def create(self, resource: Resource, obj: dict[str, Any], manager: str = CONTROLLERS) -> dict[str, Any] | None:
        """Create an object whose name and namespace are settled; None where its namespace goes or it exists."""
        namespace = obj["metadata"].get("namespace")
        if namespace is not None:
            space = self.read(NAMESPACES, namespace)
            if space is None or "deletionTimestamp" in space["metadata"]:
                return None
        key = metadata.key_of(obj, resource)
        if self.read(resource, key) is not None:
            return None
        written = {part: obj[part] for part in obj if part not in {"metadata", "status"}}
        kept = {name: obj["metadata"][name] for name in _WRITTEN if name in obj["metadata"]}
        metadata.begin(obj, resource, self.store)
        resource.defaults(obj)
        entry = managed_entry(manager, self.time, {"metadata": kept, **written}, api_version=resource.api_version)
        obj["metadata"]["managedFields"] = [entry]
        self._editor.set(resource, key, obj)
        return obj

    def write(self, resource: Resource, obj: dict[str, Any]) -> None:
        """Store a changed object; where its spec changed, the caller has counted the generation."""
        self._editor.set(resource, metadata.key_of(obj, resource), obj)

    def set_status(
        self, resource: Resource, obj: Mapping[str, Any], status: Mapping[str, Any], manager: str = CONTROLLERS
    ) -> None:
        """Give an object another status, unless it has it."""
        if obj.get("status") == status:
            return
        entries = [
            entry
            for entry in obj["metadata"].get("managedFields") or ()
            if (entry["manager"], entry.get("subresource")) != (manager, "status")
        ]
        fields = {"status": dict(status)}
        entries.append(managed_entry(manager, self.time, fields, "status", resource.api_version))
        self.write(resource, {**obj, "metadata": {**obj["metadata"], "managedFields": entries}, "status": status})

    def delete(self, resource: Resource, key: str) -> None:
        """Delete an object as a client would: with grace, and with what depends on it."""
        obj = self.read(resource, key)
        if obj is not None and "deletionTimestamp" not in obj["metadata"]:
            self._deleter.delete(resource, key, DeleteOptions())

    def tell(self, resource: Resource, obj: Mapping[str, Any], told: Told) -> None:
        """Write an event about an object."""
        self._recorder.record(resource, obj, told)


_WRITTEN = ("annotations", "labels", "generateName", "ownerReferences", "finalizers")


def owner_of(obj: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """The reference with which an object is named as another one's controller."""
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The owner reference of an object's controller."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def condition(kind: str, status: str, time: str, **rest: Any) -> dict[str, Any]:
    """A condition as it is new."""
    return {"type": kind, "status": status, "lastTransitionTime": time, **rest}


def with_condition(conditions: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The conditions with one of them as it is now; the time of a transition moves only when the status does."""
    before = next((known for known in conditions if known["type"] == new["type"]), None)
    if before is not None and before["status"] == new["status"]:
        new = {**new, "lastTransitionTime": before["lastTransitionTime"]}
        same = {name: value for name, value in new.items() if name != "lastUpdateTime"}
        if same == {name: value for name, value in before.items() if name != "lastUpdateTime"}:
            return conditions
    if before is None:
        return [*conditions, new]
    return [new if known["type"] == new["type"] else known for known in conditions]
