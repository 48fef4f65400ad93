"""What is wrong in a cluster from the start: stated shares of pods that crash or are evicted, of nodes that are lost.

Which ones follows from the seed. A pod in trouble is rendered like any other and its status is then changed.
"""

from __future__ import annotations

from hashlib import shake_128
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Raw

from perfkit.mock.times import format_time

_encode = msgspec.json.encode
_KINDS = ("crash_loop", "oom_killed", "image_pull", "evicted")


class Shares(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares of all pods, and of all nodes, from 0 to 1."""

    crash_loop: float = 0.0
    oom_killed: float = 0.0
    image_pull: float = 0.0
    evicted: float = 0.0
    nodes_lost: float = 0.0

    def possible(self) -> bool:
        """Whether all are shares, and those of pods no more than all pods."""
        pods = [getattr(self, kind) for kind in _KINDS]
        return min(*pods, self.nodes_lost) >= 0 and sum(pods) <= 1 and self.nodes_lost <= 1


class _Parts(msgspec.Struct):
    metadata: Raw
    spec: Raw
    status: dict[str, Raw]


_decode = msgspec.json.Decoder(_Parts).decode


class Troubles:
    """Who is in trouble in a cluster of that seed, and how it looks at ``epoch``."""

    def __init__(self, shares: Shares, seed: int, epoch: int) -> None:
        self._limits = list(accumulate(getattr(shares, kind) for kind in _KINDS))
        self._lost = shares.nodes_lost
        self._seed = seed
        self._epoch = epoch

    def of_pod(self, position: int) -> str:
        """What is wrong with the pod at ``position``; empty: nothing."""
        share = self._share("pod", position)
        return next((kind for kind, limit in zip(_KINDS, self._limits, strict=True) if share < limit), "")

    def node_lost(self, number: int) -> bool:
        """Whether nothing is heard of a node any more."""
        return self._share("node", number) < self._lost

    def pod(self, body: bytes, trouble: str, position: int) -> bytes:
        """The pod at ``position`` in its trouble (``node_lost``: that of its node)."""
        parts = _decode(body)
        status = {name: msgspec.json.decode(value) for name, value in parts.status.items()}
        changed = {
            "crash_loop": lambda: self._failing(status, position, 1, "Error"),
            "oom_killed": lambda: self._failing(status, position, 137, "OOMKilled"),
            "image_pull": lambda: self._unpullable(status),
            "evicted": lambda: self._evicted(status),
            "node_lost": lambda: self._not_ready(status, ""),
        }[trouble]()
        return _encode(
            _Parts(parts.metadata, parts.spec, {name: Raw(_encode(value)) for name, value in changed.items()})
        )

    def node(self, body: bytes) -> bytes:
        """A node that is lost."""
        node = msgspec.json.decode(body)
        since = format_time(self._epoch - 240)
        for condition in node["status"]["conditions"]:
            condition |= {
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
                "lastTransitionTime": since,
            }
        key = "node.kubernetes.io/unreachable"
        taints = [
            {"key": key, "effect": "NoSchedule", "timeAdded": since},
            {"key": key, "effect": "NoExecute", "timeAdded": since},
        ]
        return _encode({**node, "spec": {**node["spec"], "taints": taints}})

    def _share(self, what: str, number: int) -> float:
        digest = shake_128(b"trouble/%s/%d/%d" % (what.encode(), self._seed, number)).digest(4)
        return int.from_bytes(digest, "big") / 2**32

    def _failing(self, status: dict[str, Any], position: int, code: int, reason: str) -> dict[str, Any]:
        """The first container ended again and again, and waits to be started."""
        first, *others = status["containerStatuses"]
        chance = self._share("restarts", position)
        ended = self._epoch - int(chance * 280)
        last = {
            "exitCode": code,
            "reason": reason,
            "startedAt": format_time(ended - 2 - int(chance * 40)),
            "finishedAt": format_time(ended),
            "containerID": first["containerID"],
        }
        waiting = {
            "reason": "CrashLoopBackOff",
            "message": f"back-off 5m0s restarting failed container={first['name']}",
        }
        first |= {
            "state": {"waiting": waiting},
            "lastState": {"terminated": last},
            "restartCount": 6 + int(chance * 60),
            "ready": False,
            "started": False,
        }
        return self._not_ready({**status, "containerStatuses": [first, *others]}, first["name"])

    def _unpullable(self, status: dict[str, Any]) -> dict[str, Any]:
        """The image of the first container cannot be had."""
        first, *others = status["containerStatuses"]
        first = {name: value for name, value in first.items() if name != "containerID"}
        waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{first["image"]}"'}
        first |= {"state": {"waiting": waiting}, "ready": False, "started": False, "imageID": ""}
        status = {**status, "phase": "Pending", "containerStatuses": [first, *others]}
        return self._not_ready(status, first["name"])

    def _evicted(self, status: dict[str, Any]) -> dict[str, Any]:
        gone = {"containerStatuses", "initContainerStatuses", "podIP", "podIPs"}
        kept = {name: value for name, value in status.items() if name not in gone}
        message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi."
        return self._not_ready({**kept, "phase": "Failed", "reason": "Evicted", "message": message}, "")

    def _not_ready(self, status: dict[str, Any], container: str) -> dict[str, Any]:
        why = {}
        if container:
            message = f"containers with unready status: [{container}]"
            why = {"reason": "ContainersNotReady", "message": message}
        kinds = {"Ready", "ContainersReady"} if container or status["phase"] == "Failed" else {"Ready"}
        conditions = [
            {**each, "status": "False", **why} if each["type"] in kinds else each for each in status["conditions"]
        ]
        return {**status, "conditions": conditions}
