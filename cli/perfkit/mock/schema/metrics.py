"""Schemas of metrics.k8s.io, which the metrics server adds to a cluster (k8s.io/metrics, ``pkg/apis/metrics``)."""

from __future__ import annotations

from typing import Any

_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_USAGE = {
    "type": "object",
    "additionalProperties": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"},
}


def _definitions(version: str) -> dict[str, dict[str, Any]]:
    package = f"io.k8s.metrics.pkg.apis.metrics.{version}"
    window = {
        "timestamp": _reference(f"{_META}.Time"),
        "window": {"type": "string"},
    }
    container = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "usage": _USAGE},
        "required": ["name", "usage"],
    }
    containers = {
        "type": "array",
        "items": _reference(f"{package}.ContainerMetrics"),
        "x-kubernetes-list-type": "atomic",
    }
    return {
        f"{package}.ContainerMetrics": container,
        f"{package}.NodeMetrics": _kind(version, "NodeMetrics", {**window, "usage": _USAGE}),
        f"{package}.NodeMetricsList": _list(version, "NodeMetrics"),
        f"{package}.PodMetrics": _kind(version, "PodMetrics", {**window, "containers": containers}),
        f"{package}.PodMetricsList": _list(version, "PodMetrics"),
    }


def _kind(version: str, kind: str, properties: dict[str, Any], meta: str = "ObjectMeta") -> dict[str, Any]:
    common = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": _reference(f"{_META}.{meta}"),
    }
    return {
        "type": "object",
        "properties": {**common, **properties},
        "required": list(properties),
        "x-kubernetes-group-version-kind": [{"group": "metrics.k8s.io", "version": version, "kind": kind}],
    }


def _list(version: str, kind: str) -> dict[str, Any]:
    items = {"type": "array", "items": _reference(f"io.k8s.metrics.pkg.apis.metrics.{version}.{kind}")}
    return _kind(version, f"{kind}List", {"items": items}, "ListMeta")


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


METRICS = {**_definitions("v1"), **_definitions("v1beta1")}
