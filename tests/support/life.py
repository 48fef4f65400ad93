"""Clusters that live, with time passed by hand."""

from __future__ import annotations

from typing import Any

from support.asgi import Harness

DEFAULT = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default"
BATCH = "/apis/batch/v1/namespaces/default"


def template(labels: dict[str, str], **spec: Any) -> dict[str, Any]:
    """A pod template; ``annotations`` go into its metadata."""
    annotations = spec.pop("annotations", {})
    containers = spec.pop("containers", [{"name": "main", "image": "registry.example.com/main:v1"}])
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": containers, **spec}}


def deployment(name: str, replicas: int, **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    own = {key: spec.pop(key) for key in ("strategy", "paused", "revisionHistoryLimit") if key in spec}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": template(labels, **spec),
            **own,
        },
    }


def pods(cluster: Harness, app: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.list(f"{DEFAULT}/pods?labelSelector=app%3D{app}")["items"]
    return found


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in obj["status"]["conditions"] if each["type"] == kind)
    return found


def events(cluster: Harness, name: str) -> list[tuple[str, int]]:
    """Reasons and counts of the events about an object, oldest first."""
    found = cluster.list(f"{DEFAULT}/events?fieldSelector=involvedObject.name%3D{name}")["items"]
    found.sort(key=lambda event: int(event["metadata"]["resourceVersion"]))
    return [(event["reason"], event["count"]) for event in found]


def statuses(cluster: Harness, path: str) -> list[str]:
    """The third column of a table: of pods what ``kubectl get`` calls their status."""
    table = cluster.get(path, "application/json;as=Table;v=v1;g=meta.k8s.io").json()
    return [row["cells"][2] for row in table["rows"]]
