"""Priority and fairness: flow schemas and priority levels. They are kept; the mock queues nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, NONE, reading, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "flowcontrol.apiserver.k8s.io"
_QUEUES = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}


def _schema_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec["matchingPrecedence"] = spec.get("matchingPrecedence") or 1000


def _schema_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    named = find(obj, "spec.priorityLevelConfiguration.name")
    return [] if named else [required("spec.priorityLevelConfiguration.name", "must reference a priority level")]


def _dangling(obj: dict[str, Any]) -> str:
    found = (each["status"] for each in find(obj, "status.conditions", ()) if each["type"] == "Dangling")
    return next(found, "?")


FLOW_SCHEMAS = Resource(
    group=_GROUP,
    name="flowschemas",
    singular="flowschema",
    kind="FlowSchema",
    namespaced=False,
    subresources=(status_of("FlowSchema"),),
    fields={"metadata.name": ""},
    counts_generations=True,
    defaults=_schema_defaults,
    validate=_schema_problems,
    **table(
        NAMED,
        (Column("PriorityLevel", "Level of its requests."), value("spec.priorityLevelConfiguration.name", "")),
        (Column("MatchingPrecedence", "Which schema comes first."), value("spec.matchingPrecedence", 0)),
        (Column("DistinguisherMethod", "What makes a flow."), value("spec.distinguisherMethod.type")),
        AGED,
        (Column("MissingPL", "Whether there is no such level."), reading(_dangling)),
    ),
)


def _level_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    if isinstance(spec.get("limited"), dict):
        limited = spec["limited"]
        limited.setdefault("nominalConcurrencyShares", 30)
        limited.setdefault("lendablePercent", 0)
        queuing = find(limited, "limitResponse.queuing")
        if queuing is not None:
            queuing.update({name: queuing.get(name) or usual for name, usual in _QUEUES.items()})
    if isinstance(spec.get("exempt"), dict):
        spec["exempt"] = {"nominalConcurrencyShares": 0, "lendablePercent": 0, **spec["exempt"]}


def _level_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    spec = obj["spec"]
    if spec.get("type") not in {"Exempt", "Limited"}:
        return [unsupported("spec.type", spec.get("type", ""), ("Exempt", "Limited"))]
    missing = spec["type"] == "Limited" and not spec.get("limited")
    return [required("spec.limited", "must not be empty when type is Limited")] if missing else []


def _queuing(field: str) -> Any:
    return value(f"spec.limited.limitResponse.queuing.{field}", NONE)


PRIORITY_LEVELS = Resource(
    group=_GROUP,
    name="prioritylevelconfigurations",
    singular="prioritylevelconfiguration",
    kind="PriorityLevelConfiguration",
    namespaced=False,
    subresources=(status_of("PriorityLevelConfiguration"),),
    fields={"metadata.name": ""},
    counts_generations=True,
    defaults=_level_defaults,
    validate=_level_problems,
    **table(
        NAMED,
        (Column("Type", "Whether it is limited."), value("spec.type", "")),
        (Column("NominalConcurrencyShares", "Its share."), value("spec.limited.nominalConcurrencyShares")),
        (Column("Queues", "Number of queues."), _queuing("queues")),
        (Column("HandSize", "Queues that a flow is dealt."), _queuing("handSize")),
        (Column("QueueLengthLimit", "Requests that wait in a queue."), _queuing("queueLengthLimit")),
        AGED,
    ),
)
