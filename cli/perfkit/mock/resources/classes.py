"""Classes that pods name: of their priority, and of what runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, table, value
from perfkit.mock.resources.description import Column, Resource
from perfkit.mock.resources.rules import find, immutable, invalid, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

_HIGHEST = 1_000_000_000  # that users may give


def _priority_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("preemptionPolicy", "PreemptLowerPriority")
    obj.setdefault("value", 0)


def _priority_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    name, given = obj["metadata"].get("name", ""), obj.get("value", 0)
    found = []
    if given > _HIGHEST and not name.startswith("system-"):
        found.append(invalid("value", given, f"maximum allowed value of a user defined priority is {_HIGHEST}"))
    return [*found, *immutable("value", obj, before), *immutable("preemptionPolicy", obj, before)]


PRIORITY_CLASSES = Resource(
    group="scheduling.k8s.io",
    name="priorityclasses",
    singular="priorityclass",
    kind="PriorityClass",
    namespaced=False,
    short_names=("pc",),
    fields={"metadata.name": ""},
    counts_generations=True,
    defaults=_priority_defaults,
    validate=_priority_problems,
    **table(
        NAMED,
        (Column("Value", "The priority.", type="integer"), value("value", 0)),
        (
            Column("Global-Default", "Whether pods without a class have it.", type="boolean"),
            value("globalDefault", default=False),
        ),
        AGED,
        (Column("PreemptionPolicy", "Whether others give way."), value("preemptionPolicy", "")),
    ),
)


def _runtime_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [] if find(obj, "handler") else [required("handler")]
    return [*needed, *immutable("handler", obj, before)]


RUNTIME_CLASSES = Resource(
    group="node.k8s.io",
    name="runtimeclasses",
    singular="runtimeclass",
    kind="RuntimeClass",
    namespaced=False,
    fields={"metadata.name": ""},
    validate=_runtime_problems,
    **table(NAMED, (Column("Handler", "What runs the containers."), value("handler", "")), AGED),
)
