"""The real kubectl reads the mock's OpenAPI documents: explain, strict validation, apply, diff, edit."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfkit.mock.resources.registry import RESOURCES
from support.kubectl import Kubectl
from support.mock import Mock, running
from support.objects import definition

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


def deployment(name: str, **container: str) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(DEPLOYMENT)
    found["metadata"]["name"] = name
    found["spec"]["template"]["spec"]["containers"][0].update(container)
    return found


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture
def kubectl(mock: Mock, tmp_path: Path) -> Kubectl:
    return Kubectl(mock, tmp_path)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: f"{resource.qualified}-{resource.version}")
def test_explain_knows_every_resource(kubectl: Kubectl, resource: Any) -> None:
    text = kubectl("explain", resource.name, "--recursive", f"--api-version={resource.api_version}")
    assert f"KIND:       {resource.kind}\n" in text
    assert re.search(r"^  metadata\t<ObjectMeta>.*\n    annotations\t<map\[string\]string>$", text, re.MULTILINE)


def test_explain_by_version_2_reads_the_protobuf(kubectl: Kubectl) -> None:
    text = kubectl("explain", "pods.spec.containers", "--recursive", "--output=plaintext-openapiv2")
    assert "RESOURCE: containers <[]Object>" in text
    assert "imagePullPolicy\t<string>" in text


def test_strict_validation_names_the_unknown_field(kubectl: Kubectl) -> None:
    text = kubectl("create", "--validate=strict", "-f", "-", given=deployment("strict", imag="two"), fails=True)
    assert 'strict decoding error: unknown field "spec.template.spec.containers[0].imag"' in text


def test_apply_merges_by_the_keys_of_the_document_and_diff_shows_it_first(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", given=deployment("web"))
    assert "unchanged" in kubectl("apply", "-f", "-", given=deployment("web"))
    changed = deployment("web", image="two")
    diff = kubectl("diff", "-f", "-", given=changed, fails=True)
    assert "-      - image: one\n+      - image: two\n" in diff
    assert "configured" in kubectl("apply", "-f", "-", given=changed)
    assert kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[*].image}") == "two"


def test_edit_changes_what_the_editor_changed(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", given=deployment("edited"))
    assert "edited" in kubectl("edit", "deployment", "edited", EDITOR="sed -i 's/replicas: 1/replicas: 4/'")
    assert kubectl("get", "deployment", "edited", "-o", "jsonpath={.spec.replicas}") == "4"


def test_server_side_apply_tells_of_conflicts_and_can_be_forced(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", "-f", "-", given=deployment("ssa"))
    other = deployment("ssa", image="two")
    manager = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    text = kubectl(*manager, given=other, fails=True)
    assert (
        'Apply failed with 1 conflict: conflict with "kubectl": .spec.template.spec.containers[name="a"].image' in text
    )
    kubectl(*manager, "--force-conflicts", given=other)
    entries = json.loads(kubectl("get", "deployment", "ssa", "-o", "json", "--show-managed-fields"))
    managers = [(entry["manager"], entry.get("subresource")) for entry in entries["metadata"]["managedFields"]]
    assert [manager for manager, subresource in managers if subresource is None] == ["kubectl", "other"]
    assert {entry for entry in managers if entry[1]} <= {("kube-controller-manager", "status")}, "once it has synced"


def test_the_documents_of_a_custom_resource_come_and_go_with_its_definition(mock: Mock, tmp_path: Path) -> None:
    def fresh(name: str) -> Kubectl:
        folder = tmp_path / name  # a cache of its own
        folder.mkdir()
        return Kubectl(mock, folder)

    fresh("define")("create", "-f", "-", given=definition())
    assert "image\t<string> -required-" in fresh("there")("explain", "crontabs.spec")
    fresh("remove")("delete", "crd", "crontabs.example.com")
    assert "the server doesn't have a resource type" in fresh("gone")("explain", "crontabs.spec", fails=True)
