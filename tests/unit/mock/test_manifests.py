"""Manifests and snapshots: what is read, what is played, and the one line that a wrong one gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perfkit.errors import ScenarioError
from perfkit.mock.generator.population import Population, populate
from perfkit.mock.generator.shape import Shape
from perfkit.mock.manifests import played, read
from perfkit.mock.store import Store

WEB = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, creationTimestamp: 2026-01-01T00:00:00Z}
---
# nothing in this one
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: nginx}]}}
---
apiVersion: v1
kind: PodList
items:
- metadata: {name: p1, namespace: other}
  spec: {containers: [{name: a, image: nginx}]}
"""
PODS = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": []}}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "teas.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "teas", "kind": "Tea"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


@pytest.fixture(scope="module")
def generated() -> Population:
    return populate(Shape(pods=20, namespaces=2), 1)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def objects(population: Population, shelf: str) -> dict[str, dict[str, Any]]:
    found = population.collections[shelf]
    assert [found.bisect(found.key(position)) for position in range(len(found))] == list(range(len(found)))
    return {found.key(at): json.loads(body) for at, body in enumerate(found.bodies(0, len(found)))}


def test_yaml_of_several_documents_lists_and_json_are_read_from_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "web.yaml", WEB)
    (tmp_path / "deeper").mkdir()
    write(tmp_path / "deeper", "pods.jsonl", f"{json.dumps(PODS)}\n\n{json.dumps(PODS | {'kind': 'Service'})}\n")
    write(tmp_path, "README.md", "not a manifest")
    kinds = [each.object["kind"] for each in read([tmp_path])]
    assert sorted(kinds) == ["Deployment", "Namespace", "Pod", "Pod", "Service"]


def test_times_stay_as_they_are_written(tmp_path: Path) -> None:
    (namespace, *_) = read([write(tmp_path, "web.yaml", WEB)])
    assert namespace.object["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"


def test_objects_join_what_is_generated_and_stand_where_both_have_a_name(generated: Population, tmp_path: Path) -> None:
    first = next(iter(objects(generated, "pods")))
    namespace, _, name = first.partition("/")
    mine = PODS | {"metadata": {"name": name, "namespace": namespace, "labels": {"mine": "yes"}}}
    path = write(tmp_path, "pods.jsonl", f"{json.dumps(mine)}\n{json.dumps(PODS)}\n")
    found = objects(played(generated, read([path]), 1, alone=False), "pods")
    assert found.keys() == objects(generated, "pods").keys() | {"n/p"}
    assert found[first]["metadata"]["labels"] == {"mine": "yes"}
    versions = [int(each["metadata"]["resourceVersion"]) for each in found.values()]
    assert len(set(versions)) == len(versions)


def test_alone_they_stand_in_place_of_their_resources_only(generated: Population, tmp_path: Path) -> None:
    population = played(generated, read([write(tmp_path, "web.yaml", WEB)]), 1, alone=True)
    assert list(objects(population, "pods")) == ["other/p1"]
    assert list(objects(population, "deployments.apps")) == ["shop/web"]
    assert objects(population, "nodes") == objects(generated, "nodes")
    assert {"shop", "other", "default", "kube-system"} <= objects(population, "namespaces").keys()


def test_a_reset_brings_them_back(generated: Population, tmp_path: Path) -> None:
    store = Store(played(generated, read([write(tmp_path, "p.json", json.dumps(PODS))]), 1, alone=True))
    before = list(store.shelf_called("pods").keys("", "~", store.version))
    store.reset()
    assert list(store.shelf_called("pods").keys("", "~", store.version)) == before == ["n/p"]


def test_a_definition_serves_the_custom_objects_beside_it(generated: Population, tmp_path: Path) -> None:
    tea = {"apiVersion": "example.com/v1", "kind": "Tea", "metadata": {"name": "green", "namespace": "n"}}
    path = write(tmp_path, "tea.jsonl", f"{json.dumps(tea)}\n{json.dumps(DEFINITION)}\n")
    population = played(generated, read([path]), 1, alone=False)
    assert list(objects(population, "teas.example.com")) == ["n/green"]
    assert Store(population).catalog.find("example.com", "v1", "teas") is not None


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.yaml", "a: [\n", "document 1: line 2: not YAML"),
        ("a.yaml", "kind: Pod\n---\n- a\n", "document 2: not an object"),
        ("a.json", "{", "document 1: not JSON"),
        ("a.jsonl", f"{json.dumps(PODS)}\nnope\n", "line 2: not JSON"),
        ("a.yaml", "apiVersion: v1\nkind: Pot\nmetadata: {name: a}", "document 1: unknown kind v1 Pot"),
        ("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}", "document 1: a Pod without metadata.name"),
        ("a.yaml", "kind: Pod", "document 1: apiVersion is missing"),
        ("a.yaml", "apiVersion: v1", "document 1: kind is missing"),
        ("a.jsonl", f"{json.dumps(PODS)}\n{json.dumps(PODS)}", "line 2: a second Pod n/p"),
        ("a.yaml", "apiVersion: v1\nkind: List\nitems: [3]", "document 1, item 1: not an object"),
        ("a.json", json.dumps(DEFINITION | {"spec": {}}), "document 1: spec.group"),
        ("none.yaml", "", "No such file"),
        ("empty", "", "no manifests in it"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_document_and_advice(
    generated: Population, tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    path = tmp_path / name
    if text:
        path.write_text(text)
    elif name == "empty":
        path.mkdir()
    with pytest.raises(ScenarioError) as caught:
        played(generated, read([path]), 1, alone=False)
    assert caught.value.message.startswith(f"{path}: ")
    assert complaint in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.advice or "spec.group" in complaint or "item 1" in complaint


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perfkit.mock.manifests.LARGEST", 10)
    with pytest.raises(ScenarioError, match="larger than"):
        read([write(tmp_path, "a.json", json.dumps(PODS))])
