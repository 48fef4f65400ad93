"""Deployments and replica sets: scaled, rolled out, undone, paused."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.errors import ClusterError
from perfkit.model.control import Scale
from support.asgi import Harness
from support.life import APPS, DEFAULT, condition, deployment, events, pods

DEPLOYMENTS = f"{APPS}/deployments"
NEW_IMAGE = {
    "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.example.com/main:v2"}]}}}
}


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def start(cluster: Harness, replicas: int = 4, **spec: Any) -> None:
    assert cluster.post(DEPLOYMENTS, deployment("web", replicas, **spec)).status == 201
    cluster.wait(5)


def read(cluster: Harness, name: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = cluster.get(f"{DEPLOYMENTS}/{name}").json()
    return found


def sets(cluster: Harness) -> dict[str, dict[str, Any]]:
    """Replica sets by their revisions."""
    found = cluster.list(f"{APPS}/replicasets?labelSelector=app%3Dweb")["items"]
    return {each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: each for each in found}


def images(cluster: Harness) -> set[str]:
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods(cluster, "web")}


def test_a_deployment_gets_its_replica_set_and_that_its_pods(cluster: Harness) -> None:
    start(cluster)
    found = read(cluster)
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert [found["status"][name] for name in counts] == [4, 4, 4, 4]
    assert condition(found, "Available")["status"] == "True"
    assert condition(found, "Progressing")["reason"] == "NewReplicaSetAvailable"
    (made,) = sets(cluster).values()
    pod_hash = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{pod_hash}"
    assert {pod["metadata"]["labels"]["pod-template-hash"] for pod in pods(cluster, "web")} == {pod_hash}
    assert {pod["metadata"]["ownerReferences"][0]["uid"] for pod in pods(cluster, "web")} == {made["metadata"]["uid"]}
    assert events(cluster, "web") == [("ScalingReplicaSet", 1)]
    assert events(cluster, made["metadata"]["name"]) == [("SuccessfulCreate", 1)] * 4


def test_nothing_goes_on_once_all_is_as_wanted(cluster: Harness) -> None:
    start(cluster)
    version = cluster.store.version
    cluster.wait(120)
    assert cluster.store.version == version


@pytest.mark.parametrize("replicas", [0, 1, 7])
def test_scaling_makes_and_removes_pods(cluster: Harness, replicas: int) -> None:
    start(cluster)
    before = {pod["metadata"]["name"] for pod in pods(cluster, "web")}
    cluster.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": replicas}})
    cluster.wait(6)
    after = {pod["metadata"]["name"] for pod in pods(cluster, "web")}
    assert len(after) == replicas == read(cluster)["status"].get("availableReplicas", 0)
    assert after <= before or before <= after
    assert list(sets(cluster)) == ["1"]


@pytest.mark.parametrize(
    ("surge", "unavailable", "most", "least"),
    [("25%", "25%", 5, 3), (1, 0, 5, 4), (0, 1, 4, 3), ("100%", 0, 8, 4), (0, 0, 4, 3)],
)
def test_a_rollout_keeps_to_its_bounds_at_every_moment(
    cluster: Harness, surge: int | str, unavailable: int | str, most: int, least: int
) -> None:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    start(cluster, strategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    cluster.patch(f"{DEPLOYMENTS}/web", NEW_IMAGE, "strategic-merge-patch+json")
    for _ in range(400):
        cluster.wait(0.05)
        living = [pod for pod in pods(cluster, "web") if "deletionTimestamp" not in pod["metadata"]]
        ready = [pod for pod in living if any(c["type"] == "Ready" and c["status"] == "True" for c in _conditions(pod))]
        assert len(living) <= most
        assert len(ready) >= least
    assert images(cluster) == {"v2"}
    assert read(cluster)["status"]["updatedReplicas"] == 4
    assert {revision: made["spec"]["replicas"] for revision, made in sets(cluster).items()} == {"1": 0, "2": 4}


def _conditions(pod: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pod["status"].get("conditions", [])
    return found


def test_recreate_ends_all_pods_before_it_makes_others(cluster: Harness) -> None:
    start(cluster, strategy={"type": "Recreate"})
    cluster.patch(f"{DEPLOYMENTS}/web", NEW_IMAGE, "strategic-merge-patch+json")
    seen = set()
    for _ in range(200):
        cluster.wait(0.05)
        living = [pod for pod in pods(cluster, "web") if "deletionTimestamp" not in pod["metadata"]]
        seen.add(frozenset(pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in living))
    assert frozenset({"v1", "v2"}) not in seen
    assert images(cluster) == {"v2"}


def test_going_back_to_an_earlier_template_takes_up_its_replica_set(cluster: Harness) -> None:
    start(cluster)
    first = sets(cluster)["1"]
    cluster.patch(f"{DEPLOYMENTS}/web", NEW_IMAGE, "strategic-merge-patch+json")
    cluster.wait(15)
    old = first["spec"]["template"]
    old["metadata"]["labels"].pop("pod-template-hash")
    patch = [{"op": "replace", "path": "/spec/template", "value": old}]
    assert cluster.patch(f"{DEPLOYMENTS}/web", patch, "json-patch+json").status == 200
    cluster.wait(15)
    found = sets(cluster)
    assert sorted(found) == ["2", "3"]
    assert found["3"]["metadata"]["uid"] == first["metadata"]["uid"]
    assert read(cluster)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert images(cluster) == {"v1"}


def test_a_paused_deployment_is_not_rolled_out_until_it_is_resumed(cluster: Harness) -> None:
    start(cluster)
    cluster.patch(f"{DEPLOYMENTS}/web", {"spec": {"paused": True}})
    cluster.patch(f"{DEPLOYMENTS}/web", NEW_IMAGE, "strategic-merge-patch+json")
    cluster.wait(10)
    assert images(cluster) == {"v1"}
    assert condition(read(cluster), "Progressing")["reason"] == "DeploymentPaused"
    cluster.patch(f"{DEPLOYMENTS}/web", {"spec": {"paused": None}})
    cluster.wait(15)
    assert images(cluster) == {"v2"}
    assert condition(read(cluster), "Progressing")["reason"] == "NewReplicaSetAvailable"


def test_the_history_goes_back_as_far_as_it_shall(cluster: Harness) -> None:
    start(cluster, 1, revisionHistoryLimit=2)
    for number in range(4):
        annotations = {"spec": {"template": {"metadata": {"annotations": {"turn": str(number)}}}}}
        cluster.patch(f"{DEPLOYMENTS}/web", annotations)
        cluster.wait(12)
    assert sorted(sets(cluster)) == ["3", "4", "5"]


def test_a_rollout_that_does_not_come_through_says_so_after_its_deadline(cluster: Harness) -> None:
    made = deployment("web", 2, annotations={"perfkit.dev/fate": "image"})
    made["spec"]["progressDeadlineSeconds"] = 30
    cluster.post(DEPLOYMENTS, made)
    cluster.wait(20)
    assert condition(read(cluster), "Progressing")["status"] == "True"
    cluster.wait(30)
    progressing = condition(read(cluster), "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert condition(read(cluster), "Available")["status"] == "False"


def test_a_pod_that_is_deleted_is_replaced(cluster: Harness) -> None:
    start(cluster, 2)
    name = pods(cluster, "web")[0]["metadata"]["name"]
    cluster.delete(f"{DEFAULT}/pods/{name}")
    cluster.wait(5)
    names = [pod["metadata"]["name"] for pod in pods(cluster, "web")]
    assert len(names) == 2
    assert name not in names


def test_with_a_deployment_all_of_it_goes(cluster: Harness) -> None:
    start(cluster, 2)
    cluster.delete(f"{DEPLOYMENTS}/web")
    cluster.wait(5)
    assert pods(cluster, "web") == []
    assert sets(cluster) == {}


def generated(cluster: Harness) -> dict[str, Any]:
    found: dict[str, Any] = max(cluster.list(DEPLOYMENTS)["items"], key=lambda each: each["spec"]["replicas"])
    return found


def test_a_generated_deployment_stays_as_it_is_when_something_else_of_it_changes(cluster: Harness) -> None:
    found = generated(cluster)
    name = found["metadata"]["name"]
    cluster.patch(f"{DEPLOYMENTS}/{name}", {"metadata": {"labels": {"touched": "yes"}}})
    cluster.wait(10)
    after = read(cluster, name)
    assert after["status"] == found["status"]
    assert len(pods(cluster, name)) == found["spec"]["replicas"]


def test_a_generated_deployment_scales_and_rolls_out_like_any_other(cluster: Harness) -> None:
    name = generated(cluster)["metadata"]["name"]
    cluster.patch(f"{DEPLOYMENTS}/{name}/scale", {"spec": {"replicas": 10}})
    cluster.wait(8)
    assert len(pods(cluster, name)) == 10
    cluster.patch(f"{DEPLOYMENTS}/{name}", {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}})
    cluster.wait(60)
    found = read(cluster, name)["status"]
    assert (found["updatedReplicas"], found["availableReplicas"], found["replicas"]) == (10, 10, 10)
    assert {pod["metadata"]["annotations"].get("turn") for pod in pods(cluster, name)} == {"2"}


@pytest.mark.parametrize("more", [25, -15])
def test_the_cluster_is_scaled_by_so_many_pods(cluster: Harness, more: int) -> None:
    before = len(cluster.list("/api/v1/pods")["items"])
    answers: list[int] = []
    cluster.app.life.scale(Scale(pods=more), answers.append)
    cluster.wait(1)
    assert answers == []
    cluster.wait(20)
    assert answers == [before + more] == [len(cluster.list("/api/v1/pods")["items"])]


def test_an_emptied_cluster_has_no_pods_and_nobody_brings_them_back(cluster: Harness) -> None:
    answers: list[int] = []
    cluster.app.life.scale(Scale(empty=True), answers.append)
    assert answers == []
    cluster.wait(60)
    assert answers == [0]
    cluster.wait(120)
    kinds = (
        f"{APPS}/deployments",
        f"{APPS}/daemonsets",
        f"{APPS}/statefulsets",
        "/apis/batch/v1/cronjobs",
        "/api/v1/pods",
    )
    assert [cluster.list(path.replace("/namespaces/default", ""))["items"] for path in kinds] == [[]] * len(kinds)


def test_a_cluster_is_emptied_no_faster_than_it_keeps_up(cluster: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would answer nobody until all were gone."""
    start(cluster)
    held = len(cluster.list("/api/v1/pods")["items"])
    answers: list[int] = []
    monkeypatch.setattr(cluster.store.clock, "lag", lambda: 1.0)
    cluster.app.life.scale(Scale(empty=True), answers.append)
    cluster.wait(60)
    assert answers == []
    assert len(cluster.list("/api/v1/pods")["items"]) == held
    monkeypatch.setattr(cluster.store.clock, "lag", lambda: 0.0)
    cluster.wait(60)
    assert answers == [0]


def test_a_deployment_is_scaled_on_demand_and_one_that_is_none_is_told(cluster: Harness) -> None:
    start(cluster)
    answers: list[int] = []
    cluster.app.life.scale(Scale(deployment="default/web", replicas=6), answers.append)
    cluster.wait(10)
    assert len(pods(cluster, "web")) == 6
    assert answers
    with pytest.raises(ClusterError, match="default/none"):
        cluster.app.life.scale(Scale(deployment="default/none", replicas=1), answers.append)
    with pytest.raises(ClusterError, match="short"):
        cluster.app.life.scale(Scale(pods=-1000), answers.append)
