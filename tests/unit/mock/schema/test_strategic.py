from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from perfkit.mock.schema.patches import PatchMalformed
from perfkit.mock.schema.strategic import strategic_merge_patch
from support.objects import deployments, schema_of
from support.strategic_diff import two_way

DEPLOYMENT = schema_of("apps", "Deployment")
POD = schema_of("", "Pod")


def patched_containers(before: list[Any], patch: dict[str, Any]) -> list[Any]:
    after = strategic_merge_patch(POD, {"spec": {"containers": before}}, {"spec": patch})
    found: list[Any] = after["spec"]["containers"]
    return found


@given(deployments(), deployments())
def test_the_patch_from_one_object_to_another_leads_there(one: dict[str, Any], other: dict[str, Any]) -> None:
    untouched = copy.deepcopy(one)
    patch = two_way(DEPLOYMENT, one, other)
    assert strategic_merge_patch(DEPLOYMENT, one, patch) == other
    assert one == untouched


@given(deployments())
def test_an_empty_patch_changes_nothing(obj: dict[str, Any]) -> None:
    assert strategic_merge_patch(DEPLOYMENT, obj, {}) == obj


def test_elements_are_merged_by_their_key_in_the_order_of_the_patch_and_new_ones_come_first() -> None:
    before = [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}]
    after = patched_containers(before, {"containers": [{"name": "c", "image": None}, {"name": "a", "image": "2"}]})
    assert after == [{"name": "c"}, {"name": "a", "image": "2", "args": ["x"]}, {"name": "b"}]


def test_patch_delete_takes_an_element_out_and_patch_replace_replaces_all() -> None:
    before = [{"name": "a"}, {"name": "b"}]
    assert patched_containers(before, {"containers": [{"$patch": "delete", "name": "a"}]}) == [{"name": "b"}]
    replaced = {"containers": [{"name": "c"}, {"$patch": "replace"}]}
    assert patched_containers(before, replaced) == [{"name": "c"}]


def test_a_list_without_merge_strategy_is_replaced() -> None:
    before = [{"name": "a", "args": ["x", "y"]}]
    assert patched_containers(before, {"containers": [{"name": "a", "args": ["z"]}]})[0]["args"] == ["z"]


def test_lists_of_scalars_are_united_and_named_ones_deleted() -> None:
    obj = {"metadata": {"finalizers": ["a", "b"]}}
    patch = {"metadata": {"finalizers": ["c", "b"], "$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert strategic_merge_patch(POD, obj, patch) == {"metadata": {"finalizers": ["c", "b"]}}


def test_retain_keys_clears_the_other_members_of_a_union() -> None:
    obj = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic_merge_patch(DEPLOYMENT, obj, patch) == {"spec": {"strategy": {"type": "Recreate"}}}
    volumes = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    moved = {"spec": {"volumes": [{"$retainKeys": ["name", "hostPath"], "name": "v", "hostPath": {"path": "/"}}]}}
    after = strategic_merge_patch(POD, volumes, moved)
    assert after == {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}


def test_set_element_order_sorts_what_it_names_and_leaves_the_others_where_they_were() -> None:
    before = [{"name": name} for name in "axb"]
    order = [{"name": name} for name in "ba"]
    after = patched_containers(before, {"$setElementOrder/containers": order})
    assert [item["name"] for item in after] == ["x", "b", "a"]
    patch = {"$setElementOrder/containers": [{"name": name} for name in "acb"], "containers": [{"name": "c"}]}
    assert [item["name"] for item in patched_containers(before, patch)] == ["a", "c", "x", "b"]


def test_ports_of_one_number_are_one_port() -> None:
    """The merge key of containerPort knows no protocol: a trap that kubectl's users know."""
    before = [{"name": "a", "ports": [{"containerPort": 53, "protocol": "UDP"}]}]
    ports = [{"containerPort": 53, "protocol": "TCP"}]
    assert patched_containers(before, {"containers": [{"name": "a", "ports": ports}]})[0]["ports"] == ports


def test_maps_can_be_deleted_and_replaced() -> None:
    obj = {"metadata": {"labels": {"a": "1"}}}
    pod = POD
    assert strategic_merge_patch(pod, obj, {"metadata": {"labels": {"$patch": "delete"}}}) == {
        "metadata": {"labels": {}}
    }
    replaced = {"metadata": {"labels": {"$patch": "replace", "b": "2"}}}
    assert strategic_merge_patch(pod, obj, replaced) == {"metadata": {"labels": {"b": "2"}}}
    assert strategic_merge_patch(pod, obj, {"metadata": {"labels": {"a": None}}}) == {"metadata": {"labels": {}}}


@pytest.mark.parametrize(
    "patch",
    [
        [],
        None,
        {"$patch": "explode"},
        {"$patch": ["delete"]},
        {"spec": {"containers": [{"image": "x"}]}},
        {"spec": {"containers": [{"name": "a", "$patch": "explode"}]}},
        {"spec": {"$retainKeys": "x"}},
        {"spec": {"$retainKeys": ["a"], "b": 1}},
        {"spec": {"containers": ["x"]}},
        {"spec": {"$setElementOrder/containers": {"name": "a"}}},
        {"spec": {"$setElementOrder/containers": [{"name": ["a"]}]}},
        {"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"name": "b"}]}},
        {"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}},
        {"metadata": {"finalizers": [{"a": 1}]}},
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_read_is_malformed(patch: Any) -> None:
    obj = {"metadata": {"finalizers": ["a"]}, "spec": {"containers": [{"name": "a"}]}}
    with pytest.raises(PatchMalformed):
        strategic_merge_patch(POD, obj, patch)
