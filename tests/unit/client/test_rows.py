from __future__ import annotations

import gc
from typing import Any

import msgspec
import pytest

from perfkit.client.rows import EVENTS, Added, Bookmark, Deleted, Failed, Modified, PodRow, flatten
from support.watched import frame, pod


def row(body: dict[str, Any]) -> PodRow:
    event = EVENTS.decode(frame("ADDED", body))
    assert isinstance(event, Added)
    return flatten(event.object)


def test_a_row_holds_what_a_table_of_pods_shows() -> None:
    body = pod("web-1", 42, podIP="10.0.0.1", hostIP="192.0.2.1", qosClass="Burstable")
    body["metadata"] |= {
        "uid": "u-1",
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
    assert row(body) == PodRow(
        namespace="ns",
        name="web-1",
        uid="u-1",
        resource_version="42",
        created="2026-01-01T00:00:00Z",
        deleted="2026-01-02T00:00:00Z",
        owner_kind="ReplicaSet",
        owner_name="web",
        phase="Running",
        reason="CrashLoopBackOff",
        ready=1,
        containers=2,
        restarts=5,
        node="node-1",
        ip="10.0.0.1",
        host_ip="192.0.2.1",
        service_account="default",
        priority=10,
        qos="Burstable",
    )


def test_a_pod_that_is_not_scheduled_has_empty_fields() -> None:
    found = row({"metadata": {"name": "new", "namespace": "ns"}, "spec": {}})
    assert (found.node, found.ip, found.phase, found.reason, found.owner_kind) == ("", "", "", "", "")
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


@pytest.mark.parametrize(("kind", "type_"), [("ADDED", Added), ("MODIFIED", Modified), ("DELETED", Deleted)])
def test_the_kind_of_a_frame_tells_what_happened(kind: str, type_: type) -> None:
    assert isinstance(EVENTS.decode(frame(kind, pod("a"))), type_)


def test_an_error_frame_carries_the_servers_words() -> None:
    event = EVENTS.decode(frame("ERROR", {"kind": "Status", "message": "too old", "code": 410}))
    assert isinstance(event, Failed)
    assert (event.object.message, event.object.code) == ("too old", 410)


def test_only_the_annotated_bookmark_ends_the_first_state() -> None:
    metadata: dict[str, Any] = {"resourceVersion": "7"}
    plain = EVENTS.decode(frame("BOOKMARK", {"metadata": metadata}))
    metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    marked = EVENTS.decode(frame("BOOKMARK", {"metadata": metadata}))
    assert isinstance(plain, Bookmark)
    assert isinstance(marked, Bookmark)
    assert (plain.version, plain.ends_initial_events) == ("7", False)
    assert marked.ends_initial_events


def test_a_frame_of_an_unknown_kind_is_no_event() -> None:
    with pytest.raises(msgspec.ValidationError):
        EVENTS.decode(frame("RENAMED", pod("a")))
