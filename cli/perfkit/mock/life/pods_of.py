"""Pods as controllers make them from a template."""

from __future__ import annotations

import copy
from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLERATED = 300  # seconds that a pod stays on a node that is gone or not ready


def pod_from(template: Mapping[str, Any], namespace: str, owner: dict[str, Any]) -> dict[str, Any]:
    """A pod without a name, as admission leaves it."""
    copied = copy.deepcopy(dict(template))
    metadata = {name: value for name, value in (copied.get("metadata") or {}).items() if name in _COPIED}
    pod = {"metadata": {**metadata, "namespace": namespace, "ownerReferences": [owner]}, "spec": copied.get("spec", {})}
    admit(pod)
    return pod


_COPIED = ("labels", "annotations", "finalizers")


def admit(pod: dict[str, Any]) -> None:
    """What the API server's admission adds to every pod, in place: a token, and tolerations for a while."""
    spec, metadata = pod["spec"], pod["metadata"]
    _mount_token(spec, f"{metadata['namespace']}/{metadata.get('name', '')}/{metadata.get('labels')}")
    tolerations = spec.setdefault("tolerations", [])
    for name in ("not-ready", "unreachable"):
        key = f"node.kubernetes.io/{name}"
        if not any(each.get("key") == key for each in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _TOLERATED}
            )


def _mount_token(spec: dict[str, Any], seed: str) -> None:
    if spec.get("automountServiceAccountToken") is False:
        return
    volumes = spec.setdefault("volumes", [])
    if any(volume["name"].startswith("kube-api-access-") for volume in volumes):
        return
    name = f"kube-api-access-{safe_text(shake_128(seed.encode()).digest(5))}"
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    volumes.append({"name": name, "projected": {"sources": sources, "defaultMode": 420}})
    mount = {"name": name, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind) or ():
            container.setdefault("volumeMounts", []).append(dict(mount))
