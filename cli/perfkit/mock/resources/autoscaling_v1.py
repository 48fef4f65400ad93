"""Horizontal pod autoscalers as their first version has them: a projection of the second."""

from __future__ import annotations

from typing import Any

import msgspec

from perfkit.mock.resources.autoscaling import HORIZONTAL_POD_AUTOSCALERS
from perfkit.mock.resources.description import Projection
from perfkit.mock.resources.rules import find

_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
_METRICS = "autoscaling.alpha.kubernetes.io/metrics"


def _is_cpu(metric: dict[str, Any]) -> bool:
    return bool(find(metric, "resource.name") == "cpu" and find(metric, "resource.target.type") == "Utilization")


def _show(body: bytes, _: Any) -> bytes:
    """What the first version has no field for stands in annotations."""
    obj = msgspec.json.decode(body)
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    metrics, conditions = spec.pop("metrics", None) or [], status.pop("conditions", None)
    current = status.pop("currentMetrics", None) or []
    cpu = next((metric for metric in metrics if _is_cpu(metric)), None)
    if cpu:
        spec["targetCPUUtilizationPercentage"] = cpu["resource"]["target"]["averageUtilization"]
    used = next((each for each in current if find(each, "resource.name") == "cpu"), None)
    if used and find(used, "resource.current.averageUtilization") is not None:
        status["currentCPUUtilizationPercentage"] = used["resource"]["current"]["averageUtilization"]
    others = [metric for metric in metrics if metric is not cpu]
    told = {name: given for name, given in ((_CONDITIONS, conditions), (_METRICS, others)) if given}
    if told:
        texts = {name: msgspec.json.encode(given).decode() for name, given in told.items()}
        obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), **texts}
    status.setdefault("currentReplicas", 0)
    return msgspec.json.encode({**obj, "spec": spec, "status": status})


def _absorb(obj: dict[str, Any]) -> dict[str, Any]:
    given = obj["metadata"].get("annotations") or {}
    told = {name: given.get(name, "") for name in (_CONDITIONS, _METRICS)}
    if any(told.values()):
        metadata = {name: each for name, each in obj["metadata"].items() if name != "annotations"}
        left = {name: text for name, text in given.items() if name not in told}
        obj = {**obj, "metadata": {**metadata, **({"annotations": left} if left else {})}}
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    share, used = spec.pop("targetCPUUtilizationPercentage", None), status.pop("currentCPUUtilizationPercentage", None)
    if not status.get("currentReplicas"):
        status.pop("currentReplicas", None)
    metrics = _read(told[_METRICS])
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    if status:
        status["currentMetrics"] = None
    if used is not None:
        measured = {"name": "cpu", "current": {"averageUtilization": used}}
        status["currentMetrics"] = [{"type": "Resource", "resource": measured}]
    conditions = _read(told[_CONDITIONS])
    if conditions:
        status["conditions"] = conditions
    return {**obj, "spec": spec, **({"status": status} if status else {})}


def _read(text: str) -> list[Any]:
    """What an annotation tells; what a client wrote there and is no list counts as nothing."""
    try:
        return msgspec.json.decode(text, type=list[Any]) if text else []
    except msgspec.MsgspecError:
        return []


_YOUNGER = HORIZONTAL_POD_AUTOSCALERS
HORIZONTAL_POD_AUTOSCALERS_V1 = msgspec.structs.replace(
    _YOUNGER,
    version="v1",
    storage="autoscaling/v2",
    projection=Projection(of=_YOUNGER.qualified, show=_show, absorb=_absorb),
    row=lambda meta, obj, now: _YOUNGER.row(meta, _absorb(obj), now),
)
