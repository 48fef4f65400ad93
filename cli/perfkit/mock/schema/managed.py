"""The entries of ``metadata.managedFields``: who owns which fields, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.fieldsets import NOTHING, Fields, decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_UPDATERS = 10  # entries of updates kept apart; the oldest ones are folded into one
_ANCIENT = "ancient-changes"


class Owner(msgspec.Struct, frozen=True):
    """What tells entries of managedFields apart."""

    manager: str
    operation: str
    api_version: str
    subresource: str = ""


class Managed(msgspec.Struct, frozen=True):
    """The entries of managedFields: fields and time by owner."""

    owned: dict[Owner, Fields]
    times: dict[Owner, str]

    def plus(self, owner: Owner, fields: Fields, time: str) -> Managed:
        """One entry more, or another in its place."""
        return Managed({**self.owned, owner: fields}, {**self.times, owner: time})

    def without(self, lost: Fields) -> Managed:
        """All owners lose fields; who has none left is dropped."""
        kept = {owner: fields - lost for owner, fields in self.owned.items()}
        return Managed({owner: fields for owner, fields in kept.items() if fields}, self.times)

    def capped(self) -> Managed:
        """At most MAX_UPDATERS entries of updates: the oldest ones become one a version."""
        updates = [owner for owner in self.owned if owner.operation == "Update"]
        surplus = len(updates) - MAX_UPDATERS
        if surplus <= 0:
            return self
        oldest = sorted(updates, key=lambda owner: (owner.manager != _ANCIENT, self.times[owner], owner.manager))
        folded = Managed(
            {owner: own for owner, own in self.owned.items() if owner not in oldest[: surplus + 1]}, self.times
        )
        for owner in oldest[: surplus + 1]:
            ancient = Owner(_ANCIENT, "Update", owner.api_version)
            fields = folded.owned.get(ancient, NOTHING) | self.owned[owner]
            folded = folded.plus(ancient, fields, self.times[owner])
        return folded


def read(obj: Mapping[str, Any]) -> Managed:
    """The entries of an object."""
    owned: dict[Owner, Fields] = {}
    times: dict[Owner, str] = {}
    for entry in filter(None, (obj.get("metadata") or {}).get("managedFields") or ()):
        owner = Owner(
            entry.get("manager", ""),
            entry.get("operation", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )
        owned[owner] = owned.get(owner, NOTHING) | decoded(entry.get("fieldsV1"))
        times[owner] = entry.get("time") or ""
    return Managed(owned, times)


def with_managed(obj: Mapping[str, Any], managed: Managed) -> dict[str, Any]:
    """The object with these entries for all that it had."""
    metadata = {name: value for name, value in (obj.get("metadata") or {}).items() if name != "managedFields"}
    ordered = sorted(
        managed.owned,
        key=lambda owner: (owner.operation, managed.times[owner], owner.manager, owner.api_version, owner.subresource),
    )
    if ordered:
        metadata["managedFields"] = [_entry(owner, managed) for owner in ordered]
    return {**obj, "metadata": metadata}


def _entry(owner: Owner, managed: Managed) -> dict[str, Any]:
    entry = {
        "manager": owner.manager,
        "operation": owner.operation,
        "apiVersion": owner.api_version,
        "time": managed.times[owner],
        "fieldsType": "FieldsV1",
        "fieldsV1": encoded(managed.owned[owner]),
        "subresource": owner.subresource,
    }
    return {name: value for name, value in entry.items() if value or name == "fieldsV1"}


def shown_owner(owner: Owner) -> str:
    """An owner as messages of conflicts name it."""
    name = f'"{owner.manager}"' + (f' with subresource "{owner.subresource}"' if owner.subresource else "")
    if owner.operation != "Update":
        return name
    return f"{name} using {owner.api_version}"
