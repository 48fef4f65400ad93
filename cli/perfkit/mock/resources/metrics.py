"""metrics.k8s.io: what nodes and pods use, as projections of the nodes and pods themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from perfkit.mock.load import Usage, node_usage
from perfkit.mock.resources.columns import NAMED, reading, table, value
from perfkit.mock.resources.description import Column, Projection, Resource
from perfkit.mock.times import format_time

METRICS_GROUP = "metrics.k8s.io"
_WINDOW = "30s"


class _Metadata(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    resource_version: str = ""


class _Container(msgspec.Struct, frozen=True):
    name: str


class _Spec(msgspec.Struct, frozen=True):
    containers: list[_Container] = []


class _Measured(msgspec.Struct, frozen=True):
    metadata: _Metadata
    spec: _Spec = _Spec()


_decode = msgspec.json.Decoder(_Measured).decode


def _shown(measured: _Measured, now: int, rest: dict[str, Any]) -> bytes:
    metadata = {**msgspec.to_builtins(measured.metadata), "creationTimestamp": format_time(now)}
    return msgspec.json.encode({"metadata": metadata, "timestamp": format_time(now), "window": _WINDOW, **rest})


def _node_metrics(body: bytes, store: Any) -> bytes:
    node = _decode(body)
    usage = node_usage(store, node.metadata.name)
    return _shown(node, store.now, {"usage": usage.quantities()})


def _pod_metrics(body: bytes, store: Any) -> bytes:
    pod = _decode(body)
    containers = pod.spec.containers
    share = store.load.of_pod(f"{pod.metadata.namespace}/{pod.metadata.name}", store.now).divided(len(containers))
    used = [{"name": container.name, "usage": share.quantities()} for container in containers]
    return _shown(pod, store.now, {"containers": used})


def _total(name: str) -> Any:
    return reading(lambda obj: _sum(obj)[name])


def _sum(obj: dict[str, Any]) -> dict[str, str]:
    return Usage.total(Usage.of(container["usage"]) for container in obj.get("containers") or ()).quantities()


# As metrics-server has them.
_CPU = Column("cpu", "Processor time a second.", format="quantity")
_MEMORY = Column("memory", "Resident memory.", format="quantity")
_SPAN = (Column("Window", "Time that was averaged over.", format="duration"), value("window"))
_NODE_TABLE = table(NAMED, (_CPU, value("usage.cpu")), (_MEMORY, value("usage.memory")), _SPAN)
_POD_TABLE = table(NAMED, (_CPU, _total("cpu")), (_MEMORY, _total("memory")), _SPAN)


def _nodes(version: str) -> Resource:
    return Resource(
        group=METRICS_GROUP,
        version=version,
        name="nodes",
        singular="",
        kind="NodeMetrics",
        list_kind="NodeMetricsList",
        namespaced=False,
        verbs=("get", "list"),
        fields={"metadata.name": ""},
        projection=Projection(of="nodes", show=_node_metrics),
        **_NODE_TABLE,
    )


def _pods(version: str) -> Resource:
    return Resource(
        group=METRICS_GROUP,
        version=version,
        name="pods",
        singular="",
        kind="PodMetrics",
        list_kind="PodMetricsList",
        namespaced=True,
        verbs=("get", "list"),
        projection=Projection(of="pods", show=_pod_metrics, field="status.phase", value="Running"),
        **_POD_TABLE,
    )


METRICS = tuple(describe(version) for version in ("v1beta1", "v1") for describe in (_nodes, _pods))
