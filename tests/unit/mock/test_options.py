"""The query of lists and watches: what is read, what is refused, with which code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.wire.options import ListOptions, parse_options
from perfkit.mock.wire.status import ApiError
from support.asgi import refusal

INITIAL = {"watch": "1", "sendInitialEvents": "true"}


def test_an_empty_query_asks_for_everything() -> None:
    assert parse_options({}) == ListOptions()


def test_every_option_is_read() -> None:
    query = {
        "watch": "true",
        "resourceVersion": "12",
        "resourceVersionMatch": "NotOlderThan",
        "sendInitialEvents": "1",
        "allowWatchBookmarks": "true",
        "timeoutSeconds": "300",
        "labelSelector": "a=b",
        "fieldSelector": "c=d",
        "limit": "7",
    }
    assert parse_options(query) == ListOptions(
        watch=True,
        version=12,
        match="NotOlderThan",
        initial_events=True,
        bookmarks=True,
        timeout_seconds=300,
        label_selector="a=b",
        field_selector="c=d",
        limit=7,
    )


@pytest.mark.parametrize(
    ("text", "value"), [("", True), ("1", True), ("yes", True), ("0", False), ("false", False), ("FALSE", False)]
)
def test_truth_is_read_as_the_api_server_does(text: str, *, value: bool) -> None:
    assert parse_options({"watch": text}).watch is value


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "ten"}, 'strconv.ParseInt: parsing "ten": invalid syntax'),
        ({"limit": "9" * 30}, "value out of range"),
        ({"timeoutSeconds": "1.5"}, "invalid syntax"),
        ({"resourceVersion": "new"}, 'invalid resource version: resourceVersion: Invalid value: "new"'),
        ({"resourceVersion": "-1"}, "invalid resource version"),
    ],
)
def test_what_is_no_number_is_a_bad_request(query: dict[str, str], message: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_options(query)
    assert caught.value.code == 400
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"resourceVersionMatch": "Exact"}, "forbidden unless resourceVersion is provided"),
        (
            {"resourceVersionMatch": "Exact", "resourceVersion": "1", "continue": "x"},
            "forbidden when continue is provided",
        ),
        (
            {"resourceVersionMatch": "Maybe", "resourceVersion": "1"},
            'Unsupported value: "Maybe": supported values: "Exact", "NotOlderThan", ""',
        ),
        ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, 'forbidden for resourceVersion "0"'),
        ({"sendInitialEvents": "true"}, "sendInitialEvents is forbidden for list"),
        (INITIAL, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
        ({**INITIAL, "resourceVersionMatch": "Exact"}, 'Unsupported value: "Exact"'),
        ({"watch": "1", "resourceVersionMatch": "NotOlderThan"}, "unless sendInitialEvents is provided"),
        ({**INITIAL, "resourceVersionMatch": "NotOlderThan", "continue": "x"}, "when continue is provided"),
    ],
)
def test_options_that_contradict_each_other_are_invalid(query: dict[str, str], message: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_options(query)
    status = caught.value.status
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('ListOptions.meta.k8s.io "" is invalid: ')
    assert message in status["message"]
    assert status["details"]["kind"] == "ListOptions"


def test_several_contradictions_are_all_named() -> None:
    with pytest.raises(ApiError) as caught:
        parse_options({"resourceVersionMatch": "Maybe", "sendInitialEvents": "1"})
    assert len(caught.value.status["details"]["causes"]) == 3


NAMES = st.sampled_from(
    ["watch", "limit", "continue", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds"]
)


@given(st.dictionaries(NAMES, st.sampled_from(["", "0", "1", "-1", "x", "Exact", "NotOlderThan", "٣"])))
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    assert refusal(parse_options, query) in {None, 400, 422}
