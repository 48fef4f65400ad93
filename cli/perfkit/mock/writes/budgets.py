"""Pod disruption budgets: how many of their pods may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find, selects
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.store import Store


def budgets_of(store: Store, pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The budgets that a pod belongs to."""
    labels = pod["metadata"].get("labels") or {}
    found = _objects(store, POD_DISRUPTION_BUDGETS, pod["metadata"]["namespace"])
    return [budget for budget in found if selects(find(budget, "spec.selector", {}), labels)]


def budget_status(store: Store, budget: Mapping[str, Any]) -> dict[str, Any]:
    """The status of a budget as its pods are now."""
    selector, namespace = find(budget, "spec.selector", {}), budget["metadata"]["namespace"]
    pods = [pod for pod in _objects(store, PODS, namespace, selector) if "deletionTimestamp" not in pod["metadata"]]
    healthy = sum(_is_ready(pod) for pod in pods)
    desired = _desired(budget["spec"], len(pods))
    return {
        "conditions": find(budget, "status.conditions", []),
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": max(healthy - desired, 0),
        "expectedPods": len(pods),
        "observedGeneration": budget["metadata"].get("generation", 1),
    }


def _desired(spec: Mapping[str, Any], pods: int) -> int:
    """Pods that must stay; shares of them are rounded up, as the API server does."""
    if "maxUnavailable" in spec:
        return max(pods - _share(spec["maxUnavailable"], pods), 0)
    return _share(spec.get("minAvailable", 1), pods)


def _share(value: Any, whole: int) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return -(-int(value[:-1]) * whole // 100)
    return int(value)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = find(pod, "status.conditions", ())
    return any(condition.get("type") == "Ready" and condition.get("status") == "True" for condition in conditions)


def _objects(
    store: Store, resource: Any, namespace: str, selector: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    shelf = store.shelf(resource)
    for key in list(shelf.keys(f"{namespace}/", f"{namespace}/{LAST_KEY}", store.version)):
        run = shelf.one(key, store.version)
        if run is None or (selector is not None and not selects(selector, shelf.facts(run).labels)):
            continue
        obj = store.read(resource, key)
        if obj is not None:
            yield obj
