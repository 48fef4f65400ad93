"""Objects without what tells whose they are."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Shape
from perfkit.mock.resources.registry import RESOURCES
from perfkit.storage.anonymous import anonymised, without_secrets


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """All objects of a small generated cluster, which refer to one another in every way."""
    collections = populate(Shape(pods=30, namespaces=3), 1).collections
    by_shelf = {resource.shelf: resource for resource in RESOURCES if resource.projection is None}
    return [
        {"apiVersion": by_shelf[shelf].api_version, "kind": by_shelf[shelf].kind, **json.loads(body)}
        for shelf, collection in collections.items()
        for body in collection.bodies(0, len(collection))
    ]


@pytest.fixture(scope="module")
def told(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return anonymised(objects)


def of_kind(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in objects if each["kind"] == kind]


def test_nothing_of_a_users_own_words_is_left(objects: list[dict[str, Any]], told: list[dict[str, Any]]) -> None:
    own = {each["metadata"]["name"] for each in objects if each["kind"] in {"Pod", "Deployment", "Node", "ConfigMap"}}
    own |= {text for each in of_kind(objects, "Pod") for text in each["metadata"]["labels"].values()}
    own |= {container["image"] for each in of_kind(objects, "Pod") for container in each["spec"]["containers"]}
    own |= {each["status"]["podIP"] for each in of_kind(objects, "Pod")} | {"DATABASE_URL", "environment"}
    own = {text for text in own if len(text) > 4} - {"kube-root-ca.crt", "backend", "worker"}  # words of the API, too
    text = json.dumps(told)
    words = set(re.findall(r"[\w.-]+", text))
    assert {each for each in own if each in words or ("/" in each and each in text)} == set()


def test_references_lead_where_they_led(told: list[dict[str, Any]]) -> None:
    sets = {each["metadata"]["uid"]: each["metadata"]["name"] for each in of_kind(told, "ReplicaSet")}
    nodes = {each["metadata"]["name"] for each in of_kind(told, "Node")}
    maps = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in of_kind(told, "ConfigMap")}
    for pod in of_kind(told, "Pod"):
        (owner,) = pod["metadata"]["ownerReferences"]
        assert sets[owner["uid"]] == owner["name"]
        assert pod["spec"]["nodeName"] in nodes
        volume = next(each for each in pod["spec"]["volumes"] if "configMap" in each)
        assert (pod["metadata"]["namespace"], volume["configMap"]["name"]) in maps
    chosen = 0
    for replica_set in of_kind(told, "ReplicaSet"):
        labels = replica_set["spec"]["selector"]["matchLabels"].items()
        chosen += sum(labels <= pod["metadata"]["labels"].items() for pod in of_kind(told, "Pod"))
    assert chosen == 30


def test_names_stay_different_and_valid_and_sizes_about_the_same(
    objects: list[dict[str, Any]], told: list[dict[str, Any]]
) -> None:
    for kind in ("Pod", "Service", "Node"):
        names = [(each["metadata"].get("namespace"), each["metadata"]["name"]) for each in of_kind(told, kind)]
        assert len(set(names)) == len(names) == len(of_kind(objects, kind))
        assert all(re.fullmatch(r"[a-z0-9.-]{1,253}", name) for _, name in names)
    before, after = (len(json.dumps(of_kind(each, "Pod"))) for each in (objects, told))
    assert 0.8 < after / before < 1.2


def test_the_same_objects_give_the_same_words(objects: list[dict[str, Any]], told: list[dict[str, Any]]) -> None:
    assert told == anonymised(copy.deepcopy(objects))


def test_secrets_lose_their_data_whether_names_are_kept_or_not() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": "aHVudGVyMg=="}}
    secret["metadata"]["annotations"] = {  # type: ignore[index]
        "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"password":"aHVudGVyMg=="}}'
    }
    for kept in (without_secrets(secret), *anonymised([secret])):
        assert "aHVudGVyMg" not in json.dumps(kept)
        assert "data" not in kept


def test_what_says_nothing_of_anybody_stays() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "own", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "own", "resources": {"limits": {"cpu": "250m"}}}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    (found,) = anonymised([pod])
    assert found["metadata"]["namespace"] == "default"
    assert found["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "250m"}}
    assert found["spec"]["containers"][0]["name"] == found["metadata"]["name"] != "own"
    assert (found["status"], found["spec"]["restartPolicy"]) == (pod["status"], "Always")
