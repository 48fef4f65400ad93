"""What holds of every resource that clients can write, by its description alone."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.mock.resources.registry import RESOURCES
from support.asgi import Harness
from support.manifests import WRITABLE, collection_path, manifest

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
EACH = pytest.mark.parametrize("resource", WRITABLE, ids=lambda resource: resource.qualified)


@EACH
def test_an_object_is_created_read_changed_and_deleted(resource: Any) -> None:
    cluster = Harness()
    path = collection_path(resource)
    created = cluster.post(path, manifest(resource))
    assert created.status == 201, created.body
    obj = created.json()
    name = obj["metadata"]["name"]
    assert (obj["apiVersion"], obj["kind"]) == (resource.api_version, resource.kind)
    assert obj["metadata"]["uid"]
    assert obj["metadata"]["creationTimestamp"] == "2026-01-15T09:30:00Z"
    assert cluster.get(f"{path}/{name}").json() == _latest(cluster, path, name)
    labelled = cluster.patch(f"{path}/{name}", {"metadata": {"labels": {"a": "b"}}}).json()
    assert labelled["metadata"]["labels"]["a"] == "b"
    assert labelled["metadata"]["managedFields"]
    assert int(labelled["metadata"]["resourceVersion"]) > int(obj["metadata"]["resourceVersion"])
    assert cluster.list(f"{path}?labelSelector=a=b")["items"]
    again = cluster.put(f"{path}/{name}", labelled)
    assert (again.status, again.json()) == (200, labelled), "a write that changes nothing makes no new version"
    assert cluster.delete(f"{path}/{name}").status == 200
    cluster.wait()
    assert cluster.get(f"{path}/{name}").status == 404


def _latest(cluster: Harness, path: str, name: str) -> dict[str, Any]:
    listed = cluster.list(path)
    kind = {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List")}
    found = next(item for item in listed["items"] if item["metadata"]["name"] == name)
    return {**kind, **found} if kind["kind"] != "Endpoints" else {"kind": "Endpoints", **found, "apiVersion": "v1"}


@EACH
def test_a_table_has_a_cell_for_every_column(resource: Any) -> None:
    cluster = Harness()
    cluster.post(collection_path(resource), manifest(resource))
    table = cluster.get(collection_path(resource), TABLE).json()
    assert [column["name"] for column in table["columnDefinitions"]] == [column.name for column in resource.columns]
    assert table["rows"]
    for row in table["rows"]:
        assert len(row["cells"]) == len(resource.columns)
        for cell, column in zip(row["cells"], resource.columns, strict=True):
            # The API server writes numbers into columns that it calls strings, and texts into such as it calls boolean.
            assert isinstance(cell, int if column.type == "integer" else str | int), column


@EACH
def test_an_object_that_exists_is_not_created_again(resource: Any) -> None:
    cluster = Harness()
    path = collection_path(resource)
    cluster.post(path, manifest(resource))
    refused = cluster.post(path, manifest(resource)).json()
    assert (refused["code"], refused["reason"]) == (409, "AlreadyExists")


@EACH
def test_a_bad_name_is_refused_with_its_cause(resource: Any) -> None:
    cluster = Harness()
    obj = manifest(resource, "bad/name")
    status = cluster.post(collection_path(resource), obj).json()
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["details"]["causes"][0]["field"] == "metadata.name"


@EACH
def test_a_dry_run_changes_nothing(resource: Any) -> None:
    cluster = Harness()
    path, version = collection_path(resource), cluster.store.version
    assert cluster.post(f"{path}?dryRun=All", manifest(resource)).status == 201
    assert cluster.store.version == version
    assert cluster.get(f"{path}/{manifest(resource)['metadata']['name']}").status == 404


def test_every_resource_of_the_description_has_what_discovery_needs() -> None:
    places = [(resource.group, resource.version, resource.name) for resource in RESOURCES]
    assert len(set(places)) == len(places)
    for resource in RESOURCES:
        assert resource.schema is not None, resource.qualified
        assert set(resource.verbs) <= {
            *("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
        }
