"""Objects of the mock as a real API server takes them: labelled as ours, and nothing real can land there.

A pod names its node, so no scheduler chooses; its node has a taint, and an operating system
of its own, since daemon sets that tolerate everything select Linux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNER: Final = "perfkit/population"  # the label of all that perfkit made, with the population's name
TAINT: Final = "perfkit/fake"
KWOK: Final = "kwok.x-k8s.io/node"  # the annotation by which kwok knows nodes to be its own
LEASE_SECONDS: Final = 40

_LEASE_SPACE: Final = "kube-node-lease"
LEASES: Final = f"/apis/coordination.k8s.io/v1/namespaces/{_LEASE_SPACE}/leases"
_OS: Final = ("kubernetes.io/os", "beta.kubernetes.io/os")
_KEPT: Final = ("labels", "annotations", "name", "namespace", "generateName")
_SETTLED: Final = ("priority", "preemptionPolicy", "priorityClassName", "serviceAccount", "runtimeClassName")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An object to be made: where it lies in its collection, what is POSTed to that, what its status is then."""

    collection: str
    name: str
    body: dict[str, Any]
    status: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        """Its own path."""
        return f"{self.collection}/{self.name}"

    @property
    def status_patch(self) -> bytes:
        """The merge patch that gives it its status."""
        return msgspec.json.encode({"status": self.status})


def real_namespace(name: str) -> str:
    """What a namespace is called there: one that every cluster has is not ours."""
    return f"perfkit-{name}" if name == "default" or name.startswith("kube-") else name


def selector(owner: str) -> str:
    """The query for all that bears a population's label."""
    return f"labelSelector={OWNER}%3D{owner}"


def namespace(name: str, owner: str) -> Sent:
    """A namespace of the shape."""
    return Sent(
        collection="/api/v1/namespaces",
        name=name,
        body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {OWNER: owner}}},
    )


def account(space: str) -> Sent:
    """The service account that pods of a namespace must find; a controller makes it, where there is one."""
    metadata = {"name": "default", "namespace": space}
    return Sent(
        collection=f"/api/v1/namespaces/{space}/serviceaccounts",
        name="default",
        body={"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
    )


def node(obj: Mapping[str, Any], owner: str) -> Sent:
    """A node that is none, and may be kwok's."""
    metadata = _metadata(obj, owner)
    metadata["labels"] |= {name: "perfkit" for name in _OS if name in metadata["labels"]}
    metadata["annotations"] = {**metadata.get("annotations", {}), KWOK: "fake"}
    taints = [{"key": TAINT, "value": "true", "effect": effect} for effect in ("NoSchedule", "NoExecute")]
    return Sent(
        collection="/api/v1/nodes",
        name=metadata["name"],
        body={"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints}},
        status=obj["status"],
    )


def lease(name: str, owner: str) -> Sent:
    """What says that a node is alive, held by nobody yet."""
    metadata = {"name": name, "namespace": _LEASE_SPACE, "labels": {OWNER: owner}}
    return Sent(
        collection=LEASES,
        name=name,
        body={"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata},
    )


def held_lease(name: str, owner: str, now: str) -> Sent:
    """The same, held by the node itself as kubelets do, and renewed ``now``."""
    free = lease(name, owner)
    spec = {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now}
    return msgspec.structs.replace(free, body={**free.body, "spec": spec})


def lease_path(name: str) -> str:
    """Where a node's lease is."""
    return f"{LEASES}/{name}"


def pod(obj: Mapping[str, Any], owner: str) -> Sent:
    """A pod that is on its node from the start. It has no owner: the garbage collector would miss that."""
    metadata = _metadata(obj, owner)
    spec = {name: value for name, value in obj["spec"].items() if name not in _SETTLED}
    spec |= {"serviceAccountName": "default", "automountServiceAccountToken": False}
    spec["tolerations"] = [{"operator": "Exists"}]  # for good: with a time they would be evicted while nobody beats
    return Sent(
        collection=f"/api/v1/namespaces/{metadata['namespace']}/pods",
        name=metadata["name"],
        body={"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec},
        status=obj["status"],
    )


def event(obj: Mapping[str, Any], owner: str) -> Sent:
    """An event about one of them, which has another UID there."""
    metadata = _metadata(obj, owner)
    about = {name: value for name, value in obj["involvedObject"].items() if name not in {"uid", "resourceVersion"}}
    if about.get("namespace"):
        about["namespace"] = real_namespace(about["namespace"])
    rest = {name: value for name, value in obj.items() if name not in {"metadata", "involvedObject"}}
    return Sent(
        collection=f"/api/v1/namespaces/{metadata['namespace']}/events",
        name=metadata["name"],
        body={"apiVersion": "v1", "kind": "Event", **rest, "metadata": metadata, "involvedObject": about},
    )


def _metadata(obj: Mapping[str, Any], owner: str) -> dict[str, Any]:
    metadata = {name: value for name, value in obj["metadata"].items() if name in _KEPT}
    metadata["labels"] = {**metadata.get("labels", {}), OWNER: owner}
    if "namespace" in metadata:
        metadata["namespace"] = real_namespace(metadata["namespace"])
    return metadata
