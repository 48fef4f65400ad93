"""Pods, and what their row in a table says: the rules of kubectl's familiar STATUS column."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources import pod_spec
from perfkit.mock.resources.columns import AGE, NAME, age, since
from perfkit.mock.resources.description import Column, Meta, Resource, Row, Subresource, proxy_of, status_of
from perfkit.mock.resources.rules import forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem


class _Terminated(msgspec.Struct, frozen=True, rename="camel"):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    finished_at: str | None = None


class _Waiting(msgspec.Struct, frozen=True):
    reason: str = ""


class _State(msgspec.Struct, frozen=True):
    waiting: _Waiting | None = None
    running: dict[str, str | None] | None = None
    terminated: _Terminated | None = None


class _ContainerStatus(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: _State = _State()
    last_state: _State = _State()


class _Condition(msgspec.Struct, frozen=True):
    type: str = ""
    status: str = ""
    reason: str | None = None


class _Container(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    restart_policy: str = ""

    @property
    def sidecar(self) -> bool:
        """An init container that goes on running."""
        return self.restart_policy == "Always"


class _Address(msgspec.Struct, frozen=True):
    ip: str = ""


class _Gate(msgspec.Struct, frozen=True, rename="camel"):
    condition_type: str = ""


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    containers: list[_Container] | None = None
    init_containers: list[_Container] = []
    node_name: str = ""
    readiness_gates: list[_Gate] = []


_CAMEL = {
    "pod_ips": "podIPs",
    "nominated_node_name": "nominatedNodeName",
    "container_statuses": "containerStatuses",
    "init_container_statuses": "initContainerStatuses",
}


class _Status(msgspec.Struct, frozen=True, rename=_CAMEL):
    phase: str = ""
    reason: str = ""
    conditions: list[_Condition] = []
    pod_ips: list[_Address] = []
    nominated_node_name: str = ""
    container_statuses: list[_ContainerStatus] = []
    init_container_statuses: list[_ContainerStatus] = []

    def condition(self, kind: str) -> _Condition:
        """The condition of that type; an empty one where there is none."""
        return next((condition for condition in self.conditions if condition.type == kind), _Condition())


class _Pod(msgspec.Struct, frozen=True):
    spec: _Spec = _Spec()
    status: _Status = _Status()


def _row(meta: Meta, pod: _Pod, now: int) -> Row:
    tally = _tally(pod)
    gates, status = pod.spec.readiness_gates, pod.status
    open_gates = sum(status.condition(gate.condition_type).status == "True" for gate in gates)
    cells = [
        meta.name,
        f"{tally.ready}/{tally.containers}",
        _status(meta, pod, tally),
        _restarts(tally, now),
        age(meta, now),
        status.pod_ips[0].ip if status.pod_ips else "<none>",
        pod.spec.node_name or "<none>",
        status.nominated_node_name or "<none>",
        f"{open_gates}/{len(gates)}" if gates else "<none>",
    ]
    return Row(cells, _ENDED.get(status.phase, ()))


_ENDED: dict[str, tuple[dict[str, str], ...]] = {
    "Succeeded": (
        {
            "type": "Completed",
            "status": "True",
            "reason": "Succeeded",
            "message": "The pod has completed successfully.",
        },
    ),
    "Failed": ({"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."},),
}


class _Tally(msgspec.Struct):
    """What going through a pod's containers adds up to. ``restarted`` is when one last ended (RFC 3339)."""

    containers: int
    ready: int = 0
    restarts: int = 0
    restarted: str = ""
    reason: str = ""

    def add_restarts(self, container: _ContainerStatus) -> None:
        """Count a container's restarts."""
        self.restarts += container.restart_count
        ended = container.last_state.terminated
        if ended is not None:
            self.restarted = max(self.restarted, ended.finished_at or "")


def _tally(pod: _Pod) -> _Tally:
    """Init containers first; where they are not done, they alone decide."""
    sidecars = {container.name for container in pod.spec.init_containers if container.sidecar}
    tally = _Tally(len(pod.spec.containers or ()) + len(sidecars))
    tally.reason = pod.status.reason or pod.status.phase
    if pod.status.condition("PodScheduled").reason == "SchedulingGated":
        tally.reason = "SchedulingGated"
    initializing = _tally_init(pod, sidecars, tally)
    if not initializing or pod.status.condition("Initialized").status == "True":
        tally.restarts, tally.restarted = 0, ""
        for container in pod.status.init_container_statuses:
            if container.name in sidecars:
                tally.add_restarts(container)
        _tally_containers(pod, tally)
    return tally


def _tally_init(pod: _Pod, sidecars: set[str], tally: _Tally) -> bool:
    """Go through the init containers up to the first that is not done; whether there is one."""
    for number, container in enumerate(pod.status.init_container_statuses):
        tally.add_restarts(container)
        ended, waiting = container.state.terminated, container.state.waiting
        if ended is not None and ended.exit_code == 0:
            continue
        if container.name in sidecars and container.started:
            tally.ready += container.ready
            continue
        if ended is not None:
            tally.reason = f"Init:{_ending(ended)}"
        elif waiting is not None and waiting.reason not in {"", "PodInitializing"}:
            tally.reason = f"Init:{waiting.reason}"
        else:
            tally.reason = f"Init:{number}/{len(pod.spec.init_containers)}"
        return True
    return False


def _tally_containers(pod: _Pod, tally: _Tally) -> None:
    """Go through the containers; the first with something to tell is named last and wins."""
    running = False
    for container in reversed(pod.status.container_statuses):
        tally.add_restarts(container)
        waiting, ended = container.state.waiting, container.state.terminated
        if waiting is not None and waiting.reason:
            tally.reason = waiting.reason
        elif ended is not None:
            tally.reason = _ending(ended)
        elif container.ready and container.state.running is not None:
            running = True
            tally.ready += 1
    if tally.reason == "Completed" and running:
        tally.reason = "Running" if pod.status.condition("Ready").status == "True" else "NotReady"


def _ending(ended: _Terminated) -> str:
    if ended.reason:
        return ended.reason
    return f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"


def _status(meta: Meta, pod: _Pod, tally: _Tally) -> str:
    if meta.deletion_timestamp is None:
        return tally.reason
    if pod.status.reason == "NodeLost":
        return "Unknown"
    return tally.reason if pod.status.phase in _ENDED else "Terminating"


def _restarts(tally: _Tally, now: int) -> str:
    if tally.restarts and tally.restarted:
        return f"{tally.restarts} ({since(tally.restarted, now)} ago)"
    return str(tally.restarts)


def _defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    pod_spec.set_defaults(spec)
    _default_requests(spec)
    spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = spec["serviceAccountName"]
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    _tolerate(spec)
    status = obj.setdefault("status", {})
    status.setdefault("phase", "Pending")
    status.setdefault("qosClass", _quality(spec))


def _tolerate(spec: dict[str, Any]) -> None:
    """Let a pod wait for five minutes for a node that is not ready or not reachable, unless it says otherwise."""
    given = list(spec.get("tolerations") or ())
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(one.get("key") in {None, "", key} and one.get("effect") in {None, "", "NoExecute"} for one in given):
            given.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    spec["tolerations"] = given


def _default_requests(spec: Mapping[str, Any]) -> None:
    """Who is limited and asks for nothing asks for its limit."""
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        given = container.get("resources") or {}
        if given.get("limits"):
            given["requests"] = {**given["limits"], **(given.get("requests") or {})}


def _quality(spec: Mapping[str, Any]) -> str:
    """The quality-of-service class (core docs: Guaranteed where limits equal requests for cpu and memory)."""
    resources = [container.get("resources") or {} for container in spec.get("containers") or ()]
    if not any(given.get("requests") or given.get("limits") for given in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(given.get("limits") or ())
        and (given.get("requests") or given["limits"]) == given["limits"]
        for given in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


# What of a pod's spec may change once it exists.
_CHANGEABLE = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations")
_FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = list(pod_spec.problems(obj.get("spec") or {}))
    if before is not None and not found and _fixed_part(obj) != _fixed_part(before):
        found.append(forbidden("spec", _FIXED))
    return found


def _fixed_part(obj: Mapping[str, Any]) -> dict[str, Any]:
    spec = copy.deepcopy(obj["spec"])
    for name in _CHANGEABLE:
        spec.pop(name, None)
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        container.pop("image", None)
    fixed: dict[str, Any] = spec
    return fixed


_CONNECT = ("create", "get")
_SUBRESOURCES = (
    Subresource(name="attach", kind="PodAttachOptions", verbs=_CONNECT),
    Subresource(name="binding", kind="Binding", verbs=("create",)),
    Subresource(name="ephemeralcontainers", kind="Pod"),
    Subresource(name="eviction", kind="Eviction", group="policy", version="v1", verbs=("create",)),
    Subresource(name="exec", kind="PodExecOptions", verbs=_CONNECT),
    Subresource(name="log", kind="Pod", verbs=("get",)),
    Subresource(name="portforward", kind="PodPortForwardOptions", verbs=_CONNECT),
    proxy_of("Pod"),
    Subresource(name="resize", kind="Pod"),
    status_of("Pod"),
)

PODS = Resource(
    name="pods",
    singular="pod",
    kind="Pod",
    namespaced=True,
    short_names=("po",),
    categories=("all",),
    subresources=_SUBRESOURCES,
    counts_generations=True,
    assigned=tuple(
        f"spec.{name}"
        for name in ("preemptionPolicy", "priority", "serviceAccount", "serviceAccountName", "tolerations")
    ),
    defaults=_defaults,
    validate=_problems,
    columns=(
        NAME,
        Column("Ready", "Containers that are ready, of all."),
        Column("Status", "What the pod, or the container that holds it up, is doing."),
        Column("Restarts", "How often its containers were restarted, and when last."),
        AGE,
        Column("IP", "Address of the pod.", 1),
        Column("Node", "Node that it runs on.", 1),
        Column("Nominated Node", "Node that it may preempt others on.", 1),
        Column("Readiness Gates", "Conditions met, of those that must be before it counts as ready.", 1),
    ),
    view=_Pod,
    row=_row,
    fields={
        "metadata.name": "",
        "metadata.namespace": "",
        "spec.nodeName": "",
        "spec.restartPolicy": "",
        "spec.schedulerName": "",
        "spec.serviceAccountName": "",
        "spec.hostNetwork": "false",
        "status.phase": "",
        "status.podIP": "",
        "status.nominatedNodeName": "",
    },
)
