"""The real kubectl changes what the mock holds: what people type, and what becomes of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.kubectl import program
from support.manifests import DEFINITION
from support.mock import Mock, running

pytestmark = pytest.mark.e2e

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: b}\n"
Kubectl = Callable[..., str]


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("small", pods=200) as found:
        yield found


@pytest.fixture
def kubectl(mock: Mock, tmp_path: Path) -> Kubectl:
    """Kubectl on a cluster as new, with a discovery cache of its own."""
    mock.reset(tmp_path / "record")
    kubeconfig = mock.write_kubeconfig(tmp_path / "kubeconfig")
    command = [program(), f"--kubeconfig={kubeconfig}", f"--cache-dir={tmp_path / 'cache'}"]

    def run(*arguments: str, given: str | None = None, editor: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            input=given,
            env={**os.environ, "EDITOR": editor, "KUBE_EDITOR": editor},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def web(kubectl: Kubectl) -> Kubectl:
    """A cluster with a deployment called web."""
    assert kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2") == "deployment.apps/web created\n"
    return kubectl


def read(kubectl: Kubectl, *what: str) -> Any:
    return json.loads(kubectl("get", *what, "-o", "json"))


def test_scale_label_annotate_and_set_image(web: Kubectl) -> None:
    web("scale", "deploy/web", "--replicas=5")
    web("label", "deploy/web", "tier=front")
    web("annotate", "deploy/web", "note=hello")
    web("set", "image", "deploy/web", "nginx=nginx:2")
    found = read(web, "deploy", "web")
    assert found["spec"]["replicas"] == 5
    assert found["metadata"]["labels"]["tier"] == "front"
    assert found["metadata"]["annotations"]["note"] == "hello"
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:2"
    assert found["metadata"]["generation"] == 4  # annotations of a deployment count


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("json", '[{"op":"replace","path":"/spec/replicas","value":7}]'),
        ("merge", '{"spec":{"replicas":7}}'),
        ("strategic", '{"spec":{"replicas":7}}'),
    ],
)
def test_each_type_of_patch(web: Kubectl, kind: str, patch: str) -> None:
    web("patch", "deploy/web", f"--type={kind}", "-p", patch)
    assert read(web, "deploy", "web")["spec"]["replicas"] == 7


def test_edit_with_an_editor(web: Kubectl) -> None:
    assert web("edit", "deploy/web", editor="sed -i 's/replicas: .*/replicas: 9/'") == "deployment.apps/web edited\n"
    assert read(web, "deploy", "web")["spec"]["replicas"] == 9
    assert "no changes" in web("edit", "deploy/web", editor="true")


def test_apply_diff_and_server_side_apply(kubectl: Kubectl) -> None:
    assert kubectl("apply", "-f", "-", given=MAP) == "configmap/cm created\n"
    assert kubectl("apply", "-f", "-", given=MAP) == "configmap/cm unchanged\n"
    changed = MAP.replace("a: b", "a: c")
    assert "-  a: b\n+  a: c\n" in kubectl("diff", "-f", "-", given=changed, code=1)
    assert kubectl("apply", "-f", "-", given=changed) == "configmap/cm configured\n"
    refused = kubectl("apply", "--server-side", "-f", "-", given=MAP, code=1)
    assert 'conflict with "kubectl-client-side-apply" using v1' in refused
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=MAP)
    assert read(kubectl, "cm", "cm")["data"] == {"a": "b"}


def test_strict_validation_names_the_unknown_field(kubectl: Kubectl) -> None:
    wrong = MAP + "color: red\n"
    assert 'unknown field "color"' in kubectl("create", "--validate=strict", "-f", "-", given=wrong, code=1)
    assert 'Warning: unknown field "color"' in kubectl("create", "--validate=warn", "-f", "-", given=wrong)


def test_create_of_every_kind_that_kubectl_knows(web: Kubectl) -> None:
    for arguments in (
        ("cronjob", "c", "--image=i", "--schedule=* * * * *"),
        ("job", "j", "--image=i"),
        ("secret", "generic", "s", "--from-literal=a=b"),
        ("configmap", "m", "--from-literal=a=b"),
        ("serviceaccount", "a"),
        ("role", "r", "--verb=get", "--resource=pods"),
        ("rolebinding", "b", "--role=r", "--user=u"),
        ("clusterrole", "cr", "--verb=get", "--resource=pods"),
        ("clusterrolebinding", "cb", "--clusterrole=cr", "--user=u"),
        ("poddisruptionbudget", "p", "--selector=app=web", "--min-available=1"),
        ("ingress", "i", "--rule=a.example.com/=web:80"),
        ("service", "clusterip", "v", "--tcp=80"),
        ("namespace", "n"),
    ):
        assert "created" in web("create", *arguments)
    assert "exposed" in web("expose", "deploy", "web", "--port=80")
    assert "autoscaled" in web("autoscale", "deploy", "web", "--max=3")
    assert "created" in web("run", "x", "--image=i")
    assert web("get", "svc", "web", "--no-headers").split()[1] == "ClusterIP"
    assert web("create", "token", "default").count(".") == 2


def test_delete_waits_until_a_pod_is_gone(kubectl: Kubectl) -> None:
    name = kubectl("get", "pods", "-o", "name").split()[0]
    assert "deleted" in kubectl("delete", name)
    assert "NotFound" in kubectl("get", name, code=1)


def test_a_namespace_comes_and_goes(kubectl: Kubectl) -> None:
    kubectl("create", "namespace", "new")
    assert "default" in kubectl("get", "serviceaccounts", "-n", "new")
    assert "deleted" in kubectl("delete", "namespace", "new")
    assert "NotFound" in kubectl("get", "namespace", "new", code=1)


def test_drain_evicts_what_runs_on_a_node(kubectl: Kubectl) -> None:
    node = "node-00003"
    assert f"node/{node} drained" in kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data")
    assert "No resources found" in kubectl("get", "pods", "-A", "--field-selector", f"spec.nodeName={node}")
    assert "SchedulingDisabled" in kubectl("get", "node", node)
    kubectl("uncordon", node)
    assert "condition met" in kubectl("wait", "--for=condition=Ready", f"node/{node}", "--timeout=5s")


def test_rollout_top_logs_and_rights(kubectl: Kubectl) -> None:
    name = kubectl("get", "deploy", "-o", "name").split()[0]
    assert "successfully rolled out" in kubectl("rollout", "status", name)
    assert kubectl("top", "nodes").startswith("NAME")
    assert kubectl("top", "pods", "--containers").splitlines()[0].split()[:2] == ["POD", "NAME"]
    pod = kubectl("get", "pods", "-o", "name").split()[0]
    assert len(kubectl("logs", pod, "-c", "main", "--tail=3").splitlines()) == 3
    assert kubectl("auth", "can-i", "delete", "pods") == "yes\n"
    assert "*.*" in kubectl("auth", "can-i", "--list")
    assert "perfkit" in kubectl("auth", "whoami")
    assert "simulated" in kubectl("exec", pod, "-c", "main", "--", "ls", code=1)


def test_a_custom_resource_from_its_definition_to_its_end(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", given=json.dumps(DEFINITION))
    kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=5s")
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3}}
    kubectl("apply", "-f", "-", given=json.dumps(widget))
    assert kubectl("get", "wd").splitlines()[1].split()[:2] == ["w", "3"]
    kubectl("scale", "widget/w", "--replicas=4")
    assert read(kubectl, "widget", "w")["spec"] == {"color": "red", "size": 4}
    assert "size" in kubectl("explain", "widget.spec")
    kubectl("delete", "crd", "widgets.example.com")
    assert "not" in kubectl("get", "--raw", "/apis/example.com/v1", code=1)
