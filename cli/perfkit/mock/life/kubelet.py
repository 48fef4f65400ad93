"""Kubelets: what happens to a pod from the moment it has a node until its containers have ended."""

from __future__ import annotations

from functools import partial
from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.life import pod_status
from perfkit.mock.life.fate import fate_of, pullable
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.life.hands import Hands

_KUBELET = "kubelet"
_ACCEPTING = 0.1  # seconds until a kubelet has seen a pod
_PULLING = (0.5, 2.0)  # seconds that pulling an image takes: the least, and the width above it
_STARTING = 0.2
_PROBING = 1.0  # until the first readiness probe succeeds
_BACKOFF = (10.0, 300.0)  # seconds before the first restart, doubled each time up to the most
_CALM = 600.0  # seconds after which a crash counts as the first again


class Kubelets:
    """The kubelets of all nodes."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def take(self, pod: dict[str, Any]) -> None:
        """A pod has got its node."""
        self._later(_ACCEPTING, pod, self._accept)

    def _later(self, seconds: float, pod: dict[str, Any], act: Callable[[dict[str, Any]], None]) -> None:
        """Do something with a pod, if it is still there and shall be."""
        key, uid = _key(pod), pod["metadata"]["uid"]

        def run() -> None:
            found = self._hands.read(PODS, key)
            alive = found is not None and found["metadata"]["uid"] == uid and not _over(found)
            if found is not None and alive and self._serves(found):
                act(found)

        self._hands.after(seconds, run)

    def _serves(self, pod: dict[str, Any]) -> bool:
        """Whether the pod's node exists; where nobody knows how it is doing, its kubelet does nothing either."""
        node = self._hands.read(NODES, pod["spec"]["nodeName"])
        conditions = find(node, "status.conditions", ())
        lost = any(each["type"] == "Ready" and each["status"] == "Unknown" for each in conditions)
        return node is not None and not lost

    def _accept(self, pod: dict[str, Any]) -> None:
        if find(pod, "status.startTime"):
            return
        node = self._hands.read(NODES, pod["spec"]["nodeName"])
        addresses = {each["type"]: each["address"] for each in find(node, "status.addresses", ())}
        status = pod_status.accepted(pod, addresses.get("InternalIP", ""), self._hands.time)
        pod = self._write(pod, status)
        self._later(_STARTING, pod, partial(self._pull, 0))

    def _pull(self, number: int, pod: dict[str, Any]) -> None:
        """Have the image of the ``number``-th container, and so on; then start what can be started."""
        containers = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
        if number == len(containers):
            self._advance(pod)
            return
        container = containers[number]
        image = container.get("image", "")
        if not pullable(container, pod):
            self._fail_pull(number, 0, pod)
            return
        self._tell(pod, container, "Pulling", f'Pulling image "{image}"')
        seconds = round(_PULLING[0] + _PULLING[1] * _share(pod, "pull", container["name"]), 3)
        self._later(seconds, pod, partial(self._pulled, number, seconds))

    def _pulled(self, number: int, seconds: float, pod: dict[str, Any]) -> None:
        containers = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
        image = containers[number].get("image", "")
        size = 20_000_000 + int(_share(pod, "size", image) * 200_000_000)
        took = f"in {seconds}s ({seconds}s including waiting)"
        message = f'Successfully pulled image "{image}" {took}. Image size: {size} bytes.'
        self._tell(pod, containers[number], "Pulled", message)
        self._pull(number + 1, pod)

    def _fail_pull(self, number: int, tries: int, pod: dict[str, Any]) -> None:
        """An image cannot be had: tried again ever more rarely."""
        containers = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
        container = containers[number]
        image = container["image"]
        failure = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": not found'
        self._tell(pod, container, "Pulling", f'Pulling image "{image}"')
        self._tell(pod, container, "Failed", f'Failed to pull image "{image}": {failure}', "Warning")
        self._tell(pod, container, "Failed", "Error: ErrImagePull", "Warning")
        pod = self._set(pod, container["name"], lambda s: pod_status.waiting_again(s, "ErrImagePull", failure))
        self._later(_STARTING * 5, pod, partial(self._back_off_pull, number, tries))

    def _back_off_pull(self, number: int, tries: int, pod: dict[str, Any]) -> None:
        containers = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
        container = containers[number]
        message = f'Back-off pulling image "{container["image"]}"'
        self._tell(pod, container, "BackOff", message)
        self._tell(pod, container, "Failed", "Error: ImagePullBackOff", "Warning")
        pod = self._set(pod, container["name"], lambda s: pod_status.waiting_again(s, "ImagePullBackOff", message))
        again = partial(self._pull, number) if pullable(container, pod) else partial(self._fail_pull, number, tries + 1)
        self._later(_delay(tries), pod, again)

    def _advance(self, pod: dict[str, Any]) -> None:
        """Start the next init container, or all containers where those are done."""
        for container in pod["spec"].get("initContainers") or ():
            status = _status(pod, container["name"])
            if status is None or pod_status.WAITING in status["state"]:
                pod = self._start(pod, container)
                if container.get("restartPolicy") != "Always":
                    return
        for container in pod["spec"]["containers"]:
            status = _status(pod, container["name"])
            if status is not None and pod_status.WAITING in status["state"]:
                pod = self._start(pod, container)

    def _start(self, pod: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
        name = container["name"]
        self._tell(pod, container, "Created", f"Container created: {name}")
        uid, time = pod["metadata"]["uid"], self._hands.time
        if not find(pod, "status.podIP"):
            address = self._address(pod)
            pod = {**pod, "status": {**pod["status"], "podIP": address, "podIPs": [{"ip": address}]}}
        pod = self._set(pod, name, lambda status: pod_status.running(status, uid, time))
        self._tell(pod, container, "Started", f"Container started: {name}")
        runs = (_status(pod, name) or {}).get("restartCount", 0)
        if not _ends_first(pod, container):
            self._await_ready(pod, container, runs)
        self._await_end(pod, container, runs)
        return pod

    def _await_ready(self, pod: dict[str, Any], container: dict[str, Any], runs: int) -> None:
        probe = container.get("readinessProbe")
        wait = 0.0 if probe is None else max(_PROBING, float(probe.get("initialDelaySeconds", 0)))

        def ready(found: dict[str, Any]) -> None:
            status = _status(found, container["name"])
            if status and status["restartCount"] == runs and pod_status.RUNNING in status["state"]:
                self._set(found, container["name"], lambda known: {**known, "ready": True})

        self._later(wait, pod, ready)

    def _await_end(self, pod: dict[str, Any], container: dict[str, Any], runs: int) -> None:
        fate = fate_of(container, pod, runs)
        seconds = fate.seconds
        if _ends_first(pod, container):
            seconds = seconds or 0.5 + _share(pod, "init", container["name"])
        if seconds is None:
            return

        def end(found: dict[str, Any]) -> None:
            status = _status(found, container["name"])
            if status and status["restartCount"] == runs and pod_status.RUNNING in status["state"]:
                self._ended(found, container, fate.code, fate.reason)

        self._later(seconds, pod, end)

    def _ended(self, pod: dict[str, Any], container: dict[str, Any], code: int, reason: str) -> None:
        name, time = container["name"], self._hands.time
        before = _status(pod, name)
        assert before is not None
        done = _ends_first(pod, container) and not code
        pod = self._set(pod, name, lambda status: {**pod_status.terminated(status, code, reason, time), "ready": done})
        if _over(pod):
            return
        policy = pod["spec"].get("restartPolicy", "Always")
        if done:
            self._later(0, pod, self._advance)
        elif policy == "Always" or (policy == "OnFailure" and code):
            wait = _delay(before["restartCount"])
            self._later(_STARTING * 5, pod, partial(self._back_off, container, wait))

    def _back_off(self, container: dict[str, Any], wait: float, pod: dict[str, Any]) -> None:
        name, metadata = container["name"], pod["metadata"]
        pod_name = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        message = f"back-off {_minutes(wait)} restarting failed container={name} pod={pod_name}"
        self._tell(
            pod, container, "BackOff", f"Back-off restarting failed container {name} in pod {pod_name}", "Warning"
        )
        pod = self._set(pod, name, lambda status: pod_status.waiting_again(status, "CrashLoopBackOff", message))
        self._later(wait, pod, partial(self._restart, container))

    def _restart(self, container: dict[str, Any], pod: dict[str, Any]) -> None:
        name, image = container["name"], container.get("image", "")
        status = _status(pod, name)
        if status is None or pod_status.WAITING not in status["state"]:
            return
        self._tell(pod, container, "Pulled", f'Container image "{image}" already present on machine')
        statuses = _replaced(pod, name, lambda known: {**known, "restartCount": known["restartCount"] + 1})
        self._start({**pod, "status": {**pod["status"], **statuses}}, container)

    def _set(
        self, pod: dict[str, Any], name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Change the status of one container, and what follows from it."""
        return self._write(pod, {**pod["status"], **_replaced(pod, name, change)})

    def _write(self, pod: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        status = pod_status.concluded(pod, status, self._hands.time)
        self._hands.set_status(PODS, self._hands.read(PODS, _key(pod)) or pod, status, _KUBELET)
        return self._hands.read(PODS, _key(pod)) or {**pod, "status": status}

    def _tell(
        self, pod: dict[str, Any], container: dict[str, Any], reason: str, message: str, kind: str = "Normal"
    ) -> None:
        told = Told(
            reason=reason,
            message=message,
            type=kind,
            host=pod["spec"]["nodeName"],
            field=f"spec.containers{{{container['name']}}}",
        )
        self._hands.tell(PODS, pod, told)

    def _address(self, pod: dict[str, Any]) -> str:
        """An address among those of the pod's node that generated pods leave free."""
        node = self._hands.read(NODES, pod["spec"]["nodeName"])
        network = str(find(node, "spec.podCIDR", "10.63.0.0/24")).rpartition(".")[0]
        return f"{network}.{140 + int(_share(pod, 'address', '') * 115)}"


def _key(pod: dict[str, Any]) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _over(pod: dict[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"] or find(pod, "status.phase") in {"Succeeded", "Failed"}


def _ends_first(pod: dict[str, Any], container: dict[str, Any]) -> bool:
    """Whether it is an init container that must end before others start; a sidecar goes on running."""
    inits = [each["name"] for each in pod["spec"].get("initContainers") or ()]
    return container["name"] in inits and container.get("restartPolicy") != "Always"


def _status(pod: dict[str, Any], name: str) -> dict[str, Any] | None:
    for kind in ("initContainerStatuses", "containerStatuses"):
        for status in find(pod, f"status.{kind}", ()):
            if status["name"] == name:
                found: dict[str, Any] = status
                return found
    return None


def _replaced(
    pod: dict[str, Any], name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The lists of container statuses with one of them changed."""
    return {
        kind: [change(status) if status["name"] == name else status for status in pod["status"][kind]]
        for kind in ("initContainerStatuses", "containerStatuses")
        if kind in pod["status"]
    }


def _share(pod: dict[str, Any], *what: str) -> float:
    """A number from 0 to 1 that follows from the pod."""
    digest = shake_128("/".join((pod["metadata"]["uid"], *what)).encode()).digest(2)
    return int.from_bytes(digest, "big") / 65536


def _delay(times: int) -> float:
    least, most = _BACKOFF
    return float(min(least * 2 ** min(times, 10), most))


def _minutes(seconds: float) -> str:
    """10s, 1m20s, 5m0s: as Go prints a duration."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
