"""Older releases of kubectl against the mock: 1.20 knows no aggregated discovery, no OpenAPI v3, no strict servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import foreign
from support.kubectl import Kubectl
from support.manifests import DEFINITION
from support.mock import Mock, running

pytestmark = pytest.mark.e2e

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "a", "image": "one"}]},
        },
    },
}
PODS = 60


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("small", pods=PODS) as found:
        yield found


@pytest.fixture(params=sorted(foreign.KUBECTLS), ids="1.{}".format)
def kubectl(request: pytest.FixtureRequest, mock: Mock, tmp_path: Path) -> Kubectl:
    mock.reset(tmp_path / "record")
    return Kubectl(mock, tmp_path, foreign.kubectl(request.param))


def test_it_reads(kubectl: Kubectl) -> None:
    assert len(kubectl("get", "pods", "-A", "--no-headers").splitlines()) == PODS
    assert "replicaset.apps/" in kubectl("get", "all", "-A", "-o", "name")
    namespace, pod = kubectl("get", "pods", "-A", "--no-headers").split()[:2]
    assert "Containers:" in kubectl("describe", "-n", namespace, "pod", pod)
    assert len(kubectl("logs", "-n", namespace, pod, "-c", "main", "--tail=3").splitlines()) == 3
    assert kubectl("get", "nodes", "-o", "custom-columns=N:.metadata.name", "--no-headers").startswith("node-00000")
    assert kubectl("get", "pods", "-A", "--sort-by=.status.podIP", "--chunk-size=7").count("\n") == PODS + 1
    assert kubectl("top", "nodes").startswith("NAME")
    assert kubectl("auth", "can-i", "create", "pods") == "yes\n"
    assert "deployments" in kubectl("api-resources")


def test_it_explains_and_validates(kubectl: Kubectl) -> None:
    assert "imagePullPolicy" in kubectl("explain", "pods.spec.containers", "--recursive")
    wrong = json.loads(json.dumps(DEPLOYMENT))
    wrong["spec"]["color"] = "red"
    assert "color" in kubectl("create", "-f", "-", given=wrong, fails=True)


def test_it_applies_scales_and_deletes(kubectl: Kubectl) -> None:
    assert "created" in kubectl("apply", "-f", "-", given=DEPLOYMENT)
    assert "unchanged" in kubectl("apply", "-f", "-", given=DEPLOYMENT)
    changed = json.loads(json.dumps(DEPLOYMENT).replace('"one"', '"two"'))
    assert "image: two" in kubectl("diff", "-f", "-", given=changed, fails=True)
    assert "configured" in kubectl("apply", "-f", "-", given=changed)
    assert "serverside-applied" in kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=changed)
    assert "scaled" in kubectl("scale", "deployment/web", "--replicas=3")
    assert "edited" in kubectl("edit", "deployment", "web", EDITOR="sed -i 's/replicas: 3/replicas: 4/'")
    assert kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}") == "4"
    assert "deleted" in kubectl("delete", "deployment", "web")


def test_it_drains_a_node(kubectl: Kubectl) -> None:
    assert "node/node-00001 " in kubectl("drain", "node-00001", "--ignore-daemonsets", "--delete-emptydir-data")
    assert "uncordoned" in kubectl("uncordon", "node-00001")
    assert "condition met" in kubectl("wait", "--for=condition=Ready", "node/node-00001", "--timeout=5s")


def test_it_uses_a_custom_resource(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", given=DEFINITION)
    kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=5s")
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3}}
    assert "created" in kubectl("apply", "-f", "-", given=widget)
    assert kubectl("get", "wd", "--no-headers").split()[:2] == ["w", "3"]
    kubectl("scale", "widget/w", "--replicas=4")
    assert kubectl("get", "wd", "w", "-o", "jsonpath={.spec.size}") == "4"


def test_it_follows_a_rollout(kubectl: Kubectl) -> None:
    namespace, name = kubectl("get", "deploy", "-A", "--no-headers").split()[:2]
    assert "successfully rolled out" in kubectl("rollout", "status", "-n", namespace, f"deployment/{name}")
