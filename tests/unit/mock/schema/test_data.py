from __future__ import annotations

import pytest

from perfkit.mock.schema import data
from perfkit.mock.schema.types import builtin
from support.objects import schema_of
from support.published import RELEASE, derived

CORE = (
    "Pod Node Namespace Service Endpoints ConfigMap Secret ServiceAccount Event PersistentVolume PersistentVolumeClaim"
)
KINDS = [
    *(("", "v1", kind) for kind in [*CORE.split(), "Binding", "Status"]),
    *(("apps", "v1", kind) for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")),
    *(("batch", "v1", kind) for kind in ("Job", "CronJob")),
    *(("autoscaling", "v2", "HorizontalPodAutoscaler"), ("autoscaling", "v1", "Scale")),
    *(("policy", "v1", kind) for kind in ("PodDisruptionBudget", "Eviction")),
    *(("discovery.k8s.io", "v1", "EndpointSlice"), ("events.k8s.io", "v1", "Event")),
    *(("networking.k8s.io", "v1", kind) for kind in ("Ingress", "NetworkPolicy")),
    *(("coordination.k8s.io", "v1", "Lease"), ("storage.k8s.io", "v1", "StorageClass")),
    *(
        ("rbac.authorization.k8s.io", "v1", kind)
        for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    ),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    *(("authentication.k8s.io", "v1", kind) for kind in ("TokenRequest", "TokenReview")),
    *(("authorization.k8s.io", "v1", kind) for kind in ("SelfSubjectAccessReview", "SelfSubjectRulesReview")),
    *(("metrics.k8s.io", version, kind) for version in ("v1", "v1beta1") for kind in ("NodeMetrics", "PodMetrics")),
]


def test_the_shipped_file_holds_what_the_published_documents_say() -> None:
    """``python tests/support/published.py`` writes it anew."""
    assert data.PATH.read_bytes() == derived()
    assert data.shipped().release == RELEASE


def test_the_shipped_file_is_small() -> None:
    assert data.PATH.stat().st_size < 250_000


@pytest.mark.parametrize(("group", "version", "kind"), KINDS, ids=lambda value: value)
def test_every_kind_that_the_mock_serves_has_a_schema_with_metadata(group: str, version: str, kind: str) -> None:
    schema = builtin(group, version, kind)
    assert schema is not None
    assert "metadata" in schema.properties
    assert schema.type == "object"


def test_every_reference_leads_somewhere() -> None:
    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    definitions = data.shipped().definitions
    assert {name.removeprefix(data.REFERENCE) for name in references(list(definitions.values()))} <= definitions.keys()


def test_the_lists_that_clients_patch_have_the_keys_of_the_published_documents() -> None:
    pod = schema_of("", "Pod")
    spec = pod.properties["spec"].properties
    assert spec["containers"].merge_key == "name"
    assert spec["volumes"].strategies == ("merge", "retainKeys")
    assert spec["tolerations"].atomic
    container = spec["containers"].items
    assert container is not None
    ports = container.properties["ports"]
    assert (ports.merge_key, ports.keys) == ("containerPort", ("containerPort", "protocol"))
    assert pod.properties["metadata"].properties["finalizers"].strategies == ("merge",)
