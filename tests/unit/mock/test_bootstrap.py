"""What an API server makes of itself when it starts."""

from __future__ import annotations

import pytest

from perfkit.mock.resources.registry import RESOURCES
from support.asgi import Harness

FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


def test_every_flow_schema_has_its_level(cluster: Harness) -> None:
    levels = {level["metadata"]["name"] for level in cluster.list(f"{FLOWS}/prioritylevelconfigurations")["items"]}
    schemas = cluster.list(f"{FLOWS}/flowschemas")["items"]
    assert {schema["spec"]["priorityLevelConfiguration"]["name"] for schema in schemas} == levels
    assert (len(schemas), len(levels)) == (11, 8)


def test_there_is_an_api_service_for_each_group_version_but_the_aggregators_own(cluster: Harness) -> None:
    items = cluster.list("/apis/apiregistration.k8s.io/v1/apiservices")["items"]
    places = {(item["spec"].get("group", ""), item["spec"]["version"]) for item in items}
    assert places == {(each.group, each.version) for each in RESOURCES} - {("apiregistration.k8s.io", "v1")}
    assert all(
        item["metadata"]["name"] == f"{item['spec']['version']}.{item['spec'].get('group', '')}" for item in items
    )
    assert all(item["status"]["conditions"][0]["status"] == "True" for item in items)


def test_what_it_made_passes_its_own_rules(cluster: Harness) -> None:
    for resource in RESOURCES:
        if resource.group in {"scheduling.k8s.io", "flowcontrol.apiserver.k8s.io", "apiregistration.k8s.io"}:
            path = f"/apis/{resource.api_version}/{resource.name}"
            found = cluster.list(path)["items"]
            assert found
            for item in found:
                again = cluster.put(f"{path}/{item['metadata']['name']}", item)
                assert (again.status, again.json()["metadata"]) == (200, item["metadata"]), "as it was"


def test_the_addresses_of_services_are_from_its_range(cluster: Harness) -> None:
    (found,) = cluster.list("/apis/networking.k8s.io/v1/servicecidrs")["items"]
    assert (found["metadata"]["name"], found["spec"]["cidrs"]) == ("kubernetes", ["10.96.0.0/12"])


def test_the_components_are_healthy_and_deprecated(cluster: Harness) -> None:
    answer = cluster.get("/api/v1/componentstatuses/etcd-0")
    assert answer.json()["conditions"] == [{"type": "Healthy", "status": "True", "message": "ok"}]
    assert "deprecated" in answer.headers["warning"]
