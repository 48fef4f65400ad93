"""Pods as controllers see them: what they look at, read once for each state of a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.pods import PODS

if TYPE_CHECKING:
    from perfkit.mock.store import Run, Store

_KEPT = 200_000  # views; those of pods that are gone go when there are more


class _Owner(msgspec.Struct, frozen=True):
    uid: str
    controller: bool = False


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    namespace: str = ""
    uid: str = ""
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] = {}
    owner_references: list[_Owner] = []


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    node_name: str = ""


class _Condition(msgspec.Struct, frozen=True):
    type: str
    status: str


class _Status(msgspec.Struct, frozen=True, rename={"pod_ip": "podIP"}):
    phase: str = "Pending"
    pod_ip: str = ""
    conditions: list[_Condition] = []


class View(msgspec.Struct, frozen=True):
    """A pod."""

    metadata: _Metadata
    spec: _Spec = _Spec()
    status: _Status = _Status()

    @property
    def key(self) -> str:
        """Where it is kept."""
        return f"{self.metadata.namespace}/{self.metadata.name}"

    @property
    def ready(self) -> bool:
        """Whether it serves."""
        return any(known.type == "Ready" and known.status == "True" for known in self.status.conditions)

    @property
    def going(self) -> bool:
        """Whether it is to be deleted."""
        return self.metadata.deletion_timestamp is not None

    @property
    def ended(self) -> bool:
        """Whether its containers have ended for good."""
        return self.status.phase in {"Succeeded", "Failed"}

    @property
    def active(self) -> bool:
        """Whether it counts as one of those that are wanted."""
        return not self.going and not self.ended

    def controlled_by(self, uid: str) -> bool:
        """Whether the object with that UID is its controller."""
        return any(owner.controller and owner.uid == uid for owner in self.metadata.owner_references)


_decode = msgspec.json.Decoder(View).decode


class Views:
    """The pods of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._known: dict[str, tuple[Any, View]] = {}

    def of(self, key: str) -> View | None:
        """The pod at ``key`` as it is now."""
        shelf = self._store.shelf(PODS)
        run = shelf.one(key, self._store.version)
        if run is None:
            self._known.pop(key, None)
            return None
        known = self._known.get(key)
        if known is not None and _same(known[0], run):
            return known[1]
        view = _decode(next(shelf.bodies([run])))
        if len(self._known) > _KEPT:
            self._known.clear()
        self._known[key] = (run, view)
        return view

    def controlled_by(self, uid: str) -> list[View]:
        """The pods whose controller has this UID, by key."""
        keys = self._store.shelf(PODS).dependents(uid, self._store.version)
        found = (self.of(key) for key in keys)
        return [view for view in found if view is not None and view.controlled_by(uid)]


def _same(known: Run, run: Run) -> bool:
    return known == run if isinstance(known, range) else known is run
