"""OpenAPI documents as a server answers with them."""

from __future__ import annotations

import json

import pytest

from support.asgi import Harness
from support.objects import definition

PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


def test_the_index_leads_to_each_document_which_is_tagged_with_its_hash(cluster: Harness) -> None:
    for path, place in json.loads(cluster.get("/openapi/v3").body)["paths"].items():
        address, _, digest = place["serverRelativeURL"].partition("?hash=")
        assert address == f"/openapi/v3/{path}"
        response = cluster.get(address)
        assert response.json()["openapi"] == "3.0.0"
        assert response.headers["etag"] == f'"{digest}"'


def test_a_document_that_the_client_has_is_not_sent_again(cluster: Harness) -> None:
    tag = cluster.get("/openapi/v2").headers["etag"]
    assert cluster.get("/openapi/v2", if_none_match=tag).status == 304


@pytest.mark.parametrize("accept", [PROTOBUF, f"{PROTOBUF}, application/json;q=0.5"])
def test_version_2_is_protobuf_for_who_asks_for_it(cluster: Harness, accept: str) -> None:
    response = cluster.get("/openapi/v2", accept)
    assert response.headers["content-type"] == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    assert response.body.startswith(b"\x0a\x032.0")


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"])
def test_other_forms_are_not_acceptable(cluster: Harness, path: str) -> None:
    assert cluster.get(path, "application/xml").status == 406


@pytest.mark.parametrize(
    "path", ["/openapi", "/openapi/v1", "/openapi/v3/api/v2", "/openapi/v3/apis//v1", "/openapi/v3/x"]
)
def test_there_are_no_other_documents(cluster: Harness, path: str) -> None:
    assert cluster.get(path).status == 404


def test_a_custom_resource_is_published_as_long_as_it_is_defined() -> None:
    cluster = Harness()
    before = cluster.get("/openapi/v3").json()
    assert cluster.post(DEFINITIONS, definition()).status == 201
    assert cluster.get("/openapi/v3/apis/example.com/v1").status == 200
    assert "com.example.v1.CronTab" in cluster.get("/openapi/v2").json()["definitions"]
    assert cluster.delete(f"{DEFINITIONS}/crontabs.example.com").status == 200
    assert cluster.get("/openapi/v3/apis/example.com/v1").status == 404
    assert cluster.get("/openapi/v3").json() == before
