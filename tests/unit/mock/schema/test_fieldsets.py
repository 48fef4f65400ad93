from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from perfkit.mock.schema.fieldsets import (
    Keyless,
    decoded,
    difference,
    encoded,
    fields_of,
    shown,
    with_containers,
    without,
)
from perfkit.mock.schema.types import custom
from support.objects import CRON_TAB, deployments, schema_of

DEPLOYMENT = schema_of("apps", "Deployment")
POD = schema_of("", "Pod")


@given(deployments())
def test_encoding_and_decoding_give_the_same_set(obj: dict[str, Any]) -> None:
    found = fields_of(DEPLOYMENT, obj)
    assert decoded(encoded(found)) == found


def test_fields_are_written_as_the_api_server_writes_them() -> None:
    ports = [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 81}]
    obj = {
        "metadata": {"labels": {"app": "a"}, "finalizers": ["x"]},
        "spec": {
            "containers": [{"name": "c", "args": ["1"], "ports": ports, "resources": {}}],
            "nodeSelector": {"a": "b"},
        },
    }
    assert encoded(fields_of(POD, obj)) == {
        "f:metadata": {"f:finalizers": {'v:"x"': {}}, "f:labels": {"f:app": {}}},
        "f:spec": {
            "f:containers": {
                'k:{"name":"c"}': {
                    ".": {},
                    "f:args": {},
                    "f:name": {},
                    "f:ports": {
                        'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}, "f:protocol": {}},
                        'k:{"containerPort":81,"protocol":"TCP"}': {".": {}, "f:containerPort": {}},
                    },
                    "f:resources": {},
                }
            },
            "f:nodeSelector": {},
        },
    }


@given(deployments(), deployments())
def test_a_difference_is_empty_only_between_equal_objects(one: dict[str, Any], other: dict[str, Any]) -> None:
    found = difference(DEPLOYMENT, one, other)
    back = difference(DEPLOYMENT, other, one)
    assert found.modified == back.modified
    assert not found.added & found.removed
    assert not difference(DEPLOYMENT, one, one).changed


def test_a_new_container_is_owned_with_what_it_holds_and_one_that_is_always_there_is_not() -> None:
    pod = {"spec": {"containers": [{"name": "a"}], "volumes": [{"name": "v"}]}, "metadata": {"labels": {"a": "b"}}}
    assert encoded(difference(POD, {}, pod).added) == {
        "f:metadata": {"f:labels": {".": {}, "f:a": {}}},
        "f:spec": {
            "f:containers": {'k:{"name":"a"}': {".": {}, "f:name": {}}},
            "f:volumes": {".": {}, 'k:{"name":"v"}': {".": {}, "f:name": {}}},
        },
    }


def test_a_custom_resource_owns_its_containers() -> None:
    obj = {"spec": {"image": "x", "hosts": ["h"], "free": {"a": [1]}}}
    assert encoded(difference(custom(CRON_TAB), {}, obj).added) == {
        "f:spec": {
            ".": {},
            "f:free": {".": {}, "f:a": {}},
            "f:hosts": {".": {}, 'v:"h"': {}},
            "f:image": {},
        }
    }


@given(deployments())
def test_taking_everything_out_leaves_nothing(obj: dict[str, Any]) -> None:
    rest = without(DEPLOYMENT, obj, with_containers(DEPLOYMENT, fields_of(DEPLOYMENT, obj)))
    assert rest == {}


@given(deployments())
def test_taking_nothing_out_leaves_everything(obj: dict[str, Any]) -> None:
    assert without(DEPLOYMENT, obj, frozenset()) == obj


def test_an_element_without_its_key_is_keyless() -> None:
    with pytest.raises(Keyless, match='omits key field "name"'):
        fields_of(POD, {"spec": {"containers": [{"image": "x"}]}})


@pytest.mark.parametrize("fields", [None, [], "x", {}, {"f:a": 1}], ids=str)
def test_odd_fields_v1_holds_no_more_than_it_says(fields: Any) -> None:
    assert decoded(fields) <= {("f:a",)}


def test_paths_are_shown_as_messages_show_them() -> None:
    path = ("f:spec", "f:containers", 'k:{"containerPort":80,"protocol":"TCP"}', "f:image")
    assert shown(path) == '.spec.containers[containerPort=80,protocol="TCP"].image'
    assert shown(("f:metadata", "f:finalizers", 'v:"x"')) == '.metadata.finalizers[="x"]'
