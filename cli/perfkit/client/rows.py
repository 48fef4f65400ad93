"""A pod as one flat row, and the decoders that make rows of LIST pages and watch frames.

Only the fields named here are decoded; the parser skips the rest (nine tenths of a pod) without building objects. Rows
cannot be part of a cycle, so the garbage collector need not look at them (``gc=False``), and words that repeat from pod
to pod are kept once.
"""

from __future__ import annotations

from sys import intern
from typing import Final

import msgspec

from perfkit.client.problems import Status  # noqa: TC001 - msgspec reads annotations at run time

INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"


class PodRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The chosen fields of a pod; empty strings where the pod has none. Times are RFC 3339 as the API writes them."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    created: str
    deleted: str  # when its deletion was asked for
    owner_kind: str  # of the controller, e.g. ReplicaSet
    owner_name: str
    phase: str
    reason: str  # of the pod, e.g. Evicted; else of the first container that waits or has ended
    ready: int  # containers
    containers: int
    restarts: int  # of all containers together
    node: str
    ip: str
    host_ip: str
    service_account: str
    priority: int
    qos: str

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the pod: namespace and name."""
        return self.namespace, self.name


class _Owner(msgspec.Struct, gc=False):
    kind: str = ""
    name: str = ""
    controller: bool = False


class _Metadata(msgspec.Struct, gc=False, rename="camel"):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    owner_references: list[_Owner] | None = None


class _Container(msgspec.Struct, gc=False):
    """Only counted."""


class _Spec(msgspec.Struct, gc=False, rename="camel"):
    node_name: str = ""
    service_account_name: str = ""
    priority: int = 0
    containers: list[_Container] | None = None


class _Cause(msgspec.Struct, gc=False):
    reason: str = ""


class _ContainerState(msgspec.Struct, gc=False):
    waiting: _Cause | None = None
    terminated: _Cause | None = None


class _ContainerStatus(msgspec.Struct, gc=False, rename="camel"):
    ready: bool = False
    restart_count: int = 0
    state: _ContainerState | None = None


class _PodStatus(msgspec.Struct, gc=False, rename="camel"):
    phase: str = ""
    reason: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    host_ip: str = msgspec.field(default="", name="hostIP")
    qos_class: str = ""
    container_statuses: list[_ContainerStatus] | None = None


class _Pod(msgspec.Struct, gc=False):
    metadata: _Metadata
    spec: _Spec
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


class _ListMetadata(msgspec.Struct, gc=False):
    resource_version: str = msgspec.field(name="resourceVersion")
    continue_: str = msgspec.field(default="", name="continue")


class PodPage(msgspec.Struct, gc=False):
    """One page of a LIST."""

    metadata: _ListMetadata
    items: list[_Pod] | None = None


class Added(msgspec.Struct, gc=False, tag_field="type", tag="ADDED"):
    """A pod is there: new, or part of the first state."""

    object: _Pod


class Modified(msgspec.Struct, gc=False, tag_field="type", tag="MODIFIED"):
    """A pod changed."""

    object: _Pod


class Deleted(msgspec.Struct, gc=False, tag_field="type", tag="DELETED"):
    """A pod is gone; ``object`` is its last state with the version of the deletion."""

    object: _Pod


class _BookmarkMetadata(msgspec.Struct, gc=False, rename="camel"):
    resource_version: str
    annotations: dict[str, str] | None = None


class _BookmarkObject(msgspec.Struct, gc=False):
    metadata: _BookmarkMetadata


class Bookmark(msgspec.Struct, gc=False, tag_field="type", tag="BOOKMARK"):
    """Nothing before this version is missing."""

    object: _BookmarkObject

    @property
    def version(self) -> str:
        """The resourceVersion to resume from."""
        return self.object.metadata.resource_version

    @property
    def ends_initial_events(self) -> bool:
        """Whether the first state asked for with sendInitialEvents is now complete."""
        return (self.object.metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true"


class Failed(msgspec.Struct, gc=False, tag_field="type", tag="ERROR"):
    """The watch cannot go on."""

    object: Status


Event = Added | Modified | Deleted | Bookmark | Failed

PAGES: Final = msgspec.json.Decoder(PodPage)
EVENTS: Final = msgspec.json.Decoder(Event)


def flatten(pod: _Pod) -> PodRow:
    """The row of a decoded pod; words that repeat are kept once."""
    metadata, spec, status = pod.metadata, pod.spec, pod.status
    containers = status.container_statuses or ()
    owner = next((o for o in metadata.owner_references or () if o.controller), _NO_OWNER)
    return PodRow(
        namespace=intern(metadata.namespace),
        name=metadata.name,
        uid=metadata.uid,
        resource_version=metadata.resource_version,
        created=metadata.creation_timestamp or "",
        deleted=metadata.deletion_timestamp or "",
        owner_kind=intern(owner.kind),
        owner_name=intern(owner.name),
        phase=intern(status.phase),
        reason=intern(status.reason or _container_reason(containers)),
        ready=sum(container.ready for container in containers),
        containers=len(spec.containers or ()),
        restarts=sum(container.restart_count for container in containers),
        node=intern(spec.node_name),
        ip=status.pod_ip,
        host_ip=intern(status.host_ip),
        service_account=intern(spec.service_account_name),
        priority=spec.priority,
        qos=intern(status.qos_class),
    )


_NO_OWNER: Final = _Owner()


def _container_reason(containers: list[_ContainerStatus] | tuple[()]) -> str:
    for container in containers:
        state = container.state
        cause = (state.waiting or state.terminated) if state else None
        if cause:
            return cause.reason
    return ""
