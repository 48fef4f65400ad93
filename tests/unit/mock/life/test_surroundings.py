"""What goes with pods: endpoints, claims, budgets, autoscalers, nodes."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.mock.life.labelled import Labelled
from support.asgi import Harness
from support.life import APPS, DEFAULT, condition, deployment, events, pods

NODES = "/api/v1/nodes"
WEB = {"matchLabels": {"app": "web"}}


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def web(cluster: Harness, replicas: int = 3, **spec: Any) -> None:
    cluster.post(f"{APPS}/deployments", deployment("web", replicas, **spec))
    cluster.wait(6)


def test_of_changed_pods_those_that_bear_a_label_are_known_without_a_look_at_the_others(cluster: Harness) -> None:
    labelled = Labelled(cluster.store)
    web(cluster)
    cluster.post(f"{APPS}/deployments", deployment("other", 20))
    cluster.wait(6)
    borne = {f"default/{pod['metadata']['name']}" for pod in pods(cluster, "web")}
    assert labelled.candidates("default", WEB) == borne
    assert len(labelled.candidates("default", {})) >= 23
    assert labelled.candidates("elsewhere", WEB) == set()
    gone, moved, _ = sorted(borne)
    cluster.patch(f"{DEFAULT}/pods/{moved.removeprefix('default/')}", {"metadata": {"labels": {"app": "moved"}}})
    cluster.delete(f"{DEFAULT}/pods/{gone.removeprefix('default/')}", {"gracePeriodSeconds": 0})
    assert not {gone, moved} & labelled.candidates("default", WEB)
    assert labelled.candidates("default", {"matchLabels": {"app": "moved"}}) == {moved}
    labelled.clear()
    assert labelled.candidates("default", {}) == set()


def service(cluster: Harness, target: int | str = 8080) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": target}]
    cluster.post(
        f"{DEFAULT}/services", {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}}
    )
    cluster.wait(1)


def addresses(cluster: Harness) -> list[str]:
    subsets = cluster.get(f"{DEFAULT}/endpoints/web").json().get("subsets", [])
    return sorted(each["ip"] for subset in subsets for each in subset.get("addresses", ()))


def slices(cluster: Harness) -> list[dict[str, Any]]:
    selector = "kubernetes.io/service-name%3Dweb"
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    found: list[dict[str, Any]] = cluster.list(f"{path}?labelSelector={selector}")["items"]
    return found


def ips(cluster: Harness) -> list[str]:
    return sorted(pod["status"]["podIP"] for pod in pods(cluster, "web"))


def test_endpoints_follow_the_pods_of_a_service(cluster: Harness) -> None:
    service(cluster)
    assert addresses(cluster) == []
    web(cluster)
    assert addresses(cluster) == ips(cluster)
    (found,) = slices(cluster)
    assert sorted(each["addresses"][0] for each in found["endpoints"]) == ips(cluster)
    assert found["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    cluster.patch(f"{APPS}/deployments/web/scale", {"spec": {"replicas": 1}})
    cluster.wait(5)
    assert addresses(cluster) == ips(cluster)
    assert len(ips(cluster)) == 1


def test_a_port_by_name_is_that_of_the_pods(cluster: Harness) -> None:
    port = {"name": "web", "containerPort": 9090}
    web(cluster, containers=[{"name": "main", "image": "registry.example.com/main:v1", "ports": [port]}])
    service(cluster, "web")
    assert slices(cluster)[0]["ports"][0]["port"] == 9090


def test_pods_that_are_not_ready_are_no_addresses(cluster: Harness) -> None:
    service(cluster)
    web(cluster, annotations={"perfkit.dev/fate": "crash"})
    cluster.wait(6)
    assert addresses(cluster) == []


def test_with_a_service_its_endpoints_go(cluster: Harness) -> None:
    service(cluster)
    web(cluster)
    cluster.delete(f"{DEFAULT}/services/web")
    cluster.wait(2)
    assert slices(cluster) == []
    assert cluster.get(f"{DEFAULT}/endpoints/web").status == 404


def claim(cluster: Harness, **spec: Any) -> None:
    whole = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    cluster.post(f"{DEFAULT}/persistentvolumeclaims", {"metadata": {"name": "data"}, "spec": whole})
    cluster.wait(2)


def phase(cluster: Harness) -> str:
    found: str = cluster.get(f"{DEFAULT}/persistentvolumeclaims/data").json()["status"]["phase"]
    return found


def test_a_claim_waits_for_its_first_pod_where_its_class_does(cluster: Harness) -> None:
    claim(cluster)
    assert phase(cluster) == "Pending"
    assert events(cluster, "data") == [("WaitForFirstConsumer", 1)]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    spec = {"containers": [{"name": "main", "image": "registry.example.com/main:v1"}], "volumes": volumes}
    cluster.post(f"{DEFAULT}/pods", {"metadata": {"name": "p"}, "spec": spec})
    cluster.wait(3)
    assert phase(cluster) == "Bound"
    cluster.delete(f"{DEFAULT}/persistentvolumeclaims/data")
    cluster.wait(1)
    assert cluster.get(f"{DEFAULT}/persistentvolumeclaims/data").status == 200
    cluster.delete(f"{DEFAULT}/pods/p")
    cluster.wait(3)
    assert cluster.get(f"{DEFAULT}/persistentvolumeclaims/data").status == 404


def test_a_claim_of_another_class_is_bound_at_once(cluster: Harness) -> None:
    fast = {"metadata": {"name": "fast"}, "provisioner": "fast.example.com", "volumeBindingMode": "Immediate"}
    cluster.post("/apis/storage.k8s.io/v1/storageclasses", fast)
    claim(cluster, storageClassName="fast")
    assert phase(cluster) == "Bound"


def test_a_disruption_budget_counts_its_pods(cluster: Harness) -> None:
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    cluster.post(path, budget)
    cluster.wait(1)
    assert cluster.get(f"{path}/web").json()["status"]["disruptionsAllowed"] == 0
    web(cluster)
    found = cluster.get(f"{path}/web").json()
    assert (found["status"]["currentHealthy"], found["status"]["disruptionsAllowed"]) == (3, 1)
    assert condition(found, "DisruptionAllowed")["status"] == "True"


def test_an_autoscaler_measures_and_keeps_within_its_bounds(cluster: Harness) -> None:
    resources = {"requests": {"cpu": "10m"}}
    web(cluster, 1, containers=[{"name": "main", "image": "registry.example.com/main:v1", "resources": resources}])
    path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4}
    cluster.post(path, {"metadata": {"name": "web"}, "spec": spec})
    cluster.wait(100)
    found = cluster.get(f"{path}/web").json()["status"]
    assert found["currentMetrics"][0]["resource"]["current"]["averageUtilization"] > 0
    assert 2 <= found["currentReplicas"] == found["desiredReplicas"] == len(pods(cluster, "web")) <= 4


# ---- nodes


def set_ready(cluster: Harness, name: str, status: str) -> None:
    node = cluster.get(f"{NODES}/{name}").json()
    for each in node["status"]["conditions"]:
        if each["type"] == "Ready":
            each["status"] = status
    assert cluster.put(f"{NODES}/{name}/status", node).status == 200


def test_pods_of_a_node_that_is_not_ready_serve_no_longer_and_go_in_the_end(cluster: Harness) -> None:
    web(cluster, 4)
    node = pods(cluster, "web")[0]["spec"]["nodeName"]
    before = {pod["metadata"]["name"] for pod in pods(cluster, "web") if pod["spec"]["nodeName"] == node}
    set_ready(cluster, node, "False")
    cluster.wait(2)
    taints = cluster.get(f"{NODES}/{node}").json()["spec"]["taints"]
    assert {(taint["key"], taint["effect"]) for taint in taints} == {
        ("node.kubernetes.io/not-ready", "NoSchedule"),
        ("node.kubernetes.io/not-ready", "NoExecute"),
    }
    for pod in pods(cluster, "web"):
        assert condition(pod, "Ready")["status"] == str(pod["spec"]["nodeName"] != node)
    cluster.wait(290)
    assert before <= {pod["metadata"]["name"] for pod in pods(cluster, "web")}
    cluster.wait(20)
    assert not before & {pod["metadata"]["name"] for pod in pods(cluster, "web")}
    assert {pod["spec"]["nodeName"] for pod in pods(cluster, "web")} == {"node-00000", "node-00001"} - {node}


def test_a_node_that_comes_back_in_time_keeps_its_pods(cluster: Harness) -> None:
    web(cluster, 4)
    before = {pod["metadata"]["name"] for pod in pods(cluster, "web")}
    set_ready(cluster, "node-00000", "Unknown")
    cluster.wait(60)
    set_ready(cluster, "node-00000", "True")
    cluster.wait(400)
    assert {pod["metadata"]["name"] for pod in pods(cluster, "web")} == before
    assert "taints" not in cluster.get(f"{NODES}/node-00000").json()["spec"]
    assert {condition(pod, "Ready")["status"] for pod in pods(cluster, "web")} == {"True"}


def test_nodes_report_only_where_they_shall(cluster: Harness) -> None:
    version = cluster.store.version
    cluster.wait(700)
    assert cluster.store.version == version
    cluster.app.life.heartbeats()
    cluster.wait(20)
    leases = cluster.list("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")["items"]
    assert all(lease["spec"]["renewTime"] > "2026-01-15T09:41:40" for lease in leases)
    cluster.wait(310)
    node = cluster.get(f"{NODES}/node-00001").json()
    assert node["status"]["conditions"][0]["lastHeartbeatTime"] > "2026-01-15T09:42:00Z"
