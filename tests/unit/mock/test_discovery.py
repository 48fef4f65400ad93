"""Discovery documents and everything else that is not a resource."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.measure.requests import read_requests
from perfkit.mock.resources.registry import RESOURCES
from support.asgi import SHAPE, Harness
from support.manifests import DEFINITION

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
KUBECTL = f"{AGGREGATED.format('v2')},{AGGREGATED.format('v2beta1')},application/json"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


def test_the_legacy_lists_name_every_resource(cluster: Harness) -> None:
    assert cluster.list("/api")["versions"] == ["v1"]
    groups = cluster.list("/apis")["groups"]
    assert {group["name"] for group in groups} == {resource.group for resource in RESOURCES} - {""}
    places = ["/api/v1", *(f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"])]
    named = {(place, entry["name"]) for place in places for entry in cluster.list(place)["resources"]}
    for resource in RESOURCES:
        place = f"/apis/{resource.api_version}" if resource.group else "/api/v1"
        assert (place, resource.name) in named
        assert all((place, f"{resource.name}/{part.name}") in named for part in resource.subresources)
    listed = {entry["name"]: entry for entry in cluster.list("/api/v1")["resources"]}
    assert {"singularName": "pod", "namespaced": True, "kind": "Pod"}.items() <= listed["pods"].items()
    scale = next(e for e in cluster.list("/apis/apps/v1")["resources"] if e["name"] == "deployments/scale")
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


def test_groups_come_in_the_order_of_a_real_server() -> None:
    cluster = Harness()
    assert cluster.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION).status == 201
    named = " ".join(group["name"].removesuffix(".k8s.io") for group in cluster.list("/apis")["groups"])
    assert named == (
        "apiregistration apps events authentication authorization autoscaling batch certificates networking policy "
        "rbac.authorization storage admissionregistration apiextensions scheduling coordination node discovery "
        "resource flowcontrol.apiserver storagemigration example.com metrics"
    )
    assert [version["version"] for version in cluster.list("/apis/autoscaling")["versions"]] == ["v2", "v1"]


def test_the_preferred_version_of_a_group_is_the_stable_one(cluster: Harness) -> None:
    group = cluster.list("/apis/metrics.k8s.io")
    assert group["preferredVersion"]["version"] == "v1"
    assert [version["version"] for version in group["versions"]] == ["v1", "v1beta1"]


def test_a_cluster_without_a_metrics_server_has_nothing_of_its_group() -> None:
    bare = Harness(msgspec.structs.replace(SHAPE, metrics_server=False))
    for path in ("/apis", "/apis/apiregistration.k8s.io/v1/apiservices", "/openapi/v2", "/openapi/v3"):
        assert "metrics.k8s.io" not in bare.get(path).body.decode()
    assert b'"metrics.k8s.io"' not in bare.get("/apis", AGGREGATED.format("v2")).body
    for path in ("/apis/metrics.k8s.io", "/apis/metrics.k8s.io/v1/nodes", "/openapi/v3/apis/metrics.k8s.io/v1"):
        assert bare.get(path).status == 404


def test_aggregated_discovery_describes_every_resource(cluster: Harness) -> None:
    accept = AGGREGATED.format("v2")
    response = cluster.get("/api", accept)
    assert response.headers["content-type"] == accept
    document = response.json()
    assert document["apiVersion"] == "apidiscovery.k8s.io/v2"
    (group,) = document["items"]
    (described,) = group["versions"]
    pods: dict[str, Any] = next(entry for entry in described["resources"] if entry["resource"] == "pods")
    assert pods["responseKind"] == {"group": "", "version": "", "kind": "Pod"}  # of the place that it is at
    assert (pods["scope"], pods["singularResource"], pods["shortNames"]) == ("Namespaced", "pod", ["po"])
    eviction = next(part for part in pods["subresources"] if part["subresource"] == "eviction")
    assert eviction["responseKind"] == {"group": "policy", "version": "v1", "kind": "Eviction"}
    named = [item["metadata"]["name"] for item in cluster.get("/apis", accept).json()["items"]]
    assert named == [group["name"] for group in cluster.list("/apis")["groups"]]


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


@pytest.mark.parametrize("path", ["/", "/nope", "/apis/nope", "/openapi/v9", "/apis//"])
def test_an_unknown_path_is_not_found_in_plain_text(cluster: Harness, path: str) -> None:
    response = cluster.get(path)
    assert (response.status, response.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize("path", ["/api/v2", "/apis/apps/v2", "/api//", "/api/v1/nope", "/apis/apps/v1/nope/x"])
def test_what_a_group_misses_is_told_as_a_status(cluster: Harness, path: str) -> None:
    response = cluster.get(path)
    assert (response.status, response.json()["reason"], response.json()["details"]) == (404, "NotFound", {})


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


def test_the_record_names_what_is_asked_for_and_not_served(tmp_path: Path) -> None:
    bare = Harness()
    bare.record.restart(tmp_path / "record")
    for path in ("/apis/example.com/v1/namespaces/default/widgets", "/nothing"):
        assert bare.get(path).status == 404
    bare.record.collect()
    widgets, nothing = read_requests(tmp_path / "record")
    bare.record.close()
    assert (widgets.verb, widgets.resource, widgets.namespace) == ("list", "widgets.example.com", "default")
    assert (nothing.verb, nothing.resource) == ("", "")
