"""Events as the components of a cluster write them: the same thing again raises the count of the one that is there."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.events import EVENTS
from perfkit.mock.store import Change
from perfkit.mock.times import format_time
from perfkit.mock.writes.metadata import begin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store

_SPAN = 600  # seconds within which the same event is counted and not written again, as client-go's correlator does
_KEPT = 4096  # different events that are remembered for that


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says, and who says it: the component, and the node where that is one of many."""

    reason: str
    message: str
    type: str = "Normal"
    component: str = "kubelet"
    host: str = ""
    field: str = ""  # the part of the object that it is about


class Recorder:
    """Writes events into one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[tuple[str, ...], str] = {}

    def clear(self) -> None:
        """Forget what was written."""
        self._seen.clear()

    def record(self, resource: Resource, about: Mapping[str, Any], told: Told) -> None:
        """Tell of an object that something happened to it, or that it did again."""
        metadata = about["metadata"]
        identity = (metadata.get("uid", ""), *msgspec.structs.astuple(told))
        before = self._store.read(EVENTS, self._seen[identity]) if identity in self._seen else None
        now = self._store.now
        if before is not None and before["lastTimestamp"] > format_time(now - _SPAN):
            again = {**before, "count": before["count"] + 1, "lastTimestamp": format_time(now)}
            self._store.apply(Change(EVENTS, self._seen[identity], again))
            return
        event = self._event(resource, metadata, told)
        key = f"{event['metadata']['namespace']}/{event['metadata']['name']}"
        self._store.apply(Change(EVENTS, key, event))
        self._remember(identity, key)

    def _remember(self, identity: tuple[str, ...], key: str) -> None:
        self._seen.pop(identity, None)
        self._seen[identity] = key
        if len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]

    def _event(self, resource: Resource, metadata: Mapping[str, Any], told: Told) -> dict[str, Any]:
        namespace = metadata.get("namespace", "default")
        digest = shake_128(f"event/{self._store.version}/{metadata['name']}/{told.reason}".encode()).hexdigest(8)
        moment = format_time(self._store.now)
        event: dict[str, Any] = {
            "metadata": {"name": f"{metadata['name']}.{digest}", "namespace": namespace},
            "involvedObject": {
                "kind": resource.kind,
                "namespace": namespace,
                "name": metadata["name"],
                "uid": metadata.get("uid", ""),
                "apiVersion": resource.api_version,
                "resourceVersion": metadata.get("resourceVersion", ""),
                **({"fieldPath": told.field} if told.field else {}),
            },
            "reason": told.reason,
            "message": told.message,
            "source": {"component": told.component, **({"host": told.host} if told.host else {})},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "type": told.type,
            "eventTime": None,
            "reportingComponent": told.component,
            "reportingInstance": told.host,
        }
        begin(event, EVENTS, self._store)
        return event
