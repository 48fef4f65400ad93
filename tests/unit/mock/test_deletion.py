"""Deletion: grace, finalizers, owners and dependents, namespaces, budgets."""

from __future__ import annotations

from typing import Any

import pytest

from support.asgi import Harness
from support.manifests import SPECS

PODS = "/api/v1/namespaces/default/pods"
CONFIG = "/api/v1/namespaces/default/configmaps"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def first(cluster: Harness, path: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.list(path)["items"][0]
    return found


def names(cluster: Harness, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in cluster.list(path)["items"]]


def owned(name: str, owner: dict[str, Any]) -> dict[str, Any]:
    meta = owner["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": meta["name"], "uid": meta["uid"]}
    return {"metadata": {"name": name, "ownerReferences": [reference]}}


def test_a_running_pod_goes_gracefully(cluster: Harness) -> None:
    name = first(cluster, PODS)["metadata"]["name"]
    marked = cluster.delete(f"{PODS}/{name}").json()
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert marked["metadata"]["deletionTimestamp"] == "2026-01-15T09:30:30Z"
    assert cluster.get(f"{PODS}/{name}").status == 200
    cluster.wait()
    assert cluster.get(f"{PODS}/{name}").status == 404


def test_without_grace_a_pod_goes_at_once(cluster: Harness) -> None:
    name = first(cluster, PODS)["metadata"]["name"]
    assert cluster.delete(f"{PODS}/{name}?gracePeriodSeconds=0").status == 200
    assert cluster.get(f"{PODS}/{name}").status == 404


def test_a_pod_that_runs_nowhere_needs_no_grace(cluster: Harness) -> None:
    cluster.post(PODS, {"metadata": {"name": "p"}, **SPECS["pods"]})
    cluster.delete(f"{PODS}/p")
    assert cluster.get(f"{PODS}/p").status == 404


def test_finalizers_hold_an_object_until_they_are_removed(cluster: Harness) -> None:
    cluster.post(CONFIG, {"metadata": {"name": "cm", "finalizers": ["example.com/hold"]}})
    assert "deletionTimestamp" in cluster.delete(f"{CONFIG}/cm").json()["metadata"]
    assert cluster.get(f"{CONFIG}/cm").status == 200
    cluster.patch(f"{CONFIG}/cm", {"metadata": {"finalizers": None}})
    assert cluster.get(f"{CONFIG}/cm").status == 404


@pytest.mark.parametrize("preconditions", [{"uid": "00000000-0000-4000-a000-000000000000"}, {"resourceVersion": "1"}])
def test_a_precondition_that_does_not_hold_conflicts(cluster: Harness, preconditions: dict[str, str]) -> None:
    cluster.post(CONFIG, {"metadata": {"name": "cm"}})
    refused = cluster.delete(f"{CONFIG}/cm", {"preconditions": preconditions})
    assert (refused.status, refused.json()["reason"]) == (409, "Conflict")
    assert cluster.get(f"{CONFIG}/cm").status == 200


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"gracePeriodSeconds": "x"}, 400),
        ({"propagationPolicy": "Maybe"}, 422),
        ({"dryRun": ["Some"]}, 422),
        ([1], 400),
        (7, 400),
    ],
)
def test_options_that_cannot_be_read_are_refused(cluster: Harness, options: Any, code: int) -> None:
    cluster.post(CONFIG, {"metadata": {"name": "cm"}})
    assert cluster.delete(f"{CONFIG}/cm", options).status == code
    assert cluster.get(f"{CONFIG}/cm").status == 200


def test_dependents_go_with_their_owner_unless_orphaned(cluster: Harness) -> None:
    for policy, left in (("Background", []), ("Foreground", []), ("Orphan", ["child"])):
        owner = cluster.post(CONFIG, {"metadata": {"name": "owner"}}).json()
        cluster.post(CONFIG, owned("child", owner))
        cluster.delete(f"{CONFIG}/owner", {"propagationPolicy": policy})
        found = [name for name in names(cluster, CONFIG) if name in {"owner", "child"}]
        assert found == left, policy
    assert "ownerReferences" not in cluster.get(f"{CONFIG}/child").json()["metadata"]


def test_a_deployment_takes_its_generated_replica_sets_and_pods_along(cluster: Harness) -> None:
    name = first(cluster, DEPLOYMENTS)["metadata"]["name"]
    pods = [pod for pod in names(cluster, PODS) if pod.startswith(f"{name}-")]
    assert pods
    cluster.delete(f"{DEPLOYMENTS}/{name}")
    cluster.wait()
    assert not [found for path in (PODS, SETS, DEPLOYMENTS) for found in names(cluster, path) if found == name]
    assert not set(pods) & set(names(cluster, PODS))


def test_in_the_foreground_the_owner_waits_for_the_last_dependent(cluster: Harness) -> None:
    found = first(cluster, SETS)
    path = f"{SETS}/{found['metadata']['name']}"
    waiting = cluster.delete(path, {"propagationPolicy": "Foreground"}).json()
    assert "foregroundDeletion" in waiting["metadata"]["finalizers"]
    assert cluster.get(path).status == 200
    cluster.wait()
    assert cluster.get(path).status == 404


def test_a_namespace_goes_when_it_is_empty(cluster: Harness) -> None:
    cluster.post("/api/v1/namespaces", {"metadata": {"name": "new"}})
    assert names(cluster, "/api/v1/namespaces/new/serviceaccounts") == ["default"]
    assert names(cluster, "/api/v1/namespaces/new/configmaps") == ["kube-root-ca.crt"]
    held = "/api/v1/namespaces/new/configmaps"
    cluster.post(held, {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}})
    assert cluster.delete("/api/v1/namespaces/new").json()["status"]["phase"] == "Terminating"
    refused = cluster.post(held, {"metadata": {"name": "late"}}).json()
    assert (refused["code"], refused["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
    cluster.wait()
    assert names(cluster, held) == ["held"]
    cluster.patch(f"{held}/held", {"metadata": {"finalizers": []}})
    assert cluster.get("/api/v1/namespaces/new").status == 404


def test_a_generated_namespace_goes_with_all_its_pods(cluster: Harness) -> None:
    cluster.delete("/api/v1/namespaces/default")
    cluster.wait()
    assert cluster.get("/api/v1/namespaces/default").status == 404
    assert cluster.list(PODS)["items"] == []


def test_a_collection_goes_as_selected(cluster: Harness) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"}), ("c", {"x": "1"})):
        cluster.post(CONFIG, {"metadata": {"name": name, "labels": labels}})
    gone = cluster.delete(f"{CONFIG}?labelSelector=x=1").json()
    assert [item["metadata"]["name"] for item in gone["items"]] == ["a", "c"]
    assert {"a", "b", "c"} & set(names(cluster, CONFIG)) == {"b"}


def test_an_eviction_honours_the_budget(cluster: Harness) -> None:
    pod = first(cluster, PODS)
    labels, name = {"app": pod["metadata"]["labels"]["app"]}, pod["metadata"]["name"]
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    cluster.delete(budgets)
    spec = {"minAvailable": "100%", "selector": {"matchLabels": labels}}
    budget = cluster.post(budgets, {"metadata": {"name": "b"}, "spec": spec})
    assert budget.status == 201
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    refused = cluster.post(f"{PODS}/{name}/eviction", eviction).json()
    assert (refused["code"], refused["reason"]) == (429, "TooManyRequests")
    assert refused["details"]["causes"][0]["reason"] == "DisruptionBudget"
    cluster.patch(f"{budgets}/b", {"spec": {"minAvailable": 1}})
    assert cluster.post(f"{PODS}/{name}/eviction", eviction).status == 201
    cluster.wait()
    assert cluster.get(f"{PODS}/{name}").status == 404
