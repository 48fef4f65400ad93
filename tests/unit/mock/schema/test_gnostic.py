from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from perfkit.mock.schema.gnostic import encoded
from perfkit.mock.schema.swagger import swagger, swagger_protobuf
from support.objects import catalog


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Field numbers and values of a protobuf message."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
        else:
            size = 8 if kind == 1 else varint()
            yield number, message[at : at + size]
            at += size


def named(message: bytes, number: int) -> dict[str, bytes]:
    """A map: name to message."""
    entries = [dict(fields(value)) for field, value in fields(message) if field == number]
    return {entry[1].decode(): entry[2] for entry in entries}


def test_the_protobuf_document_holds_the_paths_and_definitions_of_the_json_one() -> None:
    resources = list(catalog())
    plain = json.loads(swagger(resources))
    document = dict(fields(swagger_protobuf(resources)))
    assert document[1] == b"2.0"
    assert named(document[8], 2).keys() == plain["paths"].keys()
    definitions = named(document[9], 1)
    assert definitions.keys() == plain["definitions"].keys()
    pod_spec = "io.k8s.api.core.v1.PodSpec"
    properties = named(dict(fields(definitions[pod_spec]))[25], 1)
    assert properties.keys() == plain["definitions"][pod_spec]["properties"].keys()
    extensions = {name: dict(fields(value))[2] for name, value in named(properties["containers"], 31).items()}
    assert extensions["x-kubernetes-patch-merge-key"] == b'"name"\n'


def test_an_operation_says_of_which_kind_it_is_and_what_may_be_asked() -> None:
    query = {"name": "fieldValidation", "in": "query", "type": "string", "uniqueItems": True}
    operation = {"operationId": "x", "parameters": [query], "x-kubernetes-action": "patch"}
    message = encoded({"paths": {"/a": {"patch": operation}}})
    path = named(dict(fields(message))[8], 2)["/a"]
    found = dict(fields(dict(fields(path))[8]))
    assert found[5] == b"x"
    parameter = dict(fields(dict(fields(dict(fields(dict(fields(found[8]))[1]))[2]))[3]))
    assert parameter == {2: b"query", 4: b"fieldValidation", 6: b"string", 20: 1}
    assert list(named(dict(fields(path))[8], 13)) == ["x-kubernetes-action"]


def test_numbers_are_encoded_as_protobuf_has_them() -> None:
    schema = {"maximum": 1.5, "minLength": 300, "minItems": -1, "additionalProperties": False, "default": None}
    message = named(dict(fields(encoded({"definitions": {"a": schema}})))[9], 1)["a"]
    found = dict(fields(message))
    assert found[7] == b"\x00\x00\x00\x00\x00\x00\xf8?"
    assert found[12] == 300
    assert found[15] == 2**64 - 1
    assert dict(fields(found[21])) == {2: 0}
    assert dict(fields(found[5])) == {2: b"null\n"}
