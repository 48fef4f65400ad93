"""What people do to a cluster while a target watches it: a batch of objects created, touched or deleted at a rate.

It goes the way of a client's write: checked, defaulted, versioned, told to all watches.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from perfkit.errors import ClusterError
from perfkit.mock.agenda import TICKS
from perfkit.mock.wire.bodies import MERGE_PATCH
from perfkit.mock.wire.places import Place
from perfkit.mock.wire.status import ApiError, not_found
from perfkit.mock.wire.write_options import DeleteOptions, WriteOptions
from perfkit.mock.writes.editor import Intent
from perfkit.mock.writes.patching import patch
from perfkit.model.control import MockError, Submitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane
    from perfkit.model.objects import Batch

TOUCHED: Final = "perfkit.dev/touched"  # an annotation: the resource version as of which an object was touched
_OPTIONS: Final = WriteOptions(manager="perfkit", validation="Strict")


class _Work(NamedTuple):
    """A batch, what it is about, at which tick it began, and whom to tell of its end."""

    batch: Batch
    resource: Resource
    tick: int
    done: Callable[[Submitted | MockError], None]


class Users:
    """Everybody but the target, at one store."""

    def __init__(self, store: Store, plane: ControlPlane) -> None:
        self._store = store
        self._plane = plane

    def submit(self, batch: Batch, done: Callable[[Submitted | MockError], None]) -> None:
        """Begin; ``done`` is told when all of it is done, or what came between.

        Raises:
            ClusterError: no such kind is served.
        """
        self._store.clock.catch_up()
        self._go_on(_Work(batch, self._resource(batch), self._store.clock.tick, done), 0)

    def touch(self, resource: Resource, key: str) -> None:
        """Change an object as somebody does to whom it does not matter what is in it; nothing where there is none."""
        obj = self._store.read(resource, key)
        if obj is None:
            return
        annotations = {**(obj["metadata"].get("annotations") or {}), TOUCHED: str(self._store.version)}
        self._plane.editor.set(resource, key, {**obj, "metadata": {**obj["metadata"], "annotations": annotations}})

    def _resource(self, batch: Batch) -> Resource:
        wanted = (batch.manifest.get("apiVersion"), batch.manifest.get("kind"))
        for resource in self._store.catalog:
            if (resource.api_version, resource.kind) == wanted and resource.projection is None:
                return resource
        raise ClusterError(
            f"the mock cluster serves no {wanted[0]} {wanted[1]}",
            "name the manifest of its CustomResourceDefinition in cluster.manifests",
        )

    def _go_on(self, work: _Work, number: int) -> None:
        """Do what is due by this tick, from that ``number`` on, and wait for the next."""
        batch, clock = work.batch, self._store.clock
        elapsed = clock.tick - work.tick
        due = min(batch.count, int(elapsed * batch.rate / TICKS) + 1)
        try:
            with self._store.written_by("user"):
                for each in range(number, due):
                    self._act(work, batch.object(each))
        except ApiError as error:
            work.done(MockError(message=f"cannot {batch.act} what a step says: {error}"))
            return
        if due == batch.count:
            work.done(Submitted(count=due))
        else:
            ticks = ceil(due * TICKS / batch.rate) - elapsed
            clock.after(ticks / TICKS, lambda: self._go_on(work, due))

    def _act(self, work: _Work, obj: dict[str, Any]) -> None:
        """Do it to one object. Raises ApiError."""
        resource, namespace = work.resource, work.batch.namespace if work.resource.namespaced else ""
        if work.batch.act == "create":
            self._plane.editor.create(Intent(Place(resource, namespace), _OPTIONS), obj)
            return
        place = Place(resource, namespace, obj["metadata"]["name"])
        if self._store.read(resource, place.key) is None:
            raise not_found(resource, place.name)
        if work.batch.act == "delete":
            self._plane.deleter.delete(resource, place.key, DeleteOptions())
        else:
            patch(self._plane.editor, Intent(place, _OPTIONS), self._marked(obj), MERGE_PATCH)

    def _marked(self, obj: dict[str, Any]) -> bytes:
        annotations = {**obj["metadata"].get("annotations", {}), TOUCHED: str(self._store.version)}
        return msgspec.json.encode({**obj, "metadata": {**obj["metadata"], "annotations": annotations}})
