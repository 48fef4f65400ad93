"""Discovery documents and everything else that is not a resource."""

from __future__ import annotations

import re
from typing import Any

import pytest

from perfkit.mock.resources.registry import RESOURCES
from support.asgi import Harness

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
KUBECTL = f"{AGGREGATED.format('v2')},{AGGREGATED.format('v2beta1')},application/json"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


def test_the_legacy_lists_name_every_resource(cluster: Harness) -> None:
    assert cluster.list("/api")["versions"] == ["v1"]
    assert cluster.list("/apis") == {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    listed = cluster.list("/api/v1")
    assert (listed["kind"], listed["groupVersion"]) == ("APIResourceList", "v1")
    assert [entry["name"] for entry in listed["resources"]] == [resource.name for resource in RESOURCES]
    assert {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod"}.items() <= listed["resources"][
        2
    ].items()


@pytest.mark.parametrize("version", ["v2", "v2beta1"])
def test_aggregated_discovery_describes_every_resource(cluster: Harness, version: str) -> None:
    accept = AGGREGATED.format(version)
    response = cluster.get("/api", accept)
    assert response.headers["content-type"] == accept
    document = response.json()
    assert document["apiVersion"] == f"apidiscovery.k8s.io/{version}"
    (group,) = document["items"]
    (described,) = group["versions"]
    pods: dict[str, Any] = next(entry for entry in described["resources"] if entry["resource"] == "pods")
    assert pods["responseKind"] == {"group": "", "version": "v1", "kind": "Pod"}
    assert (pods["scope"], pods["singularResource"], pods["shortNames"]) == ("Namespaced", "pod", ["po"])
    assert cluster.get("/apis", accept).json()["items"] == []


def test_aggregated_discovery_is_cached_by_entity_tag(cluster: Harness) -> None:
    first = cluster.get("/api", KUBECTL)
    assert re.fullmatch('"[0-9A-F]{128}"', first.headers["etag"])
    assert (first.headers["vary"], first.headers["cache-control"]) == ("Accept", "public")
    again = cluster.get("/api", KUBECTL, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert cluster.get("/api", KUBECTL, if_none_match='"other"').status == 200


def test_a_client_that_prefers_plain_json_gets_it(cluster: Harness) -> None:
    assert cluster.get("/api", f"application/json,{AGGREGATED.format('v2')}").json()["kind"] == "APIVersions"
    assert cluster.get("/api", f"{AGGREGATED.format('v9')},application/json").json()["kind"] == "APIVersions"


def test_discovery_in_protobuf_alone_is_not_acceptable(cluster: Harness) -> None:
    assert cluster.get("/api", "application/vnd.kubernetes.protobuf").status == 406


def test_the_version_says_whose_server_it_is(cluster: Harness) -> None:
    version = cluster.get("/version").json()
    assert cluster.get("/version/").json() == version
    assert version["gitVersion"].endswith("+perfkit")
    assert version["gitVersion"].startswith(f"v{version['major']}.{version['minor']}.")


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
def test_health_is_plain_text(cluster: Harness, path: str) -> None:
    response = cluster.get(path)
    assert (response.status, response.body) == (200, b"ok")


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api/v2", "/apis/apps", "/apis/apps/v1", "/openapi/v3", "/api//", "/apis//"]
)
def test_an_unknown_path_is_not_found_in_plain_text(cluster: Harness, path: str) -> None:
    response = cluster.get(path)
    assert (response.status, response.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize(
    "token", ["Bearer wrong", "Bearer ", "Basic a-token-for-tests", "a-token-for-tests", "Bearer ü"]
)
@pytest.mark.parametrize("path", ["/api/v1/pods", "/nope", "/version"])
def test_a_wrong_token_is_unauthorized_everywhere(cluster: Harness, path: str, token: str) -> None:
    response = cluster.get(path, authorization=token)
    status = response.json()
    assert (response.status, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")
    assert status["kind"] == "Status"


def test_without_a_token_only_health_and_version_are_served(cluster: Harness) -> None:
    assert cluster.get("/readyz", authorization="").status == 200
    assert cluster.get("/version", authorization="").status == 200
    assert cluster.get("/api", authorization="").status == 401
