"""The life of a cluster as kubectl sees it: what it creates comes to run, is rolled out, scaled, drained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import mock as mocks
from support.kubectl import Kubectl

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    with mocks.running("tiny", pods=100) as mock:
        yield Kubectl(mock, Path(tmp_path_factory.mktemp("kubectl")))


@pytest.fixture(scope="module")
def web(kubectl: Kubectl) -> str:
    """A deployment of three pods that has been rolled out."""
    kubectl("create", "deployment", "web", "--image=registry.example.com/web:v1", "--replicas=3")
    said = kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert 'deployment "web" successfully rolled out' in said
    return "web"


def test_what_was_created_runs(kubectl: Kubectl, web: str) -> None:
    lines = kubectl("get", "pods", "-l", f"app={web}", "--no-headers").splitlines()
    assert [line.split()[1:4] for line in lines] == [["1/1", "Running", "0"]] * 3
    assert kubectl("get", "deploy", web, "--no-headers").split()[1:4] == ["3/3", "3", "3"]


def test_wait_for_a_condition_ends(kubectl: Kubectl, web: str) -> None:
    assert "condition met" in kubectl("wait", "--for=condition=Available", f"deploy/{web}", "--timeout=30s")
    kubectl("run", "alone", "--image=registry.example.com/alone:v1")
    assert "condition met" in kubectl("wait", "--for=condition=Ready", "pod/alone", "--timeout=30s")
    kubectl("delete", "pod", "alone")


def test_a_new_image_is_rolled_out_and_undone_and_the_history_tells(kubectl: Kubectl, web: str) -> None:
    kubectl("set", "image", f"deploy/{web}", "web=registry.example.com/web:v2")
    assert "successfully rolled out" in kubectl("rollout", "status", f"deploy/{web}", "--timeout=60s")
    assert _images(kubectl, web) == {"registry.example.com/web:v2"}
    kubectl("rollout", "undo", f"deploy/{web}")
    assert "successfully rolled out" in kubectl("rollout", "status", f"deploy/{web}", "--timeout=60s")
    assert _images(kubectl, web) == {"registry.example.com/web:v1"}
    history = kubectl("rollout", "history", f"deploy/{web}").splitlines()
    assert [line.split()[0] for line in history if line[:1].isdigit()] == ["2", "3"]


def test_a_restart_replaces_all_pods(kubectl: Kubectl, web: str) -> None:
    before = _names(kubectl, web)
    kubectl("rollout", "restart", f"deploy/{web}")
    kubectl("rollout", "status", f"deploy/{web}", "--timeout=60s")
    kubectl("wait", "--for=delete", *(f"pod/{name}" for name in before), "--timeout=30s")
    assert not before & _names(kubectl, web)


def test_scaling_makes_pods(kubectl: Kubectl, web: str) -> None:
    kubectl("scale", f"deploy/{web}", "--replicas=5")
    kubectl("rollout", "status", f"deploy/{web}", "--timeout=30s")
    assert len(_names(kubectl, web)) == 5
    kubectl("scale", f"deploy/{web}", "--replicas=3")
    kubectl("wait", "--for=jsonpath={.status.replicas}=3", f"deploy/{web}", "--timeout=30s")


def test_a_deleted_pod_is_replaced(kubectl: Kubectl, web: str) -> None:
    name = min(_names(kubectl, web))
    kubectl("delete", "pod", name)
    kubectl("rollout", "status", f"deploy/{web}", "--timeout=30s")
    assert name not in _names(kubectl, web)
    assert len(_names(kubectl, web)) == 3


def test_a_drained_node_is_left_by_its_pods(kubectl: Kubectl, web: str) -> None:
    node = kubectl("get", "pods", "-l", f"app={web}", "-o", "jsonpath={.items[0].spec.nodeName}")
    kubectl("cordon", node)
    pods = kubectl("get", "pods", "-l", f"app={web}", f"--field-selector=spec.nodeName={node}", "-o", "name").split()
    kubectl(
        "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", f"--pod-selector=app={web}", "--timeout=60s"
    )
    kubectl("rollout", "status", f"deploy/{web}", "--timeout=30s")
    left = kubectl("get", "pods", "-l", f"app={web}", "-o", "jsonpath={.items[*].spec.nodeName}").split()
    assert pods
    assert len(left) == 3
    assert node not in left
    kubectl("uncordon", node)


def test_events_tell_what_happened(kubectl: Kubectl, web: str) -> None:
    told = kubectl("events", "--for", f"deploy/{web}")
    assert "ScalingReplicaSet" in told
    name = min(_names(kubectl, web))
    described = kubectl("describe", "pod", name)
    for reason in ("Scheduled", "Pulling", "Pulled", "Created", "Started"):
        assert reason in described


def test_a_job_completes(kubectl: Kubectl) -> None:
    kubectl("create", "job", "task", "--image=registry.example.com/task:v1", "--", "sleep", "1")
    kubectl("wait", "--for=condition=Complete", "job/task", "--timeout=30s")
    assert kubectl("get", "job", "task", "--no-headers").split()[1:3] == ["Complete", "1/1"]
    pod = kubectl("get", "pods", "-l", "batch.kubernetes.io/job-name=task", "-o", "name").strip()
    assert kubectl("get", pod, "--no-headers").split()[1:3] == ["0/1", "Completed"]


def test_a_stateful_set_is_rolled_out(kubectl: Kubectl) -> None:
    labels = {"app": "db"}
    containers = [{"name": "db", "image": "registry.example.com/db:v1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"serviceName": "db", "replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    kubectl(
        "apply",
        "-f",
        "-",
        given={"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec},
    )
    kubectl("rollout", "status", "sts/db", "--timeout=60s")
    assert _names(kubectl, "db") == {"db-0", "db-1"}


def _names(kubectl: Kubectl, app: str) -> set[str]:
    return set(kubectl("get", "pods", "-l", f"app={app}", "-o", "jsonpath={.items[*].metadata.name}").split())


def _images(kubectl: Kubectl, app: str) -> set[str]:
    """The images of the replica sets that want pods; pods of others may be on their way out."""
    path = "{.items[?(@.spec.replicas>0)].spec.template.spec.containers[0].image}"
    return set(kubectl("get", "replicasets", "-l", f"app={app}", "-o", f"jsonpath={path}").split())
