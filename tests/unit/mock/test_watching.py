"""WATCH: initial state, changes, selectors, forms, and its agreement with LIST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.shape import Shape
from support.asgi import Harness, pod
from support.examples import examples

PODS = "/api/v1/pods"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
WATCH_LIST = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"

State = dict[str, dict[str, Any]]


def key(obj: dict[str, Any]) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def listed(cluster: Harness, query: str = "") -> State:
    return {key(item): {"kind": "Pod", "apiVersion": "v1", **item} for item in cluster.list(f"{PODS}?{query}")["items"]}


def followed(state: State, frames: list[dict[str, Any]]) -> State:
    """The state that a client keeps after these events; an event that does not fit fails."""
    state = dict(state)
    for frame in frames:
        obj = frame["object"]
        match frame["type"]:
            case "ADDED":
                assert key(obj) not in state
                state[key(obj)] = obj
            case "MODIFIED":
                assert key(obj) in state
                state[key(obj)] = obj
            case "DELETED":
                del state[key(obj)]
    return state


@pytest.mark.parametrize("query", ["watch=1", "watch=true&resourceVersion=0", "watch", WATCH_LIST])
def test_without_a_version_a_watch_begins_with_all_objects(query: str) -> None:
    cluster = Harness()
    frames = cluster.watch(f"{PODS}?{query}").frames()
    added = [frame for frame in frames if frame["type"] == "ADDED"]
    assert followed({}, added) == listed(cluster)
    assert cluster.happened[0] == ("watch", "pods")


def test_the_end_of_the_initial_events_is_bookmarked() -> None:
    cluster = Harness()
    last = cluster.watch(f"{PODS}?{WATCH_LIST}").frames()[-1]
    metadata = {
        "resourceVersion": str(cluster.store.version),
        "annotations": {"k8s.io/initial-events-end": "true"},
    }
    assert last == {"type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}}


def test_no_bookmark_comes_unasked() -> None:
    assert {frame["type"] for frame in Harness().watch(f"{PODS}?watch=1").frames()} == {"ADDED"}


def test_from_a_version_only_what_changed_since_comes() -> None:
    cluster = Harness()
    cluster.change("pods", "zzz/old", pod("zzz", "old"))
    version = cluster.store.version
    cluster.change("pods", "zzz/new", pod("zzz", "new"))
    frames = cluster.watch(
        f"{PODS}?watch=1&resourceVersion={version}", lambda: cluster.change("pods", "zzz/old", None)
    ).frames()
    assert [(frame["type"], key(frame["object"])) for frame in frames] == [("ADDED", "zzz/new"), ("DELETED", "zzz/old")]
    assert frames[1]["object"]["metadata"]["resourceVersion"] == str(version + 2)


def test_initial_events_can_be_declined() -> None:
    cluster = Harness()
    query = "watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"
    frames = cluster.watch(f"{PODS}?{query}", lambda: cluster.change("pods", "zzz/a", pod("zzz", "a"))).frames()
    assert [frame["type"] for frame in frames] == ["ADDED"]


def test_a_version_too_old_is_an_event_and_ends_the_watch() -> None:
    cluster = Harness()
    response = cluster.watch(f"{PODS}?watch=1&resourceVersion=7")
    (frame,) = response.frames()
    assert (response.status, frame["type"]) == (200, "ERROR")
    assert (frame["object"]["code"], frame["object"]["reason"]) == (410, "Expired")
    assert frame["object"]["message"] == f"too old resource version: 7 ({cluster.store.version})"
    assert cluster.happened == []


def test_initial_events_from_the_future_are_refused() -> None:
    cluster = Harness()
    (frame,) = cluster.watch(f"{PODS}?{WATCH_LIST}&resourceVersion=999999999").frames()
    assert (frame["type"], frame["object"]["code"]) == ("ERROR", 504)


def test_a_client_that_falls_behind_the_window_is_hung_up_on() -> None:
    cluster = Harness(window=2)

    def burst() -> None:
        for number in range(4):
            cluster.change("pods", f"zzz/{number}", pod("zzz", str(number)))

    frames = cluster.watch(f"{PODS}?watch=1&resourceVersion={cluster.store.version}", burst).frames()
    assert frames == []
    assert cluster.record.collect().open_watches == {}


def test_selectors_turn_changes_into_comings_and_goings() -> None:
    cluster = Harness()

    def put(color: str) -> Callable[[], int]:
        return lambda: cluster.change("pods", "zzz/a", pod("zzz", "a", color=color))

    frames = cluster.watch(
        f"{PODS}?watch=1&resourceVersion={cluster.store.version}&labelSelector=color=red",
        put("blue"),
        put("red"),
        put("red"),
        put("blue"),
        lambda: cluster.change("pods", "zzz/a", None),
    ).frames()
    seen = [(frame["type"], frame["object"]["metadata"]["labels"]["color"]) for frame in frames]
    assert seen == [("ADDED", "red"), ("MODIFIED", "red"), ("DELETED", "red")]
    versions = [int(frame["object"]["metadata"]["resourceVersion"]) for frame in frames]
    assert versions == sorted(set(versions))


def test_a_generated_object_that_leaves_the_selection_is_shown_as_it_was() -> None:
    cluster = Harness()
    name, before = next(iter(listed(cluster).items()))
    after = {**before, "metadata": {**before["metadata"], "labels": {"app": "other"}}}
    app = before["metadata"]["labels"]["app"]
    (frame,) = cluster.watch(
        f"{PODS}?watch=1&resourceVersion={cluster.store.version}&labelSelector=app={app}",
        lambda: cluster.change("pods", name, after),
    ).frames()
    assert frame["type"] == "DELETED"
    assert frame["object"]["metadata"]["labels"] == before["metadata"]["labels"]
    assert frame["object"]["metadata"]["resourceVersion"] == str(cluster.store.version)


def test_a_watch_within_a_namespace_sees_nothing_else() -> None:
    cluster = Harness()
    frames = cluster.watch(
        f"/api/v1/namespaces/zzz/pods?watch=1&resourceVersion={cluster.store.version}",
        lambda: cluster.change("pods", "zz/a", pod("zz", "a")),
        lambda: cluster.change("pods", "zzz/a", pod("zzz", "a")),
        lambda: cluster.change("pods", "zzzz/a", pod("zzzz", "a")),
        lambda: cluster.change("namespaces", "zzz", {"metadata": {"name": "zzz"}}),
    ).frames()
    assert [key(frame["object"]) for frame in frames] == ["zzz/a"]


def test_a_table_watch_names_its_columns_once() -> None:
    cluster = Harness()
    frames = cluster.watch(
        f"{PODS}?watch=1&resourceVersion={cluster.store.version}",
        lambda: cluster.change("pods", "zzz/a", pod("zzz", "a")),
        lambda: cluster.change("pods", "zzz/b", pod("zzz", "b")),
        accept=TABLE,
    ).frames()
    first, second = (frame["object"] for frame in frames)
    assert first["kind"] == second["kind"] == "Table"
    assert first["columnDefinitions"][0]["name"] == "Name"
    assert second["columnDefinitions"] is None
    assert [row["cells"][0] for row in second["rows"]] == ["b"]
    assert second["metadata"]["resourceVersion"] == str(cluster.store.version)


def test_a_table_watch_can_be_bookmarked() -> None:
    last = Harness().watch(f"{PODS}?{WATCH_LIST}", accept=TABLE).frames()[-1]
    assert (last["type"], last["object"]["kind"]) == ("BOOKMARK", "Table")


def test_a_metadata_watch_sends_metadata_alone() -> None:
    frames = Harness().watch(f"{PODS}?watch=1", accept=PARTIAL).frames()
    assert set(frames[0]["object"]) == {"kind", "apiVersion", "metadata"}
    assert frames[0]["object"]["kind"] == "PartialObjectMetadata"


SMALL = Shape(pods=20, namespaces=2)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 25), st.sampled_from(["red", "blue"])), max_size=30
)


@given(before=CHANGES, after=CHANGES, selector=st.sampled_from(["", "&labelSelector=color%3Dred"]))
@settings(max_examples=examples(12))
def test_a_list_and_the_watch_from_it_equal_a_later_list(before: Any, after: Any, selector: str) -> None:
    cluster = Harness(SMALL)
    generated = sorted(listed(cluster))  # positions above 19 stand for objects that were never generated

    present = set(generated)

    def apply(changes: list[tuple[str, int, str]]) -> None:
        for kind, position, color in changes:
            name = generated[position] if position < len(generated) else f"zzz/new-{position}"
            if kind == "put":
                cluster.change("pods", name, pod(*name.split("/"), color=color))
                present.add(name)
            elif name in present:
                cluster.change("pods", name, None)
                present.remove(name)

    apply(before)
    first = cluster.list(f"{PODS}?{selector}")
    state = {key(item): {"kind": "Pod", "apiVersion": "v1", **item} for item in first["items"]}
    apply(after)
    version = first["metadata"]["resourceVersion"]
    frames = cluster.watch(f"{PODS}?watch=1&resourceVersion={version}{selector}").frames()
    assert followed(state, frames) == listed(cluster, selector)
    past = cluster.list(f"{PODS}?resourceVersion={version}&resourceVersionMatch=Exact{selector}")
    assert past == first
