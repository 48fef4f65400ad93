"""What becomes of a pod: the sequence of its states, and what each looks like."""

from __future__ import annotations

from typing import Any

import pytest

from support.asgi import Harness
from support.life import DEFAULT, condition, events, statuses

PODS = f"{DEFAULT}/pods"
IMAGE = "registry.example.com/main:v1"


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def create(cluster: Harness, name: str = "p", **spec: Any) -> None:
    annotations = spec.pop("annotations", {})
    containers = spec.pop("containers", [{"name": "main", "image": IMAGE}])
    obj = {"metadata": {"name": name, "annotations": annotations}, "spec": {"containers": containers, **spec}}
    assert cluster.post(PODS, obj).status == 201


def read(cluster: Harness, name: str = "p") -> dict[str, Any]:
    found: dict[str, Any] = cluster.get(f"{PODS}/{name}").json()
    return found


def course(cluster: Harness, seconds: float, step: float = 0.05, name: str = "p") -> list[str]:
    """The states that a pod goes through, as tables name them."""
    seen: list[str] = []
    for _ in range(round(seconds / step)):
        state = statuses(cluster, f"{PODS}/{name}")[0]
        if seen[-1:] != [state]:
            seen.append(state)
        cluster.wait(step)
    return seen


def test_a_pod_comes_to_run(cluster: Harness) -> None:
    create(cluster)
    assert course(cluster, 4) == ["Pending", "ContainerCreating", "Running"]
    pod = read(cluster)
    status = pod["status"]
    node = cluster.get(f"/api/v1/nodes/{pod['spec']['nodeName']}").json()
    assert status["hostIP"] == node["status"]["addresses"][0]["address"]
    assert status["podIP"].startswith(node["spec"]["podCIDR"].rpartition(".")[0])
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "PodScheduled": "True",
        "PodReadyToStartContainers": "True",
        "Initialized": "True",
        "Ready": "True",
        "ContainersReady": "True",
    }
    (container,) = status["containerStatuses"]
    assert container["ready"] is container["started"] is True
    assert container["imageID"].startswith("registry.example.com/main@sha256:")
    assert [reason for reason, _ in events(cluster, "p")] == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]


def test_init_containers_run_one_after_another_before_the_others(cluster: Harness) -> None:
    inits = [{"name": "a", "image": IMAGE}, {"name": "b", "image": IMAGE}]
    create(cluster, initContainers=inits)
    seen = course(cluster, 12, 0.01)
    assert seen == ["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]
    done = read(cluster)["status"]["initContainerStatuses"]
    assert [(each["ready"], each["state"]["terminated"]["exitCode"]) for each in done] == [(True, 0)] * 2


def test_what_crashes_is_restarted_ever_later(cluster: Harness) -> None:
    create(cluster, annotations={"perfkit.dev/fate": "crash"})
    seen = course(cluster, 60)
    assert seen[:4] == ["Pending", "ContainerCreating", "Running", "Error"]
    assert seen[4:7] == ["CrashLoopBackOff", "Running", "Error"]
    (container,) = read(cluster)["status"]["containerStatuses"]
    assert container["restartCount"] == 2
    assert container["lastState"]["terminated"]["exitCode"] == 1
    assert container["state"]["waiting"]["message"].startswith("back-off 40s restarting failed container=main pod=p_")
    assert condition(read(cluster), "Ready")["reason"] == "ContainersNotReady"
    assert ("BackOff", 3) in events(cluster, "p")


def test_what_takes_too_much_memory_is_killed(cluster: Harness) -> None:
    create(cluster, annotations={"perfkit.dev/fate": "oom"})
    assert "OOMKilled" in course(cluster, 10)
    (container,) = read(cluster)["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["exitCode"] == 137


def test_an_image_that_cannot_be_had_is_tried_again_and_again(cluster: Harness) -> None:
    create(cluster, containers=[{"name": "main", "image": "registry.invalid/none:v1"}])
    seen = course(cluster, 60)
    assert seen[:4] == ["Pending", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"]
    assert seen[4:6] == ["ErrImagePull", "ImagePullBackOff"]
    assert read(cluster)["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    ("command", "policy", "end"),
    [
        (["true"], "Never", "Completed"),
        (["false"], "Never", "Error"),
        (["sh", "-c", "sleep 2; exit 7"], "Never", "Error"),
        (["sh", "-c", "exit 0"], "OnFailure", "Completed"),
        (["false"], "OnFailure", "CrashLoopBackOff"),
        (["sleep", "3600"], "Always", "Running"),
        (["sleep", "3600"], "Never", "Running"),
    ],
)
def test_a_command_says_how_its_container_ends(cluster: Harness, command: list[str], policy: str, end: str) -> None:
    create(cluster, containers=[{"name": "main", "image": IMAGE, "command": command}], restartPolicy=policy)
    assert course(cluster, 11)[-1] == end


def test_what_has_completed_stays_so(cluster: Harness) -> None:
    create(cluster, restartPolicy="Never")
    cluster.wait(20)
    pod = read(cluster)
    assert pod["status"]["phase"] == "Succeeded"
    assert condition(pod, "Ready")["reason"] == "PodCompleted"
    version = cluster.store.version
    cluster.wait(100)
    assert cluster.store.version == version


def test_a_pod_that_fits_nowhere_waits_and_says_why(cluster: Harness) -> None:
    create(cluster, nodeSelector={"disk": "ssd"})
    cluster.wait(1)
    scheduled = condition(read(cluster), "PodScheduled")
    assert (scheduled["status"], scheduled["reason"]) == ("False", "Unschedulable")
    assert scheduled["message"] == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    assert events(cluster, "p") == [("FailedScheduling", 1)]
    cluster.patch("/api/v1/nodes/node-00001", {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.wait(5)
    assert read(cluster)["spec"]["nodeName"] == "node-00001"
    assert statuses(cluster, f"{PODS}/p") == ["Running"]


def test_no_pod_goes_to_a_cordoned_or_tainted_node_unless_it_tolerates_that(cluster: Harness) -> None:
    cluster.patch("/api/v1/nodes/node-00000", {"spec": {"unschedulable": True}})
    taint = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}
    cluster.patch("/api/v1/nodes/node-00001", {"spec": {"taints": [taint]}})
    create(cluster, "plain")
    create(cluster, "tolerant", tolerations=[{"key": "dedicated", "operator": "Exists"}])
    cluster.wait(3)
    assert "nodeName" not in read(cluster, "plain")["spec"]
    assert read(cluster, "tolerant")["spec"]["nodeName"] == "node-00001"


def test_a_deleted_pod_goes_when_its_containers_have_stopped(cluster: Harness) -> None:
    create(cluster)
    cluster.wait(5)
    cluster.delete(f"{PODS}/p")
    assert statuses(cluster, f"{PODS}/p") == ["Terminating"]
    cluster.wait(2)
    assert cluster.get(f"{PODS}/p").status == 404


def test_the_same_requests_at_the_same_ticks_give_the_same_pods() -> None:
    bodies = []
    for _ in range(2):
        cluster = Harness()
        create(cluster, "a")
        cluster.wait(0.7)
        create(cluster, "b", annotations={"perfkit.dev/fate": "crash"})
        cluster.wait(30)
        bodies.append((cluster.get(PODS).body, cluster.get(f"{DEFAULT}/events").body))
    assert bodies[0] == bodies[1]
