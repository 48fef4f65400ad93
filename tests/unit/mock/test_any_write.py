"""Whatever is written, the application answers with the right Status, never with a fault of its own, and goes on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.shape import Shape
from perfkit.mock.wire import protobuf
from support.asgi import Harness, Response
from support.examples import examples
from support.manifests import DEFINITION, WRITABLE, collection_path, manifest

CLUSTER = Harness(Shape(pods=4, namespaces=1))
REFUSALS = {400, 403, 404, 405, 409, 413, 415, 422}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
FIELDS = st.sampled_from(
    [
        *("metadata", "spec", "status", "data", "template", "containers", "name", "labels", "annotations", "replicas"),
        *(
            "selector",
            "matchLabels",
            "ports",
            "rules",
            "finalizers",
            "ownerReferences",
            "managedFields",
            "uid",
            "$patch",
        ),
        *("resourceVersion", "generateName", "versions", "schema", "$setElementOrder/containers", "a/b~c", "", "ü"),
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=15,
)
PATCHES = st.sampled_from(
    ["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml", "json", "x"]
)
POINTERS = st.lists(FIELDS | st.sampled_from(["0", "-", "1"]), max_size=4).map(
    lambda steps: "".join(f"/{s}" for s in steps)
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "no"]), "path": POINTERS},
        optional={"from": POINTERS, "value": JSON},
    ),
    max_size=4,
)
EACH = settings(max_examples=examples(12))


def hold(response: Response) -> None:
    """Done, or refused with a Status object that says the same as the code."""
    assert response.status in {200, 201, *REFUSALS}, response.body
    if response.status in REFUSALS:
        status = response.json()
        assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", response.status)
        assert status["message"]


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


@EACH
@given(
    resource=st.sampled_from(WRITABLE), field=FIELDS, value=JSON, strict=st.sampled_from(["Strict", "Warn", "Ignore"])
)
def test_any_object_is_taken_or_refused(resource: Any, field: str, value: Any, strict: str) -> None:
    obj = {**manifest(resource), field: value}
    hold(CLUSTER.send("POST", f"{collection_path(resource)}?dryRun=All&fieldValidation={strict}", encoded(obj)))


@EACH
@given(resource=st.sampled_from(WRITABLE), field=FIELDS, value=JSON)
def test_any_spec_is_taken_or_refused(resource: Any, field: str, value: Any) -> None:
    obj = manifest(resource)
    spec = obj.get("spec")
    obj["spec"] = {**spec, field: value} if isinstance(spec, dict) else value
    hold(CLUSTER.send("POST", f"{collection_path(resource)}?dryRun=All", encoded(obj)))


@EACH
@given(patch=JSON | OPERATIONS, kind=PATCHES, part=st.sampled_from(["", "/status", "/scale"]))
def test_any_patch_is_taken_or_refused(patch: Any, kind: str, part: str) -> None:
    cluster = CLUSTER
    deployments = "/apis/apps/v1/namespaces/default/deployments"
    (deployment,) = [resource for resource in WRITABLE if resource.name == "deployments"]
    cluster.post(deployments, manifest(deployment))
    query = "?dryRun=All&fieldManager=x"
    hold(
        cluster.send("PATCH", f"{deployments}/example{part}{query}", encoded(patch), content_type=f"application/{kind}")
    )


@EACH
@given(
    body=st.binary(max_size=40) | JSON.map(encoded), kind=st.sampled_from(["json", "yaml", "vnd.kubernetes.protobuf"])
)
def test_any_bytes_are_taken_or_refused(body: bytes, kind: str) -> None:
    hold(
        CLUSTER.send(
            "POST", "/api/v1/namespaces/default/configmaps?dryRun=All", body, content_type=f"application/{kind}"
        )
    )


# A Pod as client-go writes it: a name, a namespace, one container; then whatever else.
POD = (
    protobuf.MAGIC
    + b"\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x21"
    + b"\x0a\x0e\x0a\x03abc\x12\x00\x1a\x07default"
    + b"\x12\x0f\x12\x0d\x0a\x04main\x12\x05nginx"
)


@EACH
@given(at=st.integers(0, len(POD) - 1), put=st.binary(max_size=4), drop=st.integers(0, 6))
def test_a_spoiled_protobuf_body_is_taken_or_refused(at: int, put: bytes, drop: int) -> None:
    body = POD[:at] + put + POD[at + drop :]
    path = "/api/v1/namespaces/default/pods?dryRun=All"
    hold(CLUSTER.send("POST", path, body, content_type="application/vnd.kubernetes.protobuf"))


@EACH
@given(spec=JSON, schema=JSON, field=FIELDS)
def test_any_definition_is_taken_or_refused(spec: Any, schema: Any, field: str) -> None:
    version = {**DEFINITION["spec"]["versions"][0], "schema": {"openAPIV3Schema": schema}}
    obj = {**DEFINITION, "spec": {**DEFINITION["spec"], "versions": [version], field: spec}}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster = Harness(Shape(pods=1, namespaces=1))
    made = cluster.send("POST", path, encoded(obj))
    hold(made)
    for document in ("/apis", "/openapi/v3", "/openapi/v3/apis/example.com/v1", path):
        assert cluster.get(document).status in {200, 404}
    if made.status == 201:
        hold(cluster.send("POST", "/apis/example.com/v1/namespaces/default/widgets", encoded({"spec": spec})))


@pytest.mark.parametrize("resource", WRITABLE, ids=lambda resource: resource.qualified)
@pytest.mark.parametrize("given", [{}, {"spec": None}, {"spec": {}}, {"metadata": None}, {"status": {}}])
def test_what_says_next_to_nothing_is_taken_or_refused(resource: Any, given: dict[str, Any]) -> None:
    """Found by schemathesis: a namespace and a job without a name, a budget without a spec."""
    cluster = Harness(Shape(pods=4, namespaces=1))
    path = collection_path(resource)
    hold(cluster.post(path, given))
    obj = manifest(resource)
    hold(cluster.post(path, obj))
    for method, kind in (("PUT", "json"), ("PATCH", "merge-patch+json")):
        place = f"{path}/{obj['metadata']['name']}"
        hold(cluster.send(method, place, encoded(given), content_type=f"application/{kind}"))
    cluster.wait(1)
    assert cluster.get(path).status == 200


@pytest.mark.parametrize("amount", ["x", "%", "5%%", "-1%", -1, "101%", "1e3%", None, ""])
def test_a_budget_of_any_amount_is_taken_or_refused(amount: Any) -> None:
    cluster = Harness(Shape(pods=4, namespaces=1))
    for field in ("minAvailable", "maxUnavailable"):
        budget = {"metadata": {"name": "b"}, "spec": {"selector": {}, field: amount}}
        hold(cluster.post("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget))
        cluster.wait(1)


@pytest.mark.parametrize("amount", ["x", "%", "-1%", -1, "1e3%", ""])
def test_a_rollout_in_amounts_that_are_none_is_refused(amount: Any) -> None:
    cluster = Harness(Shape(pods=4, namespaces=1))
    (deployments,) = [resource for resource in WRITABLE if resource.name == "deployments"]
    obj = manifest(deployments)
    obj["spec"] = {**obj["spec"], "strategy": {"rollingUpdate": {"maxSurge": amount}}}
    refused = cluster.post(collection_path(deployments), obj)
    assert refused.status == 422
    assert refused.json()["details"]["causes"][0]["field"] == "spec.strategy.rollingUpdate.maxSurge"


def deep(levels: int) -> bytes:
    return b'{"metadata":{"name":"x"},"data":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


def laughs(levels: int) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(["apiVersion: v1", "kind: ConfigMap", "metadata: {name: x}", *lines]).encode()


def doubling(times: int) -> bytes:
    start = [{"op": "add", "path": "/data", "value": {"a": "x" * 1000}}]
    return encoded(start + [{"op": "copy", "from": "/data", "path": f"/data/{n}"} for n in range(times)])


MANY = b'{"metadata":{"name":"x"},"data":{' + b",".join(b'"%d":"1"' % n for n in range(20_000)) + b',"1":"2"}}'


@pytest.mark.parametrize(
    ("method", "kind", "body"),
    [
        ("POST", "json", deep(100_000)),
        ("POST", "json", MANY),
        ("POST", "yaml", laughs(9)),
        ("POST", "yaml", b"&a [*a]"),
        ("POST", "yaml", b"metadata: {name: x}\ndata: {1: 2, null: 3, [a]: b}"),
        ("POST", "yaml", b"metadata: {name: x}\ndata: {a: 2026-01-01, b: !!binary aGVsbG8=, c: !!set {a}}"),
        ("POST", "yaml", laughs(9).replace(b"a8:", b"data:")),
        ("POST", "yaml", b"metadata: {name: x}\ndata: {a: .nan, b: .inf}"),
        ("POST", "json", b'{"metadata":{"name":"x","labels":{"a":1e400}}}'),
        ("POST", "json", b'{"metadata":{"name":"x","generation":' + b"9" * 400 + b"}}"),
        ("POST", "json", b'{"metadata":{"name":"\\ud800"}}'),
        ("PATCH", "json-patch+json", doubling(40)),
        ("PATCH", "apply-patch+yaml", laughs(9)),
        ("PATCH", "merge-patch+json", deep(100_000)),
        ("DELETE", "json", b'{"gracePeriodSeconds":-1,"preconditions":{"uid":1}}'),
        ("DELETE", "json", b'{"dryRun":[{}],"propagationPolicy":{}}'),
    ],
    ids=lambda value: value[:20].decode() if isinstance(value, bytes) else value,
)
def test_bodies_made_to_hurt_are_refused_or_taken(method: str, kind: str, body: bytes) -> None:
    cluster = Harness(Shape(pods=1, namespaces=1))
    path = "/api/v1/namespaces/default/configmaps"
    cluster.post(path, {"metadata": {"name": "x"}} if method != "POST" else {})
    place = path if method == "POST" else f"{path}/x"
    hold(cluster.send(method, f"{place}?fieldManager=x", body, content_type=f"application/{kind}"))
    assert cluster.get(path).status == 200
