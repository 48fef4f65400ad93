"""Create, update, patch: what the server sets, checks and refuses."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.exchange import LARGEST_BODY
from perfkit.mock.generator.shape import Shape
from support.asgi import Harness
from support.examples import examples
from support.manifests import DEFINITION, SPECS

CONFIG = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def config(name: str = "cm", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": {"a": "b"}}


def deployment(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": {**SPECS["deployments.apps"]["spec"], **spec}}


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def test_a_generated_name_begins_with_its_prefix_and_follows_from_what_came_before(cluster: Harness) -> None:
    made = [cluster.post(CONFIG, {"metadata": {"generateName": "x-"}}).json()["metadata"]["name"] for _ in range(3)]
    assert len(set(made)) == 3
    assert all(name.startswith("x-") and len(name) == 7 for name in made)
    other = Harness()
    assert other.post(CONFIG, {"metadata": {"generateName": "x-"}}).json()["metadata"]["name"] == made[0]


def test_two_servers_answer_the_same_writes_alike() -> None:
    def bodies() -> list[bytes]:
        cluster = Harness()
        return [
            cluster.post(DEPLOYMENTS, deployment()).body,
            cluster.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}).body,
            cluster.delete(f"{DEPLOYMENTS}/web").body,
        ]

    assert bodies() == bodies()


def test_defaults_that_clients_see_are_filled(cluster: Harness) -> None:
    spec = cluster.post(DEPLOYMENTS, deployment()).json()["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "RollingUpdate")
    assert spec["template"]["spec"]["restartPolicy"] == "Always"
    assert spec["template"]["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    service = cluster.post(
        "/api/v1/namespaces/default/services", {"metadata": {"name": "s"}, **SPECS["services"]}
    ).json()
    assert service["spec"]["clusterIP"].startswith("10.")
    assert service["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    pod = cluster.post("/api/v1/namespaces/default/pods", {"metadata": {"name": "p"}, **SPECS["pods"]}).json()
    assert (pod["status"]["phase"], pod["status"]["qosClass"]) == ("Pending", "BestEffort")


def test_the_generation_counts_changes_of_the_spec_alone(cluster: Harness) -> None:
    assert cluster.post(DEPLOYMENTS, deployment()).json()["metadata"]["generation"] == 1
    labelled = cluster.patch(f"{DEPLOYMENTS}/web", {"metadata": {"labels": {"a": "b"}}}).json()
    assert labelled["metadata"]["generation"] == 1
    assert cluster.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 4}}).json()["metadata"]["generation"] == 2
    status = cluster.patch(f"{DEPLOYMENTS}/web/status", {"status": {"replicas": 4}}).json()
    assert (status["metadata"]["generation"], status["status"]["replicas"]) == (2, 4)


def test_the_status_is_written_through_its_own_place_alone(cluster: Harness) -> None:
    created = cluster.post(DEPLOYMENTS, {**deployment(), "status": {"replicas": 9}}).json()
    assert created["status"] == {}
    assert cluster.patch(f"{DEPLOYMENTS}/web", {"status": {"replicas": 9}}).json()["status"] == {}
    changed = cluster.patch(f"{DEPLOYMENTS}/web/status", {"status": {"replicas": 9}, "spec": {"replicas": 9}}).json()
    assert (changed["status"]["replicas"], changed["spec"]["replicas"]) == (9, 1)


def test_a_write_on_an_older_state_conflicts(cluster: Harness) -> None:
    old = cluster.post(CONFIG, config()).json()
    cluster.patch(f"{CONFIG}/cm", {"data": {"a": "c"}})
    refused = cluster.put(f"{CONFIG}/cm", {**old, "data": {"a": "d"}}).json()
    assert (refused["code"], refused["reason"]) == (409, "Conflict")
    assert refused["message"] == (
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to '
        "the latest version and try again"
    )
    del old["metadata"]["resourceVersion"]
    assert cluster.put(f"{CONFIG}/cm", {**old, "data": {"a": "d"}}).status == 200


PATCHES = [
    ("merge-patch+json", {"data": {"a": None, "c": "d"}}),
    ("strategic-merge-patch+json", {"data": {"a": None, "c": "d"}}),
    ("json-patch+json", [{"op": "remove", "path": "/data/a"}, {"op": "add", "path": "/data/c", "value": "d"}]),
]


@pytest.mark.parametrize(("kind", "patch"), PATCHES)
def test_each_kind_of_patch_changes_an_object(cluster: Harness, kind: str, patch: Any) -> None:
    cluster.post(CONFIG, config())
    assert cluster.patch(f"{CONFIG}/cm", patch, kind).json()["data"] == {"c": "d"}


def test_a_strategic_merge_finds_list_members_by_their_keys(cluster: Harness) -> None:
    cluster.post(DEPLOYMENTS, deployment())
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "more", "image": "m"}]}}}}
    patched = cluster.patch(f"{DEPLOYMENTS}/web", patch, "strategic-merge-patch+json").json()
    assert [c["name"] for c in patched["spec"]["template"]["spec"]["containers"]] == ["more", "c"]


def test_apply_creates_then_merges_and_tells_of_conflicts(cluster: Harness) -> None:
    path, kind = f"{CONFIG}/cm?fieldManager=", "apply-patch+yaml"
    assert cluster.patch(f"{path}one", config(), kind).status == 201
    again = cluster.patch(f"{path}one", config(), kind).json()
    assert again["metadata"]["managedFields"][0]["operation"] == "Apply"
    refused = cluster.patch(f"{path}two", {**config(), "data": {"a": "z"}}, kind).json()
    assert (refused["code"], refused["reason"]) == (409, "Conflict")
    assert refused["details"]["causes"][0]["field"] == ".data.a"
    forced = cluster.patch(f"{path}two&force=true", {**config(), "data": {"a": "z"}}, kind).json()
    assert forced["data"] == {"a": "z"}


BAD_BODIES = [
    (b"{", "application/json", 400),
    (b"[1]", "application/json", 400),
    (b"null", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"", "application/json", 400),
    (b"k8s\x00\xff\xff", "application/vnd.kubernetes.protobuf", 400),
    (b"nope", "application/vnd.kubernetes.protobuf", 400),
    (b"a: [", "application/yaml", 400),
    (b"{}", "text/plain", 415),
    (b'{"metadata":[]}', "application/json", 400),
    (b'{"metadata":{"name":7}}', "application/json", 400),
    (b'{"metadata":{"name":"a"},"data":[1]}', "application/json", 400),
    (b'{"kind":"Pod","metadata":{"name":"a"}}', "application/json", 400),
    (b'{"apiVersion":"v2","metadata":{"name":"a"}}', "application/json", 400),
    (b'{"metadata":{}}', "application/json", 422),
    (b'{"metadata":{"name":"a","namespace":"other"}}', "application/json", 400),
    (b'{"metadata":{"name":"a","labels":{"a b":"c"}}}', "application/json", 422),
    (b" " * (LARGEST_BODY + 1), "application/json", 413),
]


@pytest.mark.parametrize(("body", "kind", "code"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_refused_and_changes_nothing(cluster: Harness, body: bytes, kind: str, code: int) -> None:
    version = cluster.store.version
    response = cluster.send("POST", CONFIG, body, content_type=kind)
    status = response.json()
    assert (response.status, status["kind"], status["code"]) == (code, "Status", code), status
    assert cluster.store.version == version


def test_unknown_fields_fail_strictly_warn_by_default_and_are_dropped(cluster: Harness) -> None:
    obj = {**config(), "color": "red"}
    refused = cluster.post(f"{CONFIG}?fieldValidation=Strict", obj).json()
    assert refused["message"].endswith('strict decoding error: unknown field "color"')
    taken = cluster.post(CONFIG, obj)
    assert taken.headers["warning"] == '299 - "unknown field \\"color\\""'
    assert "color" not in taken.json()
    assert cluster.post(f"{CONFIG}?fieldValidation=Maybe", config("b")).status == 422
    patched = cluster.patch(f"{CONFIG}/cm?fieldValidation=Strict", {"color": "red"}).json()
    assert (patched["code"], patched["details"]["causes"][0]["field"]) == (422, "patch")


RULES = [
    ({"spec": {**SPECS["deployments.apps"]["spec"], "selector": {"matchLabels": {"app": "y"}}}}, "labels"),
    ({"spec": {**SPECS["deployments.apps"]["spec"], "replicas": -1}}, "spec.replicas"),
    ({"spec": {**SPECS["deployments.apps"]["spec"], "template": {"spec": {"containers": []}}}}, "spec.template"),
]


@pytest.mark.parametrize(("change", "field"), RULES)
def test_broken_rules_name_the_field(cluster: Harness, change: dict[str, Any], field: str) -> None:
    status = cluster.post(DEPLOYMENTS, {**deployment(), **change}).json()
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert any(field in cause["field"] for cause in status["details"]["causes"])


def test_what_is_immutable_stays(cluster: Harness) -> None:
    cluster.post(DEPLOYMENTS, deployment())
    patch = [{"op": "replace", "path": "/spec/selector", "value": {"matchLabels": {"app": "x", "b": "c"}}}]
    status = cluster.patch(f"{DEPLOYMENTS}/web", patch, "json-patch+json").json()
    assert "field is immutable" in status["message"]
    pods = cluster.list("/api/v1/namespaces/default/pods")["items"]
    place = f"/api/v1/namespaces/default/pods/{pods[0]['metadata']['name']}"
    assert cluster.patch(place, {"spec": {"nodeName": "other"}}).status == 422


def test_nothing_is_created_where_there_is_no_namespace(cluster: Harness) -> None:
    status = cluster.post(CONFIG.replace("default", "nowhere"), config()).json()
    assert (status["code"], status["message"]) == (404, 'namespaces "nowhere" not found')


def test_both_event_groups_show_the_same_events(cluster: Harness) -> None:
    young = "/apis/events.k8s.io/v1/namespaces/default/events"
    cluster.post(young, {"metadata": {"name": "e"}, **SPECS["events.events.k8s.io"]})
    old = cluster.get("/api/v1/namespaces/default/events/e").json()
    assert (old["involvedObject"]["name"], old["message"]) == ("p", "n")
    assert cluster.get(f"{young}/e").json()["note"] == "n"


def test_a_definition_makes_its_resource_appear_and_vanish(cluster: Harness) -> None:
    assert cluster.get(WIDGETS).status == 404
    established = cluster.post(DEFINITIONS, DEFINITION).json()
    assert {c["type"]: c["status"] for c in established["status"]["conditions"]}["Established"] == "True"
    made = cluster.post(WIDGETS, {"metadata": {"name": "w"}, "spec": {"size": 3, "junk": 1}}).json()
    assert made["spec"] == {"size": 3, "color": "red"}
    assert cluster.post(WIDGETS, {"metadata": {"name": "v"}, "spec": {"size": 0}}).status == 422
    assert cluster.patch(f"{WIDGETS}/w", {"spec": {"size": 4}}, "strategic-merge-patch+json").status == 415
    assert cluster.patch(f"{WIDGETS}/w/scale", {"spec": {"replicas": 5}}).json()["spec"]["replicas"] == 5
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert cluster.patch(f"{WIDGETS}/w/status", ready).json()["spec"]["size"] == 5
    table = cluster.get(WIDGETS, "application/json;as=Table;v=v1;g=meta.k8s.io").json()
    assert table["rows"][0]["cells"] == ["w", 5, "True", "0s"]
    assert any(group["name"] == "example.com" for group in cluster.list("/apis")["groups"])
    cluster.delete(f"{DEFINITIONS}/widgets.example.com")
    assert cluster.get(WIDGETS).status == 404
    cluster.post(DEFINITIONS, DEFINITION)
    assert cluster.list(WIDGETS)["items"] == []


def test_a_reset_forgets_what_was_defined_and_written() -> None:
    cluster = Harness()
    before = cluster.get("/apis").body
    cluster.post(DEFINITIONS, DEFINITION)
    cluster.post(CONFIG, config())
    cluster.store.reset()
    assert cluster.get("/apis").body == before
    assert cluster.get(f"{CONFIG}/cm").status == 404


OPERATIONS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["create", "patch", "delete"]), st.integers(0, 3)), max_size=25
)


@given(before=OPERATIONS, after=OPERATIONS)
@settings(max_examples=examples(10))
def test_a_list_and_the_watch_from_it_add_up_to_the_later_list(before: Any, after: Any) -> None:
    cluster = Harness(Shape(pods=3, namespaces=1))
    write(cluster, before)
    listed = cluster.list(CONFIG)
    state = {item["metadata"]["name"]: item for item in listed["items"]}
    version = listed["metadata"]["resourceVersion"]
    write(cluster, after)
    watched = cluster.get(f"{CONFIG}?watch=1&resourceVersion={version}&timeoutSeconds=1").frames()
    for frame in watched:
        name = frame["object"]["metadata"]["name"]
        seen = {key: value for key, value in frame["object"].items() if key not in {"kind", "apiVersion"}}
        assert (frame["type"] == "ADDED") == (name not in state)
        if frame["type"] == "DELETED":
            del state[name]
        else:
            state[name] = seen
    later = cluster.list(CONFIG)
    assert sorted(state) == [item["metadata"]["name"] for item in later["items"]]
    assert [state[name] for name in sorted(state)] == later["items"]


def write(cluster: Harness, operations: Any) -> None:
    for name, verb, value in operations:
        match verb:
            case "create":
                cluster.post(CONFIG, config(name))
            case "patch":
                cluster.patch(f"{CONFIG}/{name}", {"data": {"a": str(value)}})
            case _:
                cluster.delete(f"{CONFIG}/{name}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "name", "labels", "containers", "template", "selector", "ports", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PLACES = st.sampled_from([CONFIG, DEPLOYMENTS, "/api/v1/namespaces/default/pods", DEFINITIONS, WIDGETS])


@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
    place=PLACES,
    body=JSON | st.binary(max_size=8),
    kind=st.sampled_from(
        ["json", "merge-patch+json", "json-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"]
    ),
)
@settings(max_examples=examples(60))
def test_any_body_is_answered_without_a_fault(method: str, place: str, body: Any, kind: str) -> None:
    cluster = FUZZED
    path = place if method == "POST" else f"{place}/example"
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    response = cluster.send(method, path, content, content_type=f"application/{kind}")
    assert response.status in {200, 201, 400, 404, 405, 409, 413, 415, 422}, response.body


FUZZED = Harness(Shape(pods=3, namespaces=1))
FUZZED.post(DEFINITIONS, DEFINITION)
FUZZED.post(WIDGETS, {"metadata": {"name": "example"}})
FUZZED.post(CONFIG, config("example"))
FUZZED.post(DEPLOYMENTS, {**deployment(), "metadata": {"name": "example"}})
