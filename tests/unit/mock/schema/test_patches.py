from __future__ import annotations

import copy
from typing import Any

import json_merge_patch
import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.schema.patches import (
    MAX_OPERATIONS,
    PatchMalformed,
    PatchRefused,
    TooManyOperations,
    json_patch,
    merge_patch,
)

NAMES = st.sampled_from(["a", "b", "~", "/", "", "0", "é"])
DOCUMENTS = st.recursive(
    st.none() | st.integers(2, 4) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES, DOCUMENTS, max_size=4)
POINTERS = st.lists(st.sampled_from(["a", "b", "~0", "~1", "0", "1", "-", "x"]), max_size=3).map(
    lambda steps: "".join(f"/{step}" for step in steps)
)
OPERATIONS = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "path": POINTERS, "value": DOCUMENTS}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": POINTERS.filter(bool)}),
    st.fixed_dictionaries({"op": st.sampled_from(["move", "copy"]), "path": POINTERS, "from": POINTERS.filter(bool)}),
    st.fixed_dictionaries(
        {"op": st.just("test"), "path": POINTERS, "value": DOCUMENTS.filter(lambda it: it is not None)}
    ),
)


@given(OBJECTS, OBJECTS)
def test_a_json_patch_made_from_two_objects_leads_from_one_to_the_other(one: Any, other: Any) -> None:
    assert json_patch(one, jsonpatch.make_patch(one, other).patch) == other


@given(OBJECTS, st.lists(OPERATIONS, max_size=4))
def test_json_patches_do_what_the_reference_does(obj: Any, operations: list[Any]) -> None:
    untouched = copy.deepcopy(obj)
    try:
        expected = jsonpatch.apply_patch(obj, operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError):
        expected = None
    try:
        found = json_patch(obj, operations)
    except PatchRefused:
        found = None
    assert obj == untouched
    if expected is not None:
        assert found == expected


@given(OBJECTS, DOCUMENTS)
def test_merge_patches_do_what_the_reference_does(obj: Any, patch: Any) -> None:
    untouched = copy.deepcopy(obj)
    assert merge_patch(obj, patch) == json_merge_patch.merge(copy.deepcopy(obj), patch)
    assert obj == untouched


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "test", "path": "/a", "value": True},
        {"op": "remove", "path": "/nothing"},
        {"op": "replace", "path": "/nothing", "value": 1},
        {"op": "add", "path": "/nothing/b", "value": 1},
        {"op": "add", "path": "/list/3", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/list/-1", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "move", "from": "/list", "path": "/list/0"},
        {"op": "jump", "path": "/a"},
        {"path": "/a"},
        {"op": "add", "value": 1},
    ],
    ids=str,
)
def test_an_operation_that_does_not_apply_is_refused_in_the_servers_words(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchRefused, match=r"^the server rejected our request due to an error in our request$"):
        json_patch({"a": 1, "list": [1, 2]}, [operation])


@pytest.mark.parametrize("operations", [{}, "x", None, [1], [[]], [{"op": "add", "path": 1, "value": 1}]], ids=str)
def test_what_is_no_list_of_operations_is_malformed(operations: Any) -> None:
    with pytest.raises(PatchMalformed):
        json_patch({}, operations)


def test_a_patch_has_at_most_ten_thousand_operations() -> None:
    operations = [{"op": "add", "path": "/a", "value": 1}] * MAX_OPERATIONS
    assert json_patch({}, operations) == {"a": 1}
    with pytest.raises(TooManyOperations, match="JSON patch is 10000, got 10001"):
        json_patch({}, [*operations, operations[0]])


def test_copies_cannot_double_without_end() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{number}"} for number in range(40)]
    with pytest.raises(PatchRefused):
        json_patch({"a": "x" * 100}, doubling)


def test_a_test_for_null_holds_where_nothing_is() -> None:
    assert json_patch({}, [{"op": "test", "path": "/a", "value": None}]) == {}
