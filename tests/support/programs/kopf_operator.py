"""A kopf operator: for each Widget a ConfigMap of its own, its size in it, and the size seen in the Widget's status."""

from __future__ import annotations

from typing import Any

import kopf
from kubernetes import client, config


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    config.load_kube_config()  # type: ignore[no-untyped-call]
    settings.posting.enabled = True
    settings.persistence.finalizer = "example.com/kopf"


def described(name: str, size: int) -> Any:
    owned = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"size": str(size)}}
    kopf.adopt(owned)
    return owned


@kopf.on.create("example.com", "v1", "widgets")
def create(body: Any, namespace: Any, spec: Any, patch: Any, **_: Any) -> None:
    made = described(body.metadata.name, spec["size"])
    client.CoreV1Api().create_namespaced_config_map(namespace, made)
    kopf.event(body, type="Normal", reason="Made", message="a config map of its own")
    patch.status["size"] = spec["size"]


@kopf.on.update("example.com", "v1", "widgets", field="spec.size")
def update(name: Any, namespace: Any, new: Any, patch: Any, **_: Any) -> None:
    client.CoreV1Api().patch_namespaced_config_map(name, namespace, {"data": {"size": str(new)}})
    patch.status["size"] = new


@kopf.on.delete("example.com", "v1", "widgets")
def delete(name: Any, logger: Any, **_: Any) -> None:
    logger.info("%s goes", name)
