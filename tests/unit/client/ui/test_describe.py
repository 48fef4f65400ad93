"""Objects as text for people, whatever they hold."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.ui.describe import describe, yaml

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "labels": {"app": "web", "tier": "front"},
        "managedFields": [{"manager": "kubelet"}],
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web"}],
    },
    "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "web:1", "args": ["-v", "2"]}]},
    "status": {
        "podIP": "10.0.0.1",
        "conditions": [{"type": "Ready", "status": "False", "reason": "Slow", "message": "not yet"}],
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def test_a_description_reads_as_kubectls_does() -> None:
    text = describe(POD, [{"type": "Warning", "reason": "BackOff", "count": 3, "message": "again\nand again"}])
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[:4] == [
        "Name:          web-1",
        "Namespace:     shop",
        "Labels:        app=web",
        "               tier=front",
    ]
    assert "Controlled By: ReplicaSet/web" in lines
    assert "  Node Name:  node-1" in lines
    assert "    main:" in lines
    assert any(line.split() == ["Args:", "-v,", "2"] for line in lines)
    assert "    Ready=False  Slow not yet" in lines
    assert lines[-1].split() == ["Warning", "BackOff", "3", "again", "and", "again"]


def test_managed_fields_are_in_neither_form() -> None:
    assert "kubelet" not in describe(POD, ())
    assert "managedFields" not in yaml(POD)


def test_yaml_has_the_keys_in_order_and_all_else() -> None:
    assert yaml(POD).startswith("apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: web\n")


@given(
    st.dictionaries(st.sampled_from(["metadata", "kind", "spec", "status", "x"]), JSON, max_size=4),
    st.lists(st.dictionaries(st.sampled_from(["type", "message"]), JSON), max_size=2),
)
def test_no_object_is_too_malformed_to_be_described(whole: dict[str, Any], events: list[dict[str, Any]]) -> None:
    assert describe(whole, events).count("Events:") >= 1
