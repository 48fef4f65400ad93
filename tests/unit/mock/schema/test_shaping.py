from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from perfkit.mock.schema.shaping import defaulted, pruned, strict_error, unknown_fields, zeroed
from perfkit.mock.schema.types import custom
from support.objects import CRON_TAB, deployments, schema_of

DEPLOYMENT = schema_of("apps", "Deployment")


def test_unknown_fields_are_named_by_their_path_in_the_order_of_the_document() -> None:
    container = {"name": "a", "imagePullpolicy": "Always", "env": [{"name": "x", "valeu": "1"}]}
    obj = {"spec": {"foo": 1, "template": {"spec": {"containers": [container]}}}, "extra": {}}
    assert unknown_fields(DEPLOYMENT, obj) == [
        'unknown field "spec.foo"',
        'unknown field "spec.template.spec.containers[0].imagePullpolicy"',
        'unknown field "spec.template.spec.containers[0].env[0].valeu"',
        'unknown field "extra"',
    ]


def test_names_are_free_in_maps() -> None:
    obj = {"metadata": {"labels": {"any": "thing"}}, "spec": {"selector": {"matchLabels": {"x": "y"}}}}
    assert unknown_fields(DEPLOYMENT, obj) == []


def test_the_findings_of_strict_validation_are_one_error() -> None:
    findings = ['unknown field "spec.foo"', 'duplicate field "spec.replicas"']
    assert strict_error(findings) == (
        'strict decoding error: unknown field "spec.foo", duplicate field "spec.replicas"'
    )


@given(deployments())
def test_nothing_of_a_known_object_is_unknown_or_pruned(obj: dict[str, Any]) -> None:
    assert unknown_fields(DEPLOYMENT, obj) == []
    assert pruned(DEPLOYMENT, obj) == obj


def test_pruning_drops_unknown_fields_and_the_nulls_that_go_would_not_keep() -> None:
    obj = {"spec": {"foo": 1, "replicas": None, "selector": {"matchLabels": {"x": "y"}, "z": 1}}}
    assert pruned(DEPLOYMENT, obj) == {"spec": {"selector": {"matchLabels": {"x": "y"}}}}


def test_a_custom_resource_is_pruned_by_its_definition() -> None:
    schema = custom(CRON_TAB)
    obj = {
        "apiVersion": "example.com/v1",
        "kind": "CronTab",
        "metadata": {"name": "a", "labels": {"b": "c"}, "nonsense": 1},
        "spec": {"image": "x", "typo": 1, "free": {"any": {"thing": [1]}}, "ports": [{"port": 1, "x": 2}]},
    }
    assert unknown_fields(schema, obj) == [
        'unknown field "metadata.nonsense"',
        'unknown field "spec.typo"',
        'unknown field "spec.ports[0].x"',
    ]
    kept = pruned(schema, obj)
    assert kept["metadata"] == {"name": "a", "labels": {"b": "c"}}
    assert kept["spec"] == {"image": "x", "free": {"any": {"thing": [1]}}, "ports": [{"port": 1}]}


def test_an_embedded_resource_keeps_its_identity() -> None:
    spec = {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"data": {"type": "string"}}}
    schema = custom({"type": "object", "properties": {"spec": spec}})
    obj = {"spec": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "n"}, "data": "d"}}
    assert pruned(schema, {"spec": {**obj["spec"], "other": 1}}) == obj


@pytest.mark.parametrize("schema", [{}, {"type": "object"}], ids=str)
def test_without_declared_fields_only_identity_is_left(schema: dict[str, Any]) -> None:
    obj = {"kind": "X", "metadata": {"name": "a"}, "spec": {"b": 1}}
    assert pruned(custom(schema), obj) == {"kind": "X", "metadata": {"name": "a"}}


def test_a_definition_may_preserve_everything() -> None:
    obj = {"kind": "X", "metadata": {"name": "a"}, "spec": {"b": [None, {"c": 1}]}}
    assert pruned(custom({"type": "object", "x-kubernetes-preserve-unknown-fields": True}), obj) == obj


def test_defaults_fill_what_is_missing_and_nulls_that_may_not_be() -> None:
    schema = custom(CRON_TAB)
    assert defaulted(schema, {"spec": {"image": "x"}})["spec"] == {"image": "x", "replicas": 1}
    assert defaulted(schema, {"spec": {"replicas": None}})["spec"] == {"replicas": 1}
    assert defaulted(schema, {"spec": {"ports": [{"port": 1}]}})["spec"]["ports"] == [{"port": 1, "protocol": "TCP"}]


def test_the_protocol_of_a_port_is_tcp() -> None:
    service = schema_of("", "Service")
    obj = {"spec": {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}}
    protocols = [port["protocol"] for port in defaulted(service, obj)["spec"]["ports"]]
    assert protocols == ["TCP", "UDP"]


def test_a_null_among_structs_is_an_empty_struct() -> None:
    assert pruned(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": [None]}}}}) == {
        "spec": {"template": {"spec": {"containers": [{}]}}}
    }


def test_a_status_gets_the_zeros_that_go_writes() -> None:
    status = schema_of("", "Pod").child("status")
    container = {"name": "c", "ready": False, "restartCount": 0, "image": "", "imageID": ""}
    assert zeroed(status, {"containerStatuses": [{"name": "c"}]}) == {"containerStatuses": [container]}
