"""Accept headers: which form is chosen, and what is refused."""

from __future__ import annotations

import pytest

from perfkit.mock.resources.pods import PODS
from perfkit.mock.wire.formats import Partial, Table, Whole, choose
from perfkit.mock.wire.status import ApiError

PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Whole),
        ("*/*", Whole),
        ("application/json", Whole),
        ("application/*;q=0.8", Whole),
        ("application/json;stream=watch", Whole),
        (f"{PROTOBUF},application/json", Whole),
        (f"{PROTOBUF},*/*", Whole),
        (TABLE, Table),
        (f"{TABLE},application/json", Table),
        (f"application/json;q=0.5, {TABLE};q=0.9", Table),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", Whole),
        ("application/json; as=Table; v=v1beta1; g=meta.k8s.io", Table),
        ("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", Partial),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json", Partial),
        (f"{PROTOBUF};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,{TABLE}", Table),
        ("application/json;q=much", Whole),
    ],
)
def test_the_best_form_that_can_be_served_is_chosen(accept: str, form: type) -> None:
    assert isinstance(choose(accept, PODS, "", int), form)


@pytest.mark.parametrize(
    "accept",
    [PROTOBUF, "application/yaml", "text/html", "application/json;as=Table;v=v1;g=example.com", "application/cbor"],
)
def test_what_cannot_be_served_is_not_acceptable(accept: str) -> None:
    with pytest.raises(ApiError) as caught:
        choose(accept, PODS, "", int)
    assert (caught.value.code, caught.value.status["reason"]) == (406, "NotAcceptable")
    assert str(caught.value).startswith("only the following media types are accepted: application/json, ")


def test_a_table_includes_nothing_unknown() -> None:
    with pytest.raises(ApiError) as caught:
        choose(TABLE, PODS, "Everything", int)
    assert caught.value.code == 400
