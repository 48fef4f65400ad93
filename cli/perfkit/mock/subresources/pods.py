"""What is done to pods: bound to a node, evicted; and what a simulated one cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find, required
from perfkit.mock.times import format_time
from perfkit.mock.wire.bodies import read_object
from perfkit.mock.wire.places import Place
from perfkit.mock.wire.status import ApiError, bad_request, conflict, invalid_object
from perfkit.mock.wire.write_options import parse_delete_options
from perfkit.mock.writes.budgets import budget_status, budgets_of
from perfkit.mock.writes.checking import identify
from perfkit.mock.writing import write_options

if TYPE_CHECKING:
    from perfkit.mock.exchange import Exchange
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane

_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_GOING = frozenset({"Pending", "Succeeded", "Failed"})  # phases in which no budget holds a pod


async def bind(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer a POST of a Binding to a pod. Raises ApiError."""
    await _bind(exchange, store, plane, place, _binding(exchange))


async def bind_named(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer a POST of a Binding to a namespace: it names the pod. Raises ApiError."""
    binding = _binding(exchange)
    pod = Place(PODS, place.namespace, find(binding, "metadata.name", ""))
    await _bind(exchange, store, plane, pod, binding)


def _binding(exchange: Exchange) -> dict[str, Any]:
    binding: dict[str, Any] = read_object(exchange.content, exchange.header("content-type")).value
    identify(binding, "v1", "Binding")
    return binding


async def _bind(exchange: Exchange, store: Store, plane: ControlPlane, place: Place, binding: dict[str, Any]) -> None:
    """Give a pod its node. Raises ApiError."""
    node, pod = find(binding, "target.name"), plane.editor.read(place)
    if not node:
        raise invalid_object(PODS, place.name, [required("target.name")])
    if find(pod, "spec.nodeName"):
        raise conflict(PODS, place.name, f'pod {place.name} is already assigned to node "{pod["spec"]["nodeName"]}"')
    if not write_options(exchange).dry_run:
        scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None}
        status = pod.get("status") or {}
        others = [known for known in status.get("conditions") or () if known.get("type") != "PodScheduled"]
        conditions = [*others, {**scheduled, "lastTransitionTime": format_time(store.now)}]
        bound = {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": {**status, "conditions": conditions}}
        plane.editor.set(PODS, place.key, bound)
    await _reply(exchange)


async def evict(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer a POST of an Eviction: the pod is deleted if its disruption budgets allow. Raises ApiError."""
    eviction = read_object(exchange.content, exchange.header("content-type")).value
    if eviction.get("apiVersion") not in {"policy/v1", "policy/v1beta1"}:
        identify(eviction, "policy/v1", "Eviction")
    options = parse_delete_options(exchange.query, eviction.get("deleteOptions"))
    pod = plane.editor.read(place)
    budgets = [] if find(pod, "status.phase") in _GOING else budgets_of(store, pod)
    if len(budgets) > 1:
        raise ApiError(
            500,
            "InternalError",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        )
    for budget in budgets:
        _check(budget_status(store, budget), budget["metadata"]["name"])
    plane.deleter.delete(PODS, place.key, options)
    for budget in [] if options.dry_run else budgets:
        key = f"{place.namespace}/{budget['metadata']['name']}"
        plane.editor.set(POD_DISRUPTION_BUDGETS, key, {**budget, "status": budget_status(store, budget)})
    await _reply(exchange)


def _check(status: dict[str, Any], name: str) -> None:
    if status["disruptionsAllowed"] > 0:
        return
    wanted, healthy = status["desiredHealthy"], status["currentHealthy"]
    message = f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
    raise ApiError(
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        details={"causes": [{"reason": "DisruptionBudget", "message": message}]},
    )


async def refuse(_: Exchange, __: Store, plane: ControlPlane, place: Place) -> None:
    """Answer what needs a container that runs. Raises ApiError always."""
    plane.editor.read(place)
    what = "nothing" if place.subresource == "proxy" else "no container"
    raise bad_request(f"{place.resource.name} of this cluster are simulated: there is {what} to {place.subresource} to")


async def _reply(exchange: Exchange) -> None:
    await exchange.reply(201, msgspec.json.encode(_DONE) + b"\n")
