"""The store: generated objects, what changed of them, and the window of past states."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Shape
from perfkit.mock.resources.pods import PODS
from perfkit.mock.store import LAST_KEY, Change, Store
from support.asgi import pod
from support.examples import examples

SHAPE = Shape(pods=6, namespaces=1)
WINDOW = 5


def state(store: Store, version: int, low: str = "", high: str = LAST_KEY) -> dict[str, Any]:
    shelf = store.shelf(PODS)
    objects = map(msgspec.json.decode, shelf.bodies(shelf.runs(low, high, version)))
    return {f"{obj['metadata']['namespace']}/{obj['metadata']['name']}": obj for obj in objects}


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40))
@settings(max_examples=examples(12))
def test_every_state_within_the_window_can_be_seen_again(changes: list[tuple[int, bool]]) -> None:
    store = Store(populate(SHAPE, 1), WINDOW)
    keys = [*state(store, store.version), "default/a", "default/zz", "other/a", "z/z"]
    seen = {store.version: state(store, store.version)}
    for position, delete in changes:
        present = keys[position] in seen[store.version]
        if delete and present:
            store.apply(Change(PODS, keys[position], None))
        elif not delete:
            store.apply(Change(PODS, keys[position], pod(*keys[position].split("/"))))
        seen[store.version] = state(store, store.version)
        assert state(store, store.shelf(PODS).floor) == seen[store.shelf(PODS).floor]
    for version in range(store.shelf(PODS).floor, store.version + 1):
        assert state(store, version) == seen[version]
        assert list(state(store, version)) == sorted(seen[version])
        inside = {key: obj for key, obj in seen[version].items() if "default/a" <= key < "other/b"}
        assert state(store, version, "default/a", "other/b") == inside
    assert store.version - store.shelf(PODS).floor <= WINDOW


def test_what_has_left_the_window_is_forgotten() -> None:
    store = Store(populate(SHAPE, 1), WINDOW)
    for number in range(50):
        store.apply(Change(PODS, f"x/{number}", pod("x", str(number))))
        store.apply(Change(PODS, f"x/{number}", None))
    shelf = store.shelf(PODS)
    assert len(shelf._history) <= WINDOW
    assert len(shelf._keys) == len(shelf._history)
    assert len(shelf._events) == WINDOW


def test_a_deleted_generated_object_stays_deleted_after_the_window() -> None:
    store = Store(populate(SHAPE, 1), WINDOW)
    first = next(iter(state(store, store.version)))
    store.apply(Change(PODS, first, None))
    for number in range(20):
        store.apply(Change(PODS, "x/a", pod("x", "a", number=str(number))))
    assert first not in state(store, store.version)


def test_deleting_what_is_not_there_changes_nothing() -> None:
    store = Store(populate(SHAPE, 1))
    version = store.version
    with pytest.raises(KeyError):
        store.apply(Change(PODS, "nope/nope", None))
    assert store.version == version


def test_a_change_writes_its_version_and_keeps_no_kind() -> None:
    store = Store(populate(SHAPE, 1))
    event = store.apply(Change(PODS, "a/b", {"kind": "Pod", "apiVersion": "v1", **pod("a", "b")}))
    obj = msgspec.json.decode(event.object.body)
    assert (event.type, event.before) == ("ADDED", None)
    assert obj["metadata"]["resourceVersion"] == str(store.version) == str(event.version)
    assert set(obj) == {"metadata", "spec", "status"}


def test_a_reset_forgets_changes_events_and_versions() -> None:
    store = Store(populate(SHAPE, 1))
    version, before = store.version, state(store, store.version)
    store.apply(Change(PODS, "a/b", pod("a", "b")))
    store.reset()
    assert (store.version, state(store, store.version)) == (version, before)
    assert list(store.shelf(PODS).events_after(version)) == []


def test_listeners_hear_of_every_change() -> None:
    store, heard = Store(populate(SHAPE, 1)), []
    store.on_change(lambda _: heard.append(store.version))
    for name in "abc":
        store.apply(Change(PODS, f"x/{name}", pod("x", name)))
    assert heard == [store.version - 2, store.version - 1, store.version]
