"""Objects as text for people, whatever they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.problems import ApiError, Status
from perfkit.client.ui.describe import KINDS, describe, yaml
from perfkit.client.ui.describe.layout import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDGET: dict[str, Any] = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
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


class Other:
    """What there is beside an object; or a refusal."""

    def __init__(self, *items: dict[str, Any], refusal: str = "") -> None:
        self._items, self._refusal = items, refusal
        self.asked: list[tuple[str, str, str]] = []

    def items(self, path: str, *, labels: str = "", fields: str = "") -> Iterator[dict[str, Any]]:
        self.asked.append((path, labels, fields))
        self._refuse()
        yield from self._items

    def item(self, path: str) -> dict[str, Any]:
        self.asked.append((path, "", ""))
        self._refuse()
        return self._items[0] if self._items else {}

    def _refuse(self) -> None:
        if self._refusal:
            raise ApiError(Status(message=self._refusal, code=403))


def test_an_object_of_any_kind_is_described_in_kubectls_manner() -> None:
    event = {"type": "Warning", "reason": "BackOff", "count": 3, "source": {"component": "kubelet"}, "message": "again"}
    lines = [line.rstrip() for line in describe(WIDGET, Other(event)).splitlines()]
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
    assert lines[-1].split() == ["Warning", "BackOff", "<unknown>", "(x3", "over", "<unknown>)", "kubelet", "again"]


def test_events_are_asked_for_by_uid_where_the_object_is_and_of_a_node_by_name_too() -> None:
    other = Other()
    describe({"kind": "Widget", "metadata": {"name": "w", "namespace": "shop", "uid": "u"}}, other)
    assert other.asked == [("/api/v1/namespaces/shop/events", "", "involvedObject.name=w,involvedObject.uid=u")]
    other = Other()
    describe({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "uid": "u"}}, other)
    assert [fields.partition(",")[2] for path, _, fields in other.asked if path.endswith("/events")] == [
        "involvedObject.uid=u",
        "involvedObject.uid=n",
    ]


@pytest.mark.parametrize(
    ("version", "kind", "said"),
    [
        ("v1", "Node", "Pods: REFUSAL|Failed to get lease: REFUSAL"),
        ("apps/v1", "StatefulSet", "error in fetching pods: REFUSAL"),
        ("apps/v1", "Deployment", "NewReplicaSet: REFUSAL"),
        ("v1", "Service", "Endpoints: REFUSAL"),
        ("v1", "Pod", "Events: REFUSAL"),
    ],
)
def test_what_may_not_be_read_is_said_in_its_place_and_the_rest_is_there(version: str, kind: str, said: str) -> None:
    spec = {"ports": [{"port": 80}], "strategy": {"type": "RollingUpdate"}}
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": "it"}, "spec": spec}
    text = " ".join(describe(whole, Other(refusal="you may not")).split())
    assert text.startswith("Name: it")
    for each in said.replace("REFUSAL", "the API server answers 403: you may not").split("|"):
        assert each in text


def test_a_secret_tells_how_much_it_holds_and_nothing_of_it() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"token": "c2VjcmV0", "odd": 7}}
    text = describe(secret, Other())
    assert "token:  6 bytes" in text
    assert "c2VjcmV0" not in text


def test_cells_are_as_wide_as_their_neighbours_above_and_below() -> None:
    assert aligned(["a:\tx", "long:\ty\tz", "alone", "b:\t1\n\t2"]) == [
        "a:     x",
        "long:  y  z",
        "alone",
        "b:  1",
        "    2",
    ]


def test_managed_fields_are_in_neither_form() -> None:
    assert "kubelet" not in describe(WIDGET, Other())
    assert "managedFields" not in yaml(WIDGET)


def test_yaml_has_the_keys_in_order_and_all_else() -> None:
    assert yaml(WIDGET).startswith("apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  labels:\n    app: web\n")


WORDS = """metadata name uid labels annotations ownerReferences spec status template containers initContainers volumes
    env valueFrom resources requests limits conditions state lastState terminated ports selector matchLabels tolerations
    replicas rollingUpdate strategy data capacity allocatable secret emptyDir livenessProbe exec httpGet"""
NAMED = st.sampled_from(WORDS.split())
SHAPED = st.recursive(
    JSON,
    lambda inner: st.dictionaries(NAMED, inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=20,
)


@given(
    st.sampled_from([*KINDS, ("", "")]),
    st.dictionaries(st.sampled_from(["metadata", "spec", "status", "data", "x"]), SHAPED, max_size=4),
    st.lists(st.dictionaries(st.sampled_from(["type", "message", "metadata", "spec", "count"]), SHAPED), max_size=2),
)
def test_no_object_is_too_malformed_to_be_described(
    kind: tuple[str, str], whole: dict[str, Any], beside: list[dict[str, Any]]
) -> None:
    text = describe({"apiVersion": kind[0], "kind": kind[1], **whole}, Other(*beside))
    assert text.count("Events:") >= (kind[1] != "Secret")
