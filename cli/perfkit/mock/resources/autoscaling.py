"""Horizontal pod autoscalers, disruption budgets and leases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, joined, reading, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import amount, find, invalid, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem


def _autoscaler_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    usage = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    spec.setdefault("metrics", [{"type": "Resource", "resource": usage}])
    obj.setdefault("status", {"desiredReplicas": 0}).setdefault("currentMetrics", None)


def _autoscaler_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    low, high = find(obj, "spec.minReplicas", 1), find(obj, "spec.maxReplicas", 0)
    found = []
    if high < 1:
        found.append(invalid("spec.maxReplicas", high, "must be greater than 0"))
    elif high < low:
        found.append(invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`"))
    target = ("spec.scaleTargetRef.kind", "spec.scaleTargetRef.name")
    return [*found, *(required(field) for field in target if not find(obj, field))]


def _reference(obj: dict[str, Any]) -> str:
    return f"{find(obj, 'spec.scaleTargetRef.kind', '')}/{find(obj, 'spec.scaleTargetRef.name', '')}"


def _targets(obj: dict[str, Any]) -> str:
    current = {
        find(metric, "resource.name"): find(metric, "resource.current.averageUtilization")
        for metric in find(obj, "status.currentMetrics", ())
    }
    return joined(
        f"{name}: {'<unknown>' if current.get(name) is None else f'{current[name]}%'}/"
        f"{find(metric, 'resource.target.averageUtilization', '<auto>')}%"
        for metric in find(obj, "spec.metrics", ())
        if (name := find(metric, "resource.name"))
    )


HORIZONTAL_POD_AUTOSCALERS = Resource(
    group="autoscaling",
    version="v2",
    name="horizontalpodautoscalers",
    singular="horizontalpodautoscaler",
    kind="HorizontalPodAutoscaler",
    namespaced=True,
    short_names=("hpa",),
    categories=("all",),
    subresources=(status_of("HorizontalPodAutoscaler"),),
    counts_generations=True,
    defaults=_autoscaler_defaults,
    validate=_autoscaler_problems,
    **table(
        NAMED,
        (Column("Reference", "What it scales."), reading(_reference)),
        (Column("Targets", "What is measured, and what is aimed at."), reading(_targets)),
        (Column("MinPods", "Fewest pods."), reading(lambda obj: str(find(obj, "spec.minReplicas", "<unset>")))),
        (Column("MaxPods", "Most pods."), value("spec.maxReplicas", 0)),
        (Column("Replicas", "Pods now."), value("status.currentReplicas", 0)),
        AGED,
    ),
)


def _text(path: str) -> Any:
    return reading(lambda obj: str(find(obj, path, "N/A")))


_COUNTED = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _budget_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("status", dict.fromkeys(_COUNTED, 0))


def _budget_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        return [invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")]
    return [
        problem for field in ("spec.minAvailable", "spec.maxUnavailable") for problem in _share_problems(obj, field)
    ]


def _share_problems(obj: Mapping[str, Any], field: str) -> Iterator[Problem]:
    yield from amount(obj, field)
    share = find(obj, field)
    if isinstance(share, str) and share.rstrip("%").isdigit() and int(share.rstrip("%")) > 100:
        yield invalid(field, share, "must not be greater than 100%")


POD_DISRUPTION_BUDGETS = Resource(
    group="policy",
    name="poddisruptionbudgets",
    singular="poddisruptionbudget",
    kind="PodDisruptionBudget",
    namespaced=True,
    short_names=("pdb",),
    subresources=(status_of("PodDisruptionBudget"),),
    counts_generations=True,
    defaults=_budget_defaults,
    validate=_budget_problems,
    **table(
        NAMED,
        (Column("Min Available", "Pods that must stay."), _text("spec.minAvailable")),
        (Column("Max Unavailable", "Pods that may go."), _text("spec.maxUnavailable")),
        (
            Column("Allowed Disruptions", "Pods that may go now.", type="integer"),
            value("status.disruptionsAllowed", 0),
        ),
        AGED,
    ),
)


def _lease_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    seconds = find(obj, "spec.leaseDurationSeconds", 1)
    return [] if seconds > 0 else [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")]


LEASES = Resource(
    group="coordination.k8s.io",
    name="leases",
    singular="lease",
    kind="Lease",
    namespaced=True,
    validate=_lease_problems,
    **table(NAMED, (Column("Holder", "Who holds the lease."), value("spec.holderIdentity", "")), AGED),
)
