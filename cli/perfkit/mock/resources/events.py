"""Events, as the core group has them and as events.k8s.io shows the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.columns import named, reading, since, table, value
from perfkit.mock.resources.description import Column, Projection, Resource
from perfkit.mock.resources.rules import find, invalid, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem


def _object(obj: dict[str, Any]) -> str:
    return f"{find(obj, 'involvedObject.kind', '').lower()}/{find(obj, 'involvedObject.name', '')}"


def _source(obj: dict[str, Any]) -> str:
    component = find(obj, "source.component") or obj.get("reportingComponent") or ""
    host = find(obj, "source.host") or obj.get("reportingInstance") or ""
    return ", ".join(filter(None, (component, host)))


def _last_seen(_: Meta, obj: dict[str, Any], now: int) -> str:
    series = find(obj, "series.lastObservedTime")
    seen = series or obj.get("lastTimestamp") or obj.get("eventTime") or obj.get("firstTimestamp")
    count = find(obj, "series.count") or obj.get("count") or 1
    if series is None or count < 2:
        return since(seen, now)
    return f"{since(seen, now)} (x{count} over {_first_seen(_, obj, now)})"


def _first_seen(_: Meta, obj: dict[str, Any], now: int) -> str:
    return since(obj.get("firstTimestamp") or obj.get("eventTime"), now)


def _count(obj: dict[str, Any]) -> int:
    return int(find(obj, "series.count") or obj.get("count") or 1)


_TABLE = table(
    (Column("Last Seen", "Time since it was seen last."), _last_seen),
    (Column("Type", "Normal or Warning."), value("type", "")),
    (Column("Reason", "Why it happened, in one word."), value("reason", "")),
    (Column("Object", "What it is about."), reading(_object)),
    (Column("Subobject", "Part of the object that it is about.", 1), value("involvedObject.fieldPath", "")),
    (Column("Source", "Who tells it.", 1), reading(_source)),
    (Column("Message", "What happened."), reading(lambda obj: str(obj.get("message") or "").strip())),
    (Column("First Seen", "Time since it was seen first.", 1), _first_seen),
    (Column("Count", "How often it was seen.", 1), reading(_count)),
    (Column("Name", "Name of the event.", 1, format="name"), named),
)


_TIMES = ("eventTime", "firstTimestamp", "lastTimestamp")  # written also where nobody gave them


def _defaults(obj: dict[str, Any]) -> None:
    for name in _TIMES:
        obj.setdefault(name, None)
    for name, given in {"reportingComponent": "", "reportingInstance": "", "source": {}}.items():
        obj.setdefault(name, given)


def _problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    about = find(obj, "involvedObject.namespace", "")
    if (about or "default") == obj["metadata"].get("namespace"):
        return []
    return [invalid("involvedObject.namespace", about, "does not match event.namespace")]


# What both groups have.
_SAME: dict[str, Any] = {
    "name": "events",
    "singular": "event",
    "kind": "Event",
    "namespaced": True,
    "short_names": ("ev",),
    "assigned": (*_TIMES, "reportingComponent", "reportingInstance", "source"),
    "defaults": _defaults,
}

EVENTS = Resource(
    **_SAME,
    validate=_problems,
    fields={
        "metadata.name": "",
        "metadata.namespace": "",
        "involvedObject.kind": "",
        "involvedObject.namespace": "",
        "involvedObject.name": "",
        "involvedObject.uid": "",
        "involvedObject.apiVersion": "",
        "involvedObject.resourceVersion": "",
        "involvedObject.fieldPath": "",
        "reason": "",
        "reportingComponent": "",
        "source": "",
        "type": "",
    },
    **_TABLE,
)

# What the younger group calls the fields of the older one.
_RENAMED = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}
_ORIGINAL = {young: old for old, young in _RENAMED.items()}


def _show(body: bytes, _: Any) -> bytes:
    obj = msgspec.json.decode(body)
    return msgspec.json.encode({_RENAMED.get(name, name): value for name, value in obj.items()})


def _absorb(obj: dict[str, Any]) -> dict[str, Any]:
    return {_ORIGINAL.get(name, name): value for name, value in obj.items()}


_TOLD = {"reportingComponent": "reportingController"}  # who tells it, in the words of the younger group


def _told_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    """Of new events the younger group asks more than the older one."""
    needed = () if before else ("reportingComponent", "reportingInstance", "action", "reason")
    missing = [required(_TOLD.get(name, name)) for name in needed if not obj.get(name)]
    return [*missing, *_problems(obj, before)]


EVENTS_V1 = Resource(
    group="events.k8s.io",
    **_SAME,
    validate=_told_problems,
    storage="/v1",
    fields={"metadata.name": "", "metadata.namespace": "", "reason": "", "type": ""},
    projection=Projection(of=EVENTS.qualified, show=_show, absorb=_absorb),
    columns=_TABLE["columns"],
    view=_TABLE["view"],
    row=lambda meta, obj, now: _TABLE["row"](meta, _absorb(obj), now),
)
