"""GET and LIST: pages, states, selectors, forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.asgi import Harness, pod
from support.examples import examples

PODS = "/api/v1/pods"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


def names(listed: dict[str, Any]) -> list[str]:
    return [f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}" for item in listed["items"]]


def pages(cluster: Harness, limit: int, query: str = "") -> list[dict[str, Any]]:
    found, token = [], ""
    while True:
        found.append(cluster.list(f"{PODS}?limit={limit}{query}" + (f"&continue={token}" if token else "")))
        token = found[-1]["metadata"].get("continue", "")
        if not token:
            return found


def test_a_list_holds_all_objects_in_the_order_of_their_keys(cluster: Harness) -> None:
    listed = cluster.list(PODS)
    assert (listed["kind"], listed["apiVersion"]) == ("PodList", "v1")
    assert listed["metadata"] == {"resourceVersion": str(cluster.store.version)}
    assert len(names(listed)) == 40
    assert names(listed) == sorted(names(listed), key=lambda key: key.encode())
    assert "kind" not in listed["items"][0]


@given(limit=st.integers(1, 45))
@settings(max_examples=examples(8))
def test_pages_of_any_size_add_up_to_the_list(limit: int) -> None:
    cluster = Harness()
    found = pages(cluster, limit)
    assert [name for page in found for name in names(page)] == names(cluster.list(PODS))
    left = 40
    for page in found:
        left -= len(page["items"])
        assert page["metadata"].get("remainingItemCount", 0) == left


def test_every_page_shows_the_first_pages_state() -> None:
    cluster = Harness()
    before = cluster.list(PODS)
    first = cluster.list(f"{PODS}?limit=10")
    key = names(before)[20]
    cluster.change("pods", key, None)
    cluster.change("pods", "default/zzz", pod("default", "zzz"))
    second = cluster.list(f"{PODS}?limit=100&continue={first['metadata']['continue']}")
    assert first["items"] + second["items"] == before["items"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_an_expired_token_is_answered_with_one_that_leads_on_inconsistently() -> None:
    cluster = Harness(window=1)
    first = cluster.list(f"{PODS}?limit=39")
    for name in ("one", "two"):
        cluster.change("pods", f"zzz/{name}", pod("zzz", name))
    refused = cluster.get(f"{PODS}?limit=39&continue={first['metadata']['continue']}")
    status = refused.json()
    assert (refused.status, status["reason"]) == (410, "Expired")
    onward = cluster.list(f"{PODS}?continue={status['metadata']['continue']}")
    assert names(onward)[-2:] == ["zzz/one", "zzz/two"]
    assert len(names(onward)) == 3
    assert onward["metadata"]["resourceVersion"] == str(cluster.store.version)


def test_remaining_items_are_not_counted_with_selectors(cluster: Harness) -> None:
    metadata = cluster.list(f"{PODS}?limit=1&fieldSelector=status.phase=Running")["metadata"]
    assert "continue" in metadata
    assert "remainingItemCount" not in metadata


def test_the_last_selected_object_ends_the_pages(cluster: Harness) -> None:
    name = names(cluster.list(PODS))[3].split("/")[1]
    listed = cluster.list(f"{PODS}?limit=1&fieldSelector=metadata.name={name}")
    assert len(listed["items"]) == 1
    assert "continue" not in listed["metadata"]


def test_any_version_ignores_the_limit(cluster: Harness) -> None:
    assert len(cluster.list(f"{PODS}?limit=5&resourceVersion=0")["items"]) == 40


def test_version_with_limit_means_exactly_that_one() -> None:
    cluster = Harness()
    version = cluster.store.version
    cluster.change("pods", "zzz/new", pod("zzz", "new"))
    assert len(cluster.list(f"{PODS}?resourceVersion={version}")["items"]) == 41
    assert len(cluster.list(f"{PODS}?resourceVersion={version}&limit=500")["items"]) == 40
    exact = cluster.list(f"{PODS}?resourceVersion={version}&resourceVersionMatch=Exact")
    assert (len(exact["items"]), exact["metadata"]["resourceVersion"]) == (40, str(version))
    newer = cluster.list(f"{PODS}?resourceVersion={version}&resourceVersionMatch=NotOlderThan&limit=500")
    assert len(newer["items"]) == 41


def test_a_version_from_the_future_is_too_large(cluster: Harness) -> None:
    response = cluster.get(f"{PODS}?resourceVersion={cluster.store.version + 1}")
    status = response.json()
    assert (response.status, status["reason"]) == (504, "Timeout")
    assert status["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_a_version_from_before_is_too_old(cluster: Harness) -> None:
    response = cluster.get(f"{PODS}?resourceVersion=5&resourceVersionMatch=Exact")
    assert (response.status, response.json()["message"]) == (
        410,
        "The resourceVersion for the provided list is too old.",
    )


def test_a_namespace_lists_its_own_and_an_unknown_one_nothing(cluster: Harness) -> None:
    everywhere = names(cluster.list(PODS))
    there = names(cluster.list("/api/v1/namespaces/default/pods"))
    assert there == [name for name in everywhere if name.startswith("default/")]
    assert there
    assert cluster.list("/api/v1/namespaces/default/pods/") == cluster.list("/api/v1/namespaces/default/pods")
    assert cluster.list("/api/v1/namespaces/nowhere/pods")["items"] == []


def test_continue_within_a_namespace_is_relative_to_it(cluster: Harness) -> None:
    path = "/api/v1/namespaces/default/pods"
    first = cluster.list(f"{path}?limit=2")
    second = cluster.list(f"{path}?continue={first['metadata']['continue']}")
    assert first["items"] + second["items"] == cluster.list(path)["items"]


@pytest.mark.parametrize("selector", ["app={app}", "app in ({app},x)", "app,app notin (x),app!=y,!nope", "app=={app}"])
def test_label_selectors_select(cluster: Harness, selector: str) -> None:
    everything = cluster.list(PODS)["items"]
    app = everything[0]["metadata"]["labels"]["app"]
    listed = cluster.list(f"{PODS}?labelSelector={quote(selector.format(app=app))}")["items"]
    wanted = everything if "nope" in selector else [i for i in everything if i["metadata"]["labels"]["app"] == app]
    assert listed == wanted


def test_field_selectors_select(cluster: Harness) -> None:
    everything = cluster.list(PODS)["items"]
    there = [item for item in everything if item["spec"]["nodeName"] == "node-00001"]
    assert cluster.list(f"{PODS}?fieldSelector=spec.nodeName%3Dnode-00001")["items"] == there
    rest = cluster.list(f"{PODS}?fieldSelector=spec.nodeName!=node-00001,status.phase=Running")["items"]
    assert len(rest) + len(there) == 40


def test_an_unknown_field_cannot_be_selected_by(cluster: Harness) -> None:
    response = cluster.get(f"{PODS}?fieldSelector=spec.color=red")
    assert (response.status, response.json()["message"]) == (400, "field label not supported: spec.color")


def test_one_object_carries_its_kind(cluster: Harness) -> None:
    listed = cluster.list(PODS)["items"][7]
    metadata = listed["metadata"]
    found = cluster.get(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}").json()
    assert found == {"kind": "Pod", "apiVersion": "v1", **listed}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/v1/namespaces/default/pods/nope", 'pods "nope" not found'),
        ("/api/v1/namespaces/nope", 'namespaces "nope" not found'),
        ("/api/v1/nodes/nope", 'nodes "nope" not found'),
    ],
)
def test_a_missing_object_is_not_found(cluster: Harness, path: str, message: str) -> None:
    response = cluster.get(path)
    status = response.json()
    assert (response.status, status["reason"], status["message"]) == (404, "NotFound", message)
    assert status["details"] == {"name": "nope", "kind": path.split("/")[-2]}


def test_a_changed_object_is_shown_in_its_place() -> None:
    cluster = Harness()
    listed = cluster.list(PODS)
    key, original = names(listed)[5], listed["items"][5]
    changed = {**original, "metadata": {**original["metadata"], "labels": {"app": "changed"}}}
    version = cluster.change("pods", key, changed)
    after = cluster.list(PODS)
    assert names(after) == names(listed)
    assert after["items"][5]["metadata"]["resourceVersion"] == str(version)
    assert after["items"][5]["metadata"]["labels"] == {"app": "changed"}
    assert names(cluster.list(f"{PODS}?labelSelector=app=changed")) == [key]


def test_large_answers_are_compressed_when_asked_and_small_ones_never(cluster: Harness) -> None:
    packed = cluster.get(PODS, accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == cluster.list(PODS)
    assert "content-encoding" not in cluster.get(f"{PODS}?limit=2", accept_encoding="gzip").headers
    assert "content-encoding" not in cluster.get(PODS).headers


def test_after_a_reset_the_cluster_is_as_new() -> None:
    cluster = Harness()
    before = cluster.get(PODS).body
    cluster.change("pods", "zzz/new", pod("zzz", "new"))
    cluster.change("nodes", "node-00000", None)
    assert cluster.get(PODS).body != before
    cluster.store.reset()
    assert cluster.get(PODS).body == before
    assert cluster.get("/api/v1/nodes").body == Harness().get("/api/v1/nodes").body


def test_two_clusters_of_one_seed_answer_with_the_same_bytes() -> None:
    for path in (PODS, "/api/v1/nodes", "/api/v1/namespaces", f"{PODS}?limit=3"):
        for accept in ("application/json", "application/json;as=Table;v=v1;g=meta.k8s.io"):
            assert Harness().get(path, accept).body == Harness().get(path, accept).body
    assert Harness(seed=2).get(PODS).body != Harness().get(PODS).body
