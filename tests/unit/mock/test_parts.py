"""Parts of objects that are written by themselves, and what is written in one form and read in another."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.mock.resources.pods import PODS
from support.asgi import Harness
from support.manifests import SPECS, manifest

POD_PATH = "/api/v1/namespaces/default/pods"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SCALERS = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
SECOND = [{"name": "debug", "image": "busybox"}]


@pytest.fixture
def cluster() -> Harness:
    made = Harness()
    assert made.post(POD_PATH, manifest(PODS)).status == 201
    return made


def test_a_container_to_debug_with_is_added_by_its_own_path_alone(cluster: Harness) -> None:
    change = {"spec": {"ephemeralContainers": SECOND}}
    assert cluster.patch(f"{POD_PATH}/example", change).status == 422
    added = cluster.patch(f"{POD_PATH}/example/ephemeralcontainers", {**change, "metadata": {"labels": {"a": "b"}}})
    assert added.status == 200
    pod = cluster.get(f"{POD_PATH}/example").json()
    assert [container["name"] for container in pod["spec"]["ephemeralContainers"]] == ["debug"]
    assert "a" not in pod["metadata"]["labels"]


def test_a_pod_is_resized_by_its_own_path_alone(cluster: Harness) -> None:
    sized = {"name": "c", "image": "other", "resources": {"requests": {"cpu": "2"}}}
    change = {"spec": {"containers": [sized]}}
    kind = "strategic-merge-patch+json"
    assert cluster.patch(f"{POD_PATH}/example", change, kind).status == 422
    assert cluster.patch(f"{POD_PATH}/example/resize", change, kind).status == 200
    (container,) = cluster.get(f"{POD_PATH}/example").json()["spec"]["containers"]
    assert (container["resources"], container["image"]) == ({"requests": {"cpu": "2"}}, "i")


def test_an_approval_writes_conditions_and_nothing_else() -> None:
    cluster = Harness()
    name = {"metadata": {"name": "example"}}
    assert cluster.post(REQUESTS, {**name, **SPECS["certificatesigningrequests.certificates.k8s.io"]}).status == 201
    approved = {"type": "Approved", "status": "True", "reason": "Checked"}
    change = {"status": {"conditions": [approved], "certificate": "eA=="}}
    assert cluster.patch(f"{REQUESTS}/example", change).json()["status"] == {}
    written = cluster.patch(f"{REQUESTS}/example/approval", change).json()
    assert (written["status"], written["spec"]["username"]) == ({"conditions": [approved]}, "perfkit")


def test_a_binding_to_a_namespace_names_its_pod(cluster: Harness) -> None:
    bindings = "/api/v1/namespaces/default/bindings"
    binding: dict[str, Any] = {"target": {"kind": "Node", "name": "n"}}
    assert cluster.post(bindings, {**binding, "metadata": {"name": "nobody"}}).status == 404
    assert cluster.post(bindings, {**binding, "metadata": {"name": "example"}}).status == 201
    assert cluster.get(f"{POD_PATH}/example").json()["spec"]["nodeName"] == "n"


@pytest.mark.parametrize("path", ["pods/example/proxy", "pods/example/proxy/a/b"])
def test_nothing_answers_behind_a_proxy(cluster: Harness, path: str) -> None:
    refused = cluster.get(f"/api/v1/namespaces/default/{path}").json()
    assert (refused["code"], refused["message"]) == (
        400,
        "pods of this cluster are simulated: there is nothing to proxy to",
    )


def test_autoscalers_of_both_versions_are_the_same_ones() -> None:
    cluster, old, new = Harness(), SCALERS.format("v1"), SCALERS.format("v2")
    spec = SPECS["horizontalpodautoscalers.autoscaling"]["spec"]
    made = {"metadata": {"name": "example"}, "spec": {**spec, "targetCPUUtilizationPercentage": 50}}
    assert cluster.post(old, made).status == 201
    (metric,) = cluster.get(f"{new}/example").json()["spec"]["metrics"]
    assert metric["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    memory = {"type": "Resource", "resource": {"name": "memory", "target": {"type": "Value", "averageValue": "1Gi"}}}
    assert cluster.patch(f"{new}/example", {"spec": {"metrics": [metric, memory]}}).status == 200
    shown = cluster.get(f"{old}/example").json()
    assert shown["spec"]["targetCPUUtilizationPercentage"] == 50
    assert "metrics" not in shown["spec"]
    shown["spec"]["targetCPUUtilizationPercentage"] = 70
    assert cluster.put(f"{old}/example", shown).status == 200
    metrics = cluster.get(f"{new}/example").json()["spec"]["metrics"]
    assert {each["resource"]["name"] for each in metrics} == {"cpu", "memory"}


def test_a_replication_controller_is_scaled_and_its_pods_stay_by_default() -> None:
    cluster, path = Harness(), "/api/v1/namespaces/default/replicationcontrollers"
    assert cluster.post(path, {"metadata": {"name": "example"}, **SPECS["replicationcontrollers"]}).status == 201
    assert cluster.patch(f"{path}/example/scale", {"spec": {"replicas": 3}}).json()["status"]["selector"] == "app=x"
    uid = cluster.get(f"{path}/example").json()["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "ReplicationController", "name": "example", "uid": uid, "controller": True}
    pod = manifest(PODS)
    assert cluster.post(POD_PATH, {**pod, "metadata": {**pod["metadata"], "ownerReferences": [owner]}}).status == 201
    assert cluster.delete(f"{path}/example").status == 200
    cluster.wait()
    assert "ownerReferences" not in cluster.get(f"{POD_PATH}/example").json()["metadata"]
