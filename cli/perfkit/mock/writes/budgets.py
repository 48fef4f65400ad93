"""Pod disruption budgets: how many of their pods may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find, selects
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perfkit.mock.store import Store


def budgets_of(store: Store, pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The budgets that a pod belongs to."""
    labels = pod["metadata"].get("labels") or {}
    found = _objects(store, POD_DISRUPTION_BUDGETS, pod["metadata"]["namespace"])
    return [budget for budget in found if _selects(budget, labels)]


def budget_status(store: Store, budget: Mapping[str, Any]) -> dict[str, Any]:
    """The status of a budget as its pods are now."""
    found = _objects(store, PODS, budget["metadata"]["namespace"], lambda labels: _selects(budget, labels))
    return counted_status(budget, [_is_ready(pod) for pod in found if "deletionTimestamp" not in pod["metadata"]])


def counted_status(budget: Mapping[str, Any], ready: list[bool]) -> dict[str, Any]:
    """The status of a budget whose pods are ready or not."""
    healthy, desired = sum(ready), _desired(find(budget, "spec", {}), len(ready))
    return {
        "conditions": find(budget, "status.conditions", []),
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": max(healthy - desired, 0),
        "expectedPods": len(ready),
        "observedGeneration": budget["metadata"].get("generation", 1),
    }


def _selects(budget: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """An empty selector selects all, none selects nothing (policy/v1)."""
    selector = find(budget, "spec.selector")
    return selector is not None and selects(selector, labels)


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
    store: Store, resource: Any, namespace: str, wanted: Callable[[Mapping[str, str]], bool] | None = None
) -> Iterator[dict[str, Any]]:
    shelf = store.shelf(resource)
    for key in list(shelf.keys(f"{namespace}/", f"{namespace}/{LAST_KEY}", store.version)):
        run = shelf.one(key, store.version)
        if run is None or (wanted is not None and not wanted(shelf.facts(run).labels)):
            continue
        obj = store.read(resource, key)
        if obj is not None:
            yield obj
