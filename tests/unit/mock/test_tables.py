"""Rows of tables: the rules behind kubectl's columns."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.wire.formats import Table
from support.asgi import Harness

NOW = 1_768_469_400  # 2026-01-15T09:30:00Z
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def row(resource: Any, obj: dict[str, Any]) -> dict[str, Any]:
    table = Table(resource, "v1", "None", lambda: NOW)
    found: dict[str, Any] = msgspec.json.decode(table.item(msgspec.json.encode(obj)))
    return found


def pod(*containers: dict[str, Any], **status: Any) -> dict[str, Any]:
    """A pod whose container statuses are given; ``init`` are those of init containers, ``meta`` goes into metadata."""
    init, meta = status.pop("init", []), status.pop("meta", {})
    sidecars, gates = status.pop("sidecars", []), status.pop("gates", [])
    named = [{"name": f"c{number}", **container} for number, container in enumerate(containers)]
    inits = [{"name": f"i{number}", **container} for number, container in enumerate(init)]
    return {
        "metadata": {"name": "p", "creationTimestamp": "2026-01-15T09:25:00Z", **meta},
        "spec": {
            "containers": [{"name": container["name"]} for container in named],
            "initContainers": [
                {"name": entry["name"], **({"restartPolicy": "Always"} if entry["name"] in sidecars else {})}
                for entry in inits
            ],
            "readinessGates": [{"conditionType": gate} for gate in gates],
        },
        "status": {"phase": "Running", **status, "containerStatuses": named, "initContainerStatuses": inits},
    }


def conditions(**states: str) -> list[dict[str, str]]:
    return [{"type": kind, "status": state} for kind, state in states.items()]


UP = {"ready": True, "started": True, "state": {"running": {"startedAt": "2026-01-15T09:25:10Z"}}}
UNREADY = {**UP, "ready": False}


def waiting(reason: str) -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason}}}


def ended(code: int, reason: str = "", signal: int = 0) -> dict[str, Any]:
    return {"state": {"terminated": {"exitCode": code, "reason": reason, "signal": signal}}}


def restarted(times: int, at: str = "") -> dict[str, Any]:
    last = {"terminated": {"exitCode": 1, "finishedAt": at}} if at else {}
    return {**UP, "restartCount": times, "lastState": last}


DELETED = {"deletionTimestamp": "2026-01-15T09:29:00Z"}
LOST = {"meta": DELETED, "reason": "NodeLost"}
INITIALIZED = conditions(Initialized="True")
READY = conditions(Ready="True")

STATUSES = {
    "running": (pod(UP, UP), "2/2", "Running"),
    "one of two ready": (pod(UP, UNREADY), "1/2", "Running"),
    "pending": (pod(phase="Pending"), "0/0", "Pending"),
    "a reason of its own": (pod(UP, reason="Evicted", phase="Failed"), "1/1", "Evicted"),
    "scheduling gated": (
        pod(phase="Pending", conditions=[{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]),
        "0/0",
        "SchedulingGated",
    ),
    "container creating": (pod(waiting("ContainerCreating"), phase="Pending"), "0/1", "ContainerCreating"),
    "crash loop": (pod(waiting("CrashLoopBackOff")), "0/1", "CrashLoopBackOff"),
    "the first container with a reason wins": (
        pod(waiting("ImagePullBackOff"), waiting("CrashLoopBackOff")),
        "0/2",
        "ImagePullBackOff",
    ),
    "out of memory": (pod(ended(137, "OOMKilled")), "0/1", "OOMKilled"),
    "ended with a code": (pod(ended(3)), "0/1", "ExitCode:3"),
    "ended by a signal": (pod(ended(137, signal=9)), "0/1", "Signal:9"),
    "completed": (pod(ended(0, "Completed"), phase="Succeeded"), "0/1", "Completed"),
    "one completed, one running and ready": (pod(ended(0, "Completed"), UP, conditions=READY), "1/2", "Running"),
    "one completed, one running, not ready": (pod(ended(0, "Completed"), UP), "1/2", "NotReady"),
    "init waits its turn": (pod(waiting("PodInitializing"), init=[{"state": {}}], phase="Pending"), "0/1", "Init:0/1"),
    "init in its second step": (
        pod(waiting("PodInitializing"), init=[ended(0), waiting("PodInitializing")], phase="Pending"),
        "0/1",
        "Init:1/2",
    ),
    "init cannot pull": (pod(init=[waiting("ErrImagePull")], phase="Pending"), "0/0", "Init:ErrImagePull"),
    "init failed with a reason": (pod(init=[ended(1, "Error")]), "0/0", "Init:Error"),
    "init failed with a code": (pod(init=[ended(7)]), "0/0", "Init:ExitCode:7"),
    "init killed": (pod(init=[ended(9, signal=9)]), "0/0", "Init:Signal:9"),
    "init done": (pod(UP, init=[ended(0), ended(0)]), "1/1", "Running"),
    "init starts over beside running containers": (
        pod(UP, init=[{"state": {}}], conditions=INITIALIZED),
        "1/1",
        "Init:0/1",
    ),
    "a ready sidecar counts": (pod(UP, init=[UP], sidecars=["i0"]), "2/2", "Running"),
    "an unready sidecar does not hold up": (pod(UP, init=[UNREADY], sidecars=["i0"]), "1/2", "Running"),
    "a sidecar that has not started does": (pod(init=[{"state": {}}], sidecars=["i0"]), "0/1", "Init:0/1"),
    "terminating": (pod(UP, meta=DELETED), "1/1", "Terminating"),
    "completed and deleted": (pod(ended(0, "Completed"), phase="Succeeded", meta=DELETED), "0/1", "Completed"),
    "on a lost node": (pod(UP, **LOST), "1/1", "Unknown"),
}


@pytest.mark.parametrize(("obj", "ready", "status"), STATUSES.values(), ids=STATUSES)
def test_a_pods_readiness_and_status(obj: dict[str, Any], ready: str, status: str) -> None:
    cells = row(PODS, obj)["cells"]
    assert cells[:3] == ["p", ready, status]


@pytest.mark.parametrize(
    ("obj", "restarts"),
    [
        (pod(UP), "0"),
        (pod(restarted(3)), "3"),
        (pod(restarted(3, "2026-01-15T09:25:00Z")), "3 (5m ago)"),
        (pod(restarted(1, "2026-01-15T09:25:00Z"), restarted(1, "2026-01-15T09:29:00Z")), "2 (60s ago)"),
        (pod(UP, init=[{**ended(0), "restartCount": 4}]), "0"),
        (pod(init=[{**waiting("CrashLoopBackOff"), "restartCount": 4}]), "4"),
        (pod(UP, init=[{**UP, "restartCount": 2}], sidecars=["i0"]), "2"),
    ],
)
def test_a_pods_restarts(obj: dict[str, Any], restarts: str) -> None:
    assert row(PODS, obj)["cells"][3] == restarts


def test_a_pods_wide_cells() -> None:
    obj = pod(UP, podIPs=[{"ip": "10.0.0.1"}, {"ip": "fd00::1"}], gates=["a", "b"], conditions=conditions(a="True"))
    obj["spec"]["nodeName"] = "n1"
    assert row(PODS, obj)["cells"][4:] == ["5m", "10.0.0.1", "n1", "<none>", "1/2"]
    assert row(PODS, pod(UP))["cells"][4:] == ["5m", "<none>", "<none>", "<none>", "<none>"]


@pytest.mark.parametrize(("phase", "reason"), [("Succeeded", "Succeeded"), ("Failed", "Failed")])
def test_a_pod_that_ended_is_marked_completed(phase: str, reason: str) -> None:
    (condition,) = row(PODS, pod(phase=phase))["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Completed", "True", reason)
    assert "conditions" not in row(PODS, pod(UP))


def node(labels: dict[str, str], *states: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "n", "creationTimestamp": "2026-01-14T09:30:00Z", "labels": labels}
    status = {"conditions": [{"type": "Ready", "status": state} for state in states]}
    return {"metadata": metadata, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("obj", "cells"),
    [
        (node({}, "True"), ["n", "Ready", "<none>", "24h"]),
        (node({}, "False"), ["n", "NotReady", "<none>", "24h"]),
        (node({}, "Unknown"), ["n", "NotReady", "<none>", "24h"]),
        (node({}), ["n", "Unknown", "<none>", "24h"]),
        (node({}, "True", unschedulable=True), ["n", "Ready,SchedulingDisabled", "<none>", "24h"]),
        (
            node({"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "etcd"}, "True"),
            ["n", "Ready", "etcd,worker", "24h"],
        ),
    ],
)
def test_a_nodes_cells(obj: dict[str, Any], cells: list[str]) -> None:
    found = row(NODES, obj)["cells"]
    assert found[:4] == cells
    assert found[5:] == ["<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]


def test_a_namespaces_cells() -> None:
    obj = {"metadata": {"name": "x"}, "status": {"phase": "Active"}}
    assert row(NAMESPACES, obj)["cells"] == ["x", "Active", "<unknown>"]


@pytest.mark.parametrize("path", ["/api/v1/pods", "/api/v1/nodes", "/api/v1/namespaces"])
def test_a_table_has_a_cell_for_each_column(path: str) -> None:
    table = Harness().get(path, TABLE).json()
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert set(table["columnDefinitions"][0]) == {"name", "type", "format", "description", "priority"}
    for line in table["rows"]:
        assert len(line["cells"]) == len(table["columnDefinitions"])
        assert line["object"]["kind"] == "PartialObjectMetadata"
        assert "managedFields" in line["object"]["metadata"]


@pytest.mark.parametrize(
    ("include", "kind"), [("", "PartialObjectMetadata"), ("Metadata", "PartialObjectMetadata"), ("Object", "Pod")]
)
def test_rows_include_what_is_asked_for(include: str, kind: str) -> None:
    table = Harness().get(f"/api/v1/pods?limit=1&includeObject={include}", TABLE).json()
    assert table["rows"][0]["object"]["kind"] == kind
    bare = Harness().get("/api/v1/pods?limit=1&includeObject=None", TABLE).json()
    assert bare["rows"][0]["object"] is None


def test_one_object_can_be_a_table() -> None:
    table = Harness().get("/api/v1/nodes/node-00000", TABLE).json()
    assert [line["cells"][0] for line in table["rows"]] == ["node-00000"]
    assert int(table["metadata"]["resourceVersion"]) > 0
