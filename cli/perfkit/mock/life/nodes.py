"""Nodes: their heartbeats, and what happens where one is not ready: taints, unready pods, evictions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from perfkit.mock.agenda import TICKS
from perfkit.mock.life.hands import condition, with_condition
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.autoscaling import LEASES
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.store import LAST_KEY, Stored
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.life.hands import Hands

NAME = "nodes"
_LEASE = 10.0  # seconds between two renewals of a node's lease
_GROUPS = 100  # of nodes that beat at one tick
_REPORT = 300.0  # seconds between two reports of a node on which nothing has changed
_CONTROLLER = "node-controller"
_TAINTS = {"False": "node.kubernetes.io/not-ready", "Unknown": "node.kubernetes.io/unreachable"}


class Nodes:
    """The controller of nodes, and the part of kubelets that reports on them."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._names: list[str] = []  # of those that beat

    def beat(self) -> None:
        """Have every node there is renew its lease and report from now on, one group of them after another."""
        self._names.clear()
        for group in range(_GROUPS):
            share = group / _GROUPS
            self._hands.after(_LEASE * share, partial(self._each, group, self._renew, _LEASE))
            self._hands.after(_REPORT * share + 1, partial(self._each, group, self._report, _REPORT))

    def _each(self, group: int, act: Callable[[str], None], period: float) -> None:
        """Act for the nodes of a group now and every ``period`` seconds."""
        if not self._names:
            store = self._hands.store
            self._names = list(store.shelf(NODES).keys("", LAST_KEY, store.version))
        for name in self._names[group::_GROUPS]:
            act(name)
        self._hands.after(period, partial(self._each, group, act, period))

    def _renew(self, name: str) -> None:
        node, lease = self._hands.read(NODES, name), self._hands.read(LEASES, f"kube-node-lease/{name}")
        if node is not None and lease is not None and _ready(node) != "Unknown":
            self._hands.write(LEASES, {**lease, "spec": {**lease["spec"], "renewTime": self._precise}})

    @property
    def _precise(self) -> str:
        """Now with microseconds, as leases say it."""
        tick = self._hands.store.clock.tick % TICKS
        return format_time(self._hands.store.now).replace("Z", f".{tick * 1_000_000 // TICKS:06d}Z")

    def _report(self, name: str) -> None:
        node = self._hands.read(NODES, name)
        if node is not None and _ready(node) != "Unknown":
            time = self._hands.time
            conditions = [{**each, "lastHeartbeatTime": time} for each in find(node, "status.conditions", ())]
            self._hands.set_status(NODES, node, {**node["status"], "conditions": conditions}, "kubelet")

    def sync(self, name: str) -> None:
        """Taint a node that is not ready, untaint one that is again; its pods follow."""
        node = self._hands.read(NODES, name)
        if node is None or not find(node, "status.conditions"):
            return
        ready = _ready(node)
        present = find(node, "spec.taints", [])
        others = [taint for taint in present if taint["key"] not in _TAINTS.values()]
        wanted = others
        if ready in _TAINTS:
            old = {(taint["key"], taint["effect"]): taint for taint in present}
            key = _TAINTS[ready]
            fresh = {"key": key, "effect": "NoExecute", "timeAdded": self._hands.time}
            wanted = [
                *others,
                old.get((key, "NoSchedule"), {"key": key, "effect": "NoSchedule"}),
                old.get((key, "NoExecute"), fresh),
            ]
        if wanted == present:
            return
        spec = {key: value for key, value in node["spec"].items() if key != "taints"}
        self._hands.write(NODES, {**node, "spec": {**spec, **({"taints": wanted} if wanted else {})}})
        reason = "NodeReady" if ready == "True" else "NodeNotReady"
        told = Told(reason=reason, message=f"Node {name} status is now: {reason}", component=_CONTROLLER)
        self._hands.tell(NODES, node, told)
        for pod in self._pods_on(name):
            self._follow(pod, ready)

    def _pods_on(self, name: str) -> list[dict[str, Any]]:
        store, found = self._hands.store, []
        shelf = store.shelf(PODS)
        for run in list(shelf.runs("", LAST_KEY, store.version)):
            for single in (run,) if isinstance(run, Stored) else (range(at, at + 1) for at in run):
                if shelf.facts(single).fields["spec.nodeName"] == name:
                    found += [self._hands.read(PODS, key) for key in shelf.keys_of(single)]
        return [pod for pod in found if pod is not None]

    def _follow(self, pod: dict[str, Any], ready: str) -> None:
        """A pod serves no longer where its node is not ready, and is evicted unless it tolerates that for longer."""
        if find(pod, "status.phase") != "Running" or "deletionTimestamp" in pod["metadata"]:
            return
        status, time = pod["status"], self._hands.time
        serves = ready == "True" and all(each["ready"] for each in status.get("containerStatuses") or ())
        why = {} if serves else {"reason": "NodeNotReady"}
        new = condition("Ready", str(serves), time, lastProbeTime=None, **why)
        conditions = with_condition(list(status.get("conditions") or ()), new)
        self._hands.set_status(PODS, pod, {**status, "conditions": conditions})
        if ready == "True":
            return
        told = Told(reason="NodeNotReady", message="Node is not ready", type="Warning", component=_CONTROLLER)
        self._hands.tell(PODS, pod, told)
        seconds = _tolerated(pod, _TAINTS[ready])
        if seconds is not None:
            self._hands.after(seconds, lambda: self._evict(pod, _TAINTS[ready]))

    def _evict(self, pod: dict[str, Any], taint: str) -> None:
        key = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        found, node = self._hands.read(PODS, key), self._hands.read(NODES, pod["spec"]["nodeName"])
        still = any(each["key"] == taint for each in find(node, "spec.taints", ()))
        if found is None or found["metadata"]["uid"] != pod["metadata"]["uid"] or not still:
            return
        message = f"Marking for deletion Pod {key}"
        told = Told(reason="TaintManagerEviction", message=message, component="taint-eviction-controller")
        self._hands.tell(PODS, found, told)
        self._hands.delete(PODS, key)


def _ready(node: dict[str, Any]) -> str:
    found = (each["status"] for each in find(node, "status.conditions", ()) if each["type"] == "Ready")
    return str(next(found, "True"))


def _tolerated(pod: dict[str, Any], taint: str) -> float | None:
    """Seconds that a pod tolerates a taint for; None: for ever."""
    longest: float | None = 0.0
    for each in pod["spec"].get("tolerations") or ():
        if each.get("key") in {taint, None} and each.get("effect") in {"NoExecute", None}:
            seconds = each.get("tolerationSeconds")
            longest = None if seconds is None or longest is None else max(longest, float(seconds))
    return longest
