"""Objects that steps create, touch and delete; and writes that meet a conflict."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from perfkit.errors import ClusterError
from perfkit.mock.changes import ChangeLog, Line
from perfkit.mock.users import TOUCHED
from perfkit.model.control import MockError, Submitted
from perfkit.model.objects import Act, Batch
from perfkit.storage.faults import parse_fault
from support.asgi import Harness
from support.manifests import DEFINITION

WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def harness() -> Harness:
    found = Harness()
    assert found.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION).status == 201
    return found


def batch(act: Act = "create", count: int = 4, rate: float = 2.0, **spec: Any) -> Batch:
    metadata = {"name": "w-{n}", "labels": {"number": "{n}"}}
    manifest = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": spec or {"size": 1}}
    return Batch(act=act, manifest=manifest, count=count, rate=rate)


def submitted(harness: Harness, batch_: Batch, seconds: float = 60.0) -> list[Submitted | MockError]:
    told: list[Submitted | MockError] = []
    harness.app.users.submit(batch_, told.append)
    harness.wait(seconds)
    return told


def names(harness: Harness) -> list[str]:
    return [item["metadata"]["name"] for item in harness.list(WIDGETS)["items"]]


def test_they_come_at_their_rate_and_all_of_them(harness: Harness) -> None:
    told: list[Submitted | MockError] = []
    harness.app.users.submit(batch(count=4, rate=2), told.append)
    assert names(harness) == ["w-0"]
    harness.wait(0.99)
    assert (names(harness), told) == (["w-0", "w-1"], [])
    harness.wait(0.51)
    assert names(harness) == ["w-0", "w-1", "w-2", "w-3"]
    assert told == [Submitted(count=4)]


@pytest.mark.parametrize("rate", [0.7, 3, 100, 330, 1000])
def test_whatever_the_rate_no_object_is_left_out_or_late(harness: Harness, rate: float) -> None:
    assert submitted(harness, batch(count=30, rate=rate), 29 / rate + 0.02) == [Submitted(count=30)]
    assert len(names(harness)) == 30


def test_they_are_written_as_a_client_would_write_them(harness: Harness) -> None:
    submitted(harness, batch(count=1))
    found = harness.list(f"{WIDGETS}?labelSelector=number=0")["items"][0]
    assert found["spec"] == {"size": 1, "color": "red"}  # a default of its definition
    assert found["metadata"]["managedFields"][0]["manager"] == "perfkit"


def test_watches_see_them(harness: Harness) -> None:
    version = harness.list(WIDGETS)["metadata"]["resourceVersion"]
    seen = harness.watch(f"{WIDGETS}?watch=1&resourceVersion={version}", lambda: submitted(harness, batch(count=2)))
    assert [(frame["type"], frame["object"]["metadata"]["name"]) for frame in seen.frames()] == [
        ("ADDED", "w-0"),
        ("ADDED", "w-1"),
    ]


def test_a_touch_merges_the_manifest_and_always_changes_the_object(harness: Harness) -> None:
    submitted(harness, batch(count=2))
    submitted(harness, batch("touch", count=2, size=2))
    first = harness.list(WIDGETS)["items"]
    assert [item["spec"] for item in first] == [{"size": 2, "color": "red"}] * 2
    submitted(harness, batch("touch", count=2, size=2))
    again = harness.list(WIDGETS)["items"]
    versions = [int(item["metadata"]["resourceVersion"]) for item in (*first, *again)]
    assert len(set(versions)) == 4
    assert all(TOUCHED in item["metadata"]["annotations"] for item in again)


def test_a_deletion_deletes_them(harness: Harness) -> None:
    submitted(harness, batch(count=4))
    assert submitted(harness, batch("delete", count=3)) == [Submitted(count=3)]
    assert names(harness) == ["w-3"]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (batch("touch"), 'cannot touch what a step says: widgets.example.com "w-0" not found'),
        (batch("delete"), 'cannot delete what a step says: widgets.example.com "w-0" not found'),
        (batch(size=0), "cannot create what a step says: .*spec.size"),
    ],
)
def test_what_cannot_be_done_is_told_once_and_ends_it(harness: Harness, wrong: Batch, complaint: str) -> None:
    (told,) = submitted(harness, wrong)
    assert isinstance(told, MockError)
    with pytest.raises(ValueError, match=complaint):
        raise ValueError(told.message)
    assert names(harness) == []


def test_a_kind_that_is_not_served_is_told() -> None:
    with pytest.raises(ClusterError, match=r"serves no example\.com/v1 Widget") as caught:
        submitted(Harness(), batch())
    assert "cluster.manifests" in caught.value.advice


def test_the_log_of_changes_tells_a_steps_changes_from_the_clients_and_who_owns_what(
    harness: Harness, tmp_path: Any
) -> None:
    log = ChangeLog(harness.store)
    log.restart(tmp_path / "x.requests.jsonl")
    submitted(harness, batch(count=1))
    uid = harness.list(WIDGETS)["items"][0]["metadata"]["uid"]
    owner = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w-0", "uid": uid}
    harness.post(MAPS, {"metadata": {"name": "owned", "ownerReferences": [owner]}})
    log.flush()
    lines = [msgspec.json.decode(line, type=Line) for line in (tmp_path / "x.changes.jsonl").read_bytes().splitlines()]
    assert [(line.by, line.resource, line.name, line.uid, line.owners) for line in lines] == [
        ("user", "widgets.example.com", "w-0", uid, ()),
        ("client", "configmaps", "owned", "", (uid,)),
    ]


def test_a_conflict_refuses_who_means_the_version_he_read_and_lets_through_who_means_any(harness: Harness) -> None:
    submitted(harness, batch(count=1))
    read = harness.get(f"{WIDGETS}/w-0").json()
    harness.faults.add(parse_fault("conflict resource=widgets.example.com"))
    refused = harness.put(f"{WIDGETS}/w-0", {**read, "spec": {"size": 5}})
    assert (refused.status, refused.json()["reason"]) == (409, "Conflict")
    assert harness.patch(f"{WIDGETS}/w-0", {"spec": {"size": 6}}).status == 200
    now = harness.get(f"{WIDGETS}/w-0").json()
    assert (now["spec"]["size"], int(now["metadata"]["resourceVersion"])) == (
        6,
        int(read["metadata"]["resourceVersion"]) + 3,
    )


def test_a_conflict_strikes_the_subresource_that_it_names(harness: Harness) -> None:
    submitted(harness, batch(count=1))
    read = harness.get(f"{WIDGETS}/w-0").json()
    harness.faults.add(parse_fault("conflict resource=widgets.example.com/status count=1"))
    assert harness.put(f"{WIDGETS}/w-0/status", {**read, "status": {"size": 1}}).status == 409
    again = harness.get(f"{WIDGETS}/w-0").json()
    assert harness.put(f"{WIDGETS}/w-0/status", {**again, "status": {"size": 1}}).status == 200


def test_a_conflict_strikes_nothing_but_changes_of_what_is_there(harness: Harness) -> None:
    harness.faults.add(parse_fault("conflict"))
    assert harness.post(MAPS, {"metadata": {"name": "new"}}).status == 201
    assert harness.delete(f"{MAPS}/none").status == 404
    assert harness.get(f"{MAPS}/new").status == 200
