from __future__ import annotations

import gc
from typing import Any

import msgspec
import pytest

from perfkit.client.fields import FIELDS, Field, fields_of, text
from perfkit.client.frames import Bookmark, Failed, Frames, Malformed
from perfkit.client.schema import Schema, labels_of
from perfkit.errors import UsageError
from support.watched import frame, pod

PODS = Schema(fields_of("pods"))
FRAMES = Frames(PODS.object_type)


def row(body: dict[str, Any]) -> Any:
    [event] = FRAMES.events(frame("ADDED", body))
    return PODS.row(event.object)


def test_a_row_holds_what_a_table_of_pods_shows() -> None:
    body = pod("web-1", 42, podIP="10.0.0.1", hostIP="192.0.2.1", qosClass="Burstable")
    body["metadata"] |= {
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "deletionTimestamp": "2026-01-02T00:00:00Z",
        "ownerReferences": [
            {"kind": "ConfigMap", "name": "other"},
            {"kind": "ReplicaSet", "name": "web", "controller": True},
        ],
    }
    body["spec"] |= {"serviceAccountName": "default", "priority": 10}
    body["status"]["containerStatuses"] = [
        {"ready": True, "restartCount": 2, "state": {"running": {}}},
        {"ready": False, "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    ]
    assert msgspec.structs.asdict(row(body)) == {
        "namespace": "ns",
        "name": "web-1",
        "resource_version": "42",
        "created": 1767225600,
        "labels": "",
        "deleted": "2026-01-02T00:00:00Z",
        "owner": "ReplicaSet/web",
        "phase": "Running",
        "reason": "CrashLoopBackOff",
        "ready": 1,
        "containers": 2,
        "restarts": 5,
        "node": "node-1",
        "ip": "10.0.0.1",
        "service_account": "default",
        "priority": 10,
        "qos": "Burstable",
    }


def test_a_pod_that_is_not_scheduled_has_empty_fields() -> None:
    found = row({"metadata": {"name": "new", "namespace": "ns"}, "spec": {}})
    assert (found.node, found.ip, found.phase, found.reason, found.owner) == ("", "", "", "", "")
    assert (found.ready, found.containers, found.restarts) == (0, 0, 0)


def test_the_pods_own_reason_comes_before_its_containers() -> None:
    states = [{"state": {"terminated": {"reason": "Error"}}}]
    assert row(pod("a", reason="Evicted", containerStatuses=states)).reason == "Evicted"
    assert row(pod("a", containerStatuses=states)).reason == "Error"


def test_words_that_repeat_are_kept_once() -> None:
    first, second = row(pod("a", phase="Pending")), row(pod("b", phase="Pending"))
    assert first.namespace is second.namespace
    assert first.node is second.node
    assert first.phase is second.phase


def test_rows_are_no_work_for_the_garbage_collector() -> None:
    assert not gc.is_tracked(row(pod("a")))


def test_the_kind_of_a_frame_tells_what_happened() -> None:
    added, modified, gone = FRAMES.events(b"".join(frame(kind, pod("a")) for kind in ("ADDED", "MODIFIED", "DELETED")))
    assert isinstance(added, FRAMES.put)
    assert isinstance(modified, FRAMES.put)
    assert isinstance(gone, FRAMES.gone)


def test_an_error_frame_carries_the_servers_words() -> None:
    [event] = FRAMES.events(frame("ERROR", {"kind": "Status", "message": "too old", "code": 410}))
    assert isinstance(event, Failed)
    assert (event.object.message, event.object.code) == ("too old", 410)


def test_only_the_annotated_bookmark_ends_the_first_state() -> None:
    metadata: dict[str, Any] = {"resourceVersion": "7"}
    [plain] = FRAMES.events(frame("BOOKMARK", {"metadata": metadata}))
    metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    [marked] = FRAMES.events(frame("BOOKMARK", {"metadata": metadata}))
    assert isinstance(plain, Bookmark)
    assert isinstance(marked, Bookmark)
    assert (plain.version, plain.ends_initial_events) == ("7", False)
    assert marked.ends_initial_events


def test_a_frame_of_an_unknown_kind_is_malformed_and_names_its_object() -> None:
    [event] = FRAMES.events(frame("RENAMED", pod("a")))
    assert isinstance(event, Malformed)
    assert (event.namespace, event.name) == ("ns", "a")


def test_of_a_page_only_the_item_that_is_malformed_is_left_out() -> None:
    items = [pod("a"), {"metadata": {"name": "b"}, "status": {"phase": 3}}, pod("c")]
    page = FRAMES.page(msgspec.json.encode({"metadata": {"resourceVersion": "9", "continue": "more"}, "items": items}))
    assert [isinstance(item, Malformed) for item in page.items] == [False, True, False]
    assert (page.version, page.rest) == ("9", "more")


def test_bytes_that_are_no_utf8_are_one_objects_and_not_everybodys() -> None:
    bad = frame("ADDED", pod("b")).replace(b'"b"', b'"\xff"')
    events = FRAMES.events(frame("ADDED", pod("a")) + bad + frame("ADDED", pod("c")))
    assert [isinstance(event, Malformed) for event in events] == [False, True, False]
    items = msgspec.json.encode([pod("a"), pod("b")]).replace(b'"b"', b'"\xff"')
    page = FRAMES.page(b'{"metadata": {"resourceVersion": "9"}, "items": ' + items + b"}")
    assert [isinstance(item, Malformed) for item in page.items] == [False, True]


@pytest.mark.parametrize("resource", FIELDS)
def test_of_every_resource_an_empty_object_is_a_row(resource: str) -> None:
    schema = Schema(fields_of(resource))
    found = schema.row(schema.decode(b'{"metadata":{"name":"a"}}'))
    assert found.name == "a"
    for field in schema.fields:
        assert isinstance(getattr(found, field.name), field.type)


def test_null_is_as_good_as_nothing() -> None:
    body: dict[str, Any] = {"metadata": {"name": "a", "labels": None, "creationTimestamp": None}, "spec": None}
    assert row(body | {"status": {"phase": None}}) == row({"metadata": {"name": "a"}})


def test_an_object_without_a_name_is_none() -> None:
    with pytest.raises(msgspec.ValidationError, match="without a name"):
        row({"metadata": {}})


def test_labels_are_kept_as_they_came_and_read_when_wanted() -> None:
    body = pod("a")
    body["metadata"]["labels"] = {"app": "web", "example.com/tier": "1"}
    assert labels_of(row(body)) == {"app": "web", "example.com/tier": "1"}
    assert labels_of(row(pod("b"))) == {}


def test_any_field_of_any_object_may_be_chosen() -> None:
    schema = Schema(
        [
            text("owner", r"metadata.annotations.example\.com/owner"),
            Field(name="size", paths={"spec.size": int}, type=int),
        ]
    )
    body = b'{"metadata":{"name":"w","annotations":{"example.com/owner":"me"}},"spec":{"size":3}}'
    found: Any = schema.row(schema.decode(body))
    assert (found.owner, found.size) == ("me", 3)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([text("name", "spec.name")], "one name"),
        ([text("a", "spec.a"), text("b", "spec.a.b")], "lies within"),
        ([text("a", "spec.a"), Field(name="b", paths={"spec.a": int}, type=int)], "something else"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: list[Field], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Schema(fields)
