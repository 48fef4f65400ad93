"""Shapes with many definitions and with big objects."""

from __future__ import annotations

import zlib

import pytest

from perfkit import bundled
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Shape, load
from support.asgi import Harness

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.fixture(scope="module")
def operators() -> Harness:
    return Harness(Shape(pods=5, namespaces=2, crds=45))


def test_every_definition_is_there_established_and_its_resource_is_served(operators: Harness) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    items = operators.list(path)["items"]
    assert len({item["metadata"]["name"] for item in items}) == 45
    assert len({item["metadata"]["uid"] for item in items}) == 45
    for item in items:
        spec = item["spec"]
        assert {each["type"]: each["status"] for each in item["status"]["conditions"]}["Established"] == "True"
        assert operators.list(f"/apis/{spec['group']}/v1/{spec['names']['plural']}")["items"] == []


def test_discovery_of_both_kinds_names_all_groups(operators: Harness) -> None:
    groups = {
        item["spec"]["group"]
        for item in operators.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
    }
    assert len(groups) == 3
    legacy = {group["name"] for group in operators.get("/apis").json()["groups"]}
    aggregated = {item["metadata"]["name"] for item in operators.get("/apis", AGGREGATED).json()["items"]}
    assert groups <= legacy
    assert groups <= aggregated
    assert operators.get(f"/openapi/v3/apis/{min(groups)}/v1").status == 200


def test_after_a_reset_definitions_of_the_shape_are_back_and_others_gone(operators: Harness) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    first = operators.list(path)
    assert operators.delete(f"{path}/{first['items'][0]['metadata']['name']}").status == 200
    assert len(operators.list(path)["items"]) == 44
    operators.store.reset()
    assert operators.list(path) == first


def test_big_objects_weigh_50_kb_and_compress_as_real_ones_do() -> None:
    path = bundled.find("fixtures/shapes", "big-objects")
    assert path is not None
    pods = populate(load(path, 300), 1).collections["pods"]
    bodies = list(pods.bodies(0, 300))
    sizes = sorted(map(len, bodies))
    assert 49_000 < sizes[150] < 51_000
    whole = b",".join(bodies)
    assert 8 <= len(whole) / len(zlib.compress(whole, 1)) <= 14
