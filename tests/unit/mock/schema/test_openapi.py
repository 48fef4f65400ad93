from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

from perfkit.mock.resources.registry import RESOURCES
from perfkit.mock.schema.openapi import document, index
from perfkit.mock.schema.operations import operations as operations_of
from perfkit.mock.schema.swagger import swagger
from support.objects import catalog

GROUP_VERSIONS = sorted({(resource.group, resource.version) for resource in catalog()})


def published(group: str, version: str) -> dict[str, Any]:
    body = document(list(catalog()), group, version)
    assert body is not None
    found: dict[str, Any] = json.loads(body)
    return found


def operations(paths: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in paths.values() for method, operation in path.items() if method != "parameters"]


@pytest.mark.parametrize(("group", "version"), GROUP_VERSIONS, ids=lambda value: value or "core")
def test_every_document_is_valid_openapi(group: str, version: str) -> None:
    found = published(group, version)
    assert list(OpenAPIV30SpecValidator(found).iter_errors()) == []
    identities = [operation["operationId"] for operation in operations(found["paths"])]
    assert len(identities) == len(set(identities))


def test_the_document_of_version_2_is_valid_openapi() -> None:
    assert list(OpenAPIV2SpecValidator(json.loads(swagger(list(catalog())))).iter_errors()) == []


def test_the_index_names_the_document_of_each_group_version_with_a_hash_of_it() -> None:
    paths = json.loads(index(list(catalog())))["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/metrics.k8s.io/v1beta1", "apis/example.com/v1"} <= paths.keys()
    address, _, digest = paths["apis/apps/v1"]["serverRelativeURL"].partition("?hash=")
    assert address == "/openapi/v3/apis/apps/v1"
    assert len(digest) == 128


def test_only_the_hash_of_what_changed_changes() -> None:
    def hashes(*, custom: bool) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(index(list(catalog() if custom else RESOURCES)))["paths"]
        return found

    with_custom, without = hashes(custom=True), hashes(custom=False)
    assert with_custom.keys() - without.keys() == {"apis/example.com/v1"}
    assert all(with_custom[path] == there for path, there in without.items())


def test_the_documents_of_a_custom_resource_come_and_go_with_its_definition() -> None:
    schemas = published("example.com", "v1")["components"]["schemas"]
    assert schemas["com.example.v1.CronTab"]["properties"]["spec"]["required"] == ["image"]
    assert schemas["com.example.v1.CronTabList"]["required"] == ["items"]
    assert document(RESOURCES, "example.com", "v1") is None


# As the published documents (api/openapi-spec) name them.
EXPECTED = {
    "/api/v1/pods": {"get": "listCoreV1PodForAllNamespaces"},
    "/api/v1/namespaces/{namespace}/pods": {
        "get": "listCoreV1NamespacedPod",
        "post": "createCoreV1NamespacedPod",
        "delete": "deleteCoreV1CollectionNamespacedPod",
    },
    "/api/v1/namespaces/{namespace}/pods/{name}": {
        "get": "readCoreV1NamespacedPod",
        "put": "replaceCoreV1NamespacedPod",
        "patch": "patchCoreV1NamespacedPod",
        "delete": "deleteCoreV1NamespacedPod",
    },
    "/api/v1/namespaces/{namespace}/pods/{name}/status": {
        "get": "readCoreV1NamespacedPodStatus",
        "put": "replaceCoreV1NamespacedPodStatus",
        "patch": "patchCoreV1NamespacedPodStatus",
    },
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}": {
        "get": "readRbacAuthorizationV1ClusterRole",
        "put": "replaceRbacAuthorizationV1ClusterRole",
        "patch": "patchRbacAuthorizationV1ClusterRole",
        "delete": "deleteRbacAuthorizationV1ClusterRole",
    },
    "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale": {
        "get": "readAppsV1NamespacedDeploymentScale",
        "put": "replaceAppsV1NamespacedDeploymentScale",
        "patch": "patchAppsV1NamespacedDeploymentScale",
    },
}


@pytest.mark.parametrize("path", EXPECTED)
def test_paths_and_operations_are_those_of_the_published_documents(path: str) -> None:
    _, root, *rest = path.split("/")
    group, version = ("", rest[0]) if root == "api" else (rest[0], rest[1])
    found = published(group, version)["paths"][path]
    assert {name: it["operationId"] for name, it in found.items() if name != "parameters"} == EXPECTED[path]


def test_what_kubectl_looks_for_in_a_patch_is_there() -> None:
    patch = published("apps", "v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "kind": "Deployment", "version": "v1"}
    assert "fieldValidation" in {parameter["name"] for parameter in patch["parameters"]}
    assert "application/strategic-merge-patch+json" in patch["requestBody"]["content"]


def test_a_scale_is_of_its_own_kind() -> None:
    paths = published("apps", "v1")["paths"]
    scale = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]["get"]
    assert scale["x-kubernetes-group-version-kind"] == {"group": "autoscaling", "kind": "Scale", "version": "v1"}


def test_fields_keep_their_merge_keys_beside_the_reference() -> None:
    schemas = published("", "v1")["components"]["schemas"]
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    claim = schemas["io.k8s.api.core.v1.PersistentVolumeSpec"]["properties"]["claimRef"]
    assert claim == {
        "allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.ObjectReference"}],
        "x-kubernetes-map-type": "granular",
    }


def test_amounts_and_ports_are_of_two_types_in_version_3() -> None:
    schemas = published("", "v1")["components"]["schemas"]
    types = {name: schemas[name]["oneOf"] for name in schemas if name.endswith((".Quantity", ".IntOrString"))}
    assert list(types.values()) == [
        [{"type": "string"}, {"type": "number"}],
        [{"type": "integer"}, {"type": "string"}],
    ]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: f"{resource.qualified}-{resource.version}")
def test_operations_are_called_as_in_the_published_documents_that_the_python_sdk_is_made_from(resource: Any) -> None:
    if resource.group == "metrics.k8s.io":
        return  # of another server: the SDK has none
    import kubernetes.client as sdk

    for operation in operations_of(resource):
        found = re.fullmatch(r"([a-z]+)([A-Z].*?V\d)(.*)", operation.id)
        assert found is not None
        verb, place, rest = found.groups()
        method = verb + re.sub("(?<=[a-z])([A-Z])|([A-Z])(?=[a-z])|^(?=[A-Z])", r"_\1\2", rest).lower()
        assert hasattr(getattr(sdk, f"{place}Api"), method), operation.id
