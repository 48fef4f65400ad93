"""The status of a pod as its kubelet writes it: containers, conditions, phase."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.life.hands import condition, with_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

WAITING, RUNNING, TERMINATED = "waiting", "running", "terminated"


def accepted(pod: Mapping[str, Any], host_ip: str, time: str) -> dict[str, Any]:
    """The status of a pod that a kubelet has taken on: nothing runs yet."""
    inits = pod["spec"].get("initContainers") or ()
    status = {
        **(pod.get("status") or {}),
        "phase": "Pending",
        "observedGeneration": pod["metadata"].get("generation", 1),
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "startTime": time,
        "containerStatuses": [
            _waiting(container, "PodInitializing" if inits else "ContainerCreating")
            for container in pod["spec"]["containers"]
        ],
    }
    if inits:
        status["initContainerStatuses"] = [_waiting(container, "PodInitializing") for container in inits]
    return concluded(pod, status, time)


def _waiting(container: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {
        "name": container["name"],
        "state": {WAITING: {"reason": reason}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container.get("image", ""),
        "imageID": "",
        "started": False,
    }


def running(status: Mapping[str, Any], uid: str, time: str) -> dict[str, Any]:
    """A container's status once it has been started."""
    image, count = status["image"], status["restartCount"]
    text = shake_128(f"{uid}/{status['name']}/{count}".encode()).hexdigest(32)
    digest = shake_128(f"image/{image}".encode()).hexdigest(32)
    name = image.partition("@")[0]
    return {
        **status,
        "state": {RUNNING: {"startedAt": time}},
        "imageID": f"{name.rpartition(':')[0] or name}@sha256:{digest}",
        "containerID": f"containerd://{text}",
        "started": True,
        "ready": False,
    }


def terminated(status: Mapping[str, Any], code: int, reason: str, time: str) -> dict[str, Any]:
    """A container's status once it has ended."""
    started = (status["state"].get(RUNNING) or {}).get("startedAt", time)
    ended = {
        "exitCode": code,
        "reason": reason,
        "startedAt": started,
        "finishedAt": time,
        "containerID": status.get("containerID", ""),
    }
    return {**status, "state": {TERMINATED: ended}, "ready": False, "started": False}


def waiting_again(status: Mapping[str, Any], reason: str, message: str) -> dict[str, Any]:
    """A container's status while it is not started again yet, with how it ended before."""
    ended = status["state"].get(TERMINATED)
    last = {"lastState": {TERMINATED: ended}} if ended else {}
    return {**status, **last, "state": {WAITING: {"reason": reason, "message": message}}, "ready": False}


def concluded(pod: Mapping[str, Any], status: dict[str, Any], time: str) -> dict[str, Any]:
    """The status with the phase and the conditions that follow from its containers."""
    containers = status.get("containerStatuses") or ()
    inits = status.get("initContainerStatuses") or ()
    ended = [found["state"][TERMINATED]["exitCode"] for found in containers if TERMINATED in found["state"]]
    failed = [found for found in inits if _failed(found)] if pod["spec"].get("restartPolicy") == "Never" else []
    finished = len(ended) == len(containers) and _final(pod, ended)
    if finished or failed:
        status = {**status, "phase": "Failed" if failed or any(ended) else "Succeeded"}
    elif any(RUNNING in found["state"] or found["restartCount"] for found in containers):
        status = {**status, "phase": "Running"}
    return {**status, "conditions": _conditions(status, finished=finished and not failed, time=time)}


def _failed(status: Mapping[str, Any]) -> bool:
    return bool(status["state"].get(TERMINATED, {}).get("exitCode"))


def _final(pod: Mapping[str, Any], codes: list[int]) -> bool:
    """Whether ended containers stay so."""
    policy = pod["spec"].get("restartPolicy", "Always")
    return policy == "Never" or (policy == "OnFailure" and not any(codes))


def _conditions(status: Mapping[str, Any], *, finished: bool, time: str) -> list[dict[str, Any]]:
    containers = status.get("containerStatuses") or ()
    inits = status.get("initContainerStatuses") or ()
    uninitialized = [
        found["name"]
        for found in inits
        if found["state"].get(TERMINATED, {}).get("exitCode") != 0 and not found.get("ready")
    ]
    unready = [found["name"] for found in containers if not found["ready"]]
    sandboxed = bool(status.get("podIP")) and status["phase"] == "Running"
    states = {
        "PodReadyToStartContainers": (sandboxed, "", ""),
        "Initialized": (
            not uninitialized,
            "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(uninitialized)}]",
        ),
        "Ready": (not unready, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"),
    }
    if finished:
        states["Initialized"] = (True, "PodCompleted", "")
        states["Ready"] = (False, "PodCompleted" if status["phase"] == "Succeeded" else "PodFailed", "")
    states["ContainersReady"] = states["Ready"]
    found = list(status.get("conditions") or ())
    generation = status.get("observedGeneration", 1)
    for kind, (holds, reason, message) in states.items():
        why = {"reason": reason} if reason and (not holds or reason == "PodCompleted") else {}
        said = {"message": message} if message and not holds else {}
        new = condition(kind, str(holds), time, observedGeneration=generation, lastProbeTime=None, **why, **said)
        found = with_condition(found, new)
    return found
