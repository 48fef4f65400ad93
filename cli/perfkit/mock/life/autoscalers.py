"""Horizontal pod autoscalers: what they measure by the simulated load, and the size that follows from it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from perfkit.mock.life.hands import condition, with_condition
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.autoscaling import HORIZONTAL_POD_AUTOSCALERS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.workloads import DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue
    from perfkit.mock.life.views import Views

NAME = "horizontalpodautoscalers"
_EVERY = 15.0  # seconds between two measurements
_TOLERANCE = 0.1
_SCALED = {"Deployment": DEPLOYMENTS, "ReplicaSet": REPLICA_SETS, "StatefulSet": STATEFUL_SETS}
_MANAGER = "horizontal-pod-autoscaler"


class Autoscalers:
    """The controller of autoscalers that somebody made or changed; generated ones stay as they are."""

    def __init__(self, hands: Hands, views: Views, queue: Queue) -> None:
        self._hands = hands
        self._views = views
        self._queue = queue

    def sync(self, key: str) -> None:
        """Measure, scale where it takes that, and measure again later."""
        scaler = self._hands.read(HORIZONTAL_POD_AUTOSCALERS, key)
        if scaler is None or "deletionTimestamp" in scaler["metadata"]:
            return
        self._queue.add(NAME, key, _EVERY)
        resource = _SCALED.get(find(scaler, "spec.scaleTargetRef.kind", ""))
        place = f"{scaler['metadata']['namespace']}/{find(scaler, 'spec.scaleTargetRef.name')}"
        target = self._hands.read(resource, place) if resource is not None else None
        if resource is None or target is None:
            self._conclude(scaler, 0, 0, None)
            return
        present = find(target, "spec.replicas", 1)
        used = self._utilization(target)
        wanted = _wanted(scaler, present, used)
        if wanted != present:
            generation = target["metadata"].get("generation", 1) + 1
            metadata, spec = {**target["metadata"], "generation": generation}, {**target["spec"], "replicas": wanted}
            self._hands.write(resource, {**target, "metadata": metadata, "spec": spec})
            message = f"New size: {wanted}; reason: {'cpu resource utilization' if used else 'bounds'} of the target"
            told = Told(reason="SuccessfulRescale", message=message, component=_MANAGER)
            self._hands.tell(HORIZONTAL_POD_AUTOSCALERS, scaler, told)
        self._conclude(scaler, find(target, "status.replicas", 0), wanted, used)

    def _utilization(self, target: dict[str, Any]) -> tuple[int, int] | None:
        """Percent of the processor time asked for that is used, and millicores a pod; None where none is asked for."""
        asked = used = count = 0
        for key in self._hands.selected_pods(target["metadata"]["namespace"], find(target, "spec.selector", {})):
            view = self._views.of(key)
            if view is None or not view.ready:
                continue
            pod = self._hands.read(PODS, key)
            asked += sum(_millicores(each) for each in find(pod, "spec.containers", ()))
            used += self._hands.store.load.of_pod(key, self._hands.store.now).microcores // 1000
            count += 1
        return (round(100 * used / asked), used // count) if asked else None

    def _conclude(self, scaler: dict[str, Any], present: int, wanted: int, used: tuple[int, int] | None) -> None:
        time = self._hands.time
        status = {name: value for name, value in (scaler.get("status") or {}).items() if name == "lastScaleTime"}
        if wanted != present:
            status["lastScaleTime"] = time
        found = find(scaler, "status.conditions", [])
        able = wanted > 0
        reason, message = ("ReadyForNewScale", "recommended size matches current size")
        if not able:
            reason, message = ("FailedGetScale", "the HPA controller was unable to get the target's current scale")
        found = with_condition(found, condition("AbleToScale", str(able), time, reason=reason, message=message))
        if able:
            known = ("True", "ValidMetricFound", "the HPA was able to calculate a replica count")
            unknown = ("False", "FailedGetResourceMetric", "missing request for cpu in the pods' containers")
            measured, reason, message = known if used else unknown
            active = condition("ScalingActive", measured, time, reason=reason, message=message)
            found = with_condition(found, active)
        current = {"averageUtilization": used[0], "averageValue": f"{used[1]}m"} if used else None
        metrics = [{"type": "Resource", "resource": {"name": "cpu", "current": current}}] if current else None
        new = {
            **status,
            "currentReplicas": present,
            "desiredReplicas": wanted,
            "currentMetrics": metrics,
            "conditions": found,
        }
        self._hands.set_status(HORIZONTAL_POD_AUTOSCALERS, scaler, new)


def _wanted(scaler: dict[str, Any], present: int, used: tuple[int, int] | None) -> int:
    low, high = find(scaler, "spec.minReplicas", 1), find(scaler, "spec.maxReplicas", 1)
    if present == 0:
        return 0  # switched off
    aim = next(
        (
            find(each, "resource.target.averageUtilization")
            for each in find(scaler, "spec.metrics", ())
            if find(each, "resource.name") == "cpu"
        ),
        None,
    )
    wanted = present
    if used and aim and abs(used[0] / aim - 1) > _TOLERANCE:
        wanted = ceil(present * used[0] / aim)
    return int(max(low, min(high, wanted)))


def _millicores(container: dict[str, Any]) -> int:
    text = str(find(container, "resources.requests.cpu", "0"))
    return int(text[:-1]) if text.endswith("m") else int(float(text) * 1000)
