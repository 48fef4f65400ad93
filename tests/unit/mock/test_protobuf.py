"""Kubernetes' protobuf as clients write it, read into JSON data."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.wire.protobuf import MAGIC, UnreadableError, decode


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def part(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def unknown(api_version: str, kind: str, raw: bytes) -> bytes:
    return MAGIC + part(1, part(1, api_version) + part(2, kind)) + part(2, raw)


def test_a_config_map_with_a_map_and_bytes() -> None:
    metadata = part(1, "cm") + part(11, part(1, "app") + part(2, "web")) + part(8, b"")
    raw = part(1, metadata) + part(2, part(1, "a") + part(2, "b")) + part(3, part(1, "x") + part(2, b"\x00\x01"))
    assert decode(unknown("v1", "ConfigMap", raw)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cm", "labels": {"app": "web"}},
        "data": {"a": "b"},
        "binaryData": {"x": "AAE="},
    }


def test_pointers_keep_their_zero_and_other_zeros_count_as_left_out() -> None:
    spec = part(1, 0) + part(5, 0)  # replicas is a pointer, minReadySeconds is not
    assert decode(unknown("apps/v1", "Deployment", part(2, spec)))["spec"] == {"replicas": 0}


def test_members_of_an_inlined_message_belong_to_the_parent() -> None:
    volume = part(1, "v") + part(2, part(19, part(1, part(1, "cm"))))
    pod: dict[str, Any] = decode(unknown("v1", "Pod", part(2, part(1, volume))))
    assert pod["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "cm"}}]


def test_times_quantities_and_ports_that_are_numbers_or_names() -> None:
    port = part(3, 80) + part(4, part(1, 1) + part(3, "http"))
    service = decode(unknown("v1", "Service", part(2, part(1, port))))
    assert service["spec"]["ports"] == [{"port": 80, "targetPort": "http"}]
    lease = decode(unknown("coordination.k8s.io/v1", "Lease", part(2, part(4, part(1, 1768469400) + part(2, 5000)))))
    assert lease["spec"] == {"renewTime": "2026-01-15T09:30:00.000005Z"}
    limits = part(2, part(1, "storage") + part(2, part(1, "1Gi")))
    claim = decode(unknown("v1", "PersistentVolumeClaim", part(2, part(2, limits))))
    assert claim["spec"]["resources"] == {"requests": {"storage": "1Gi"}}


@pytest.mark.parametrize(
    "body",
    [b"", b"k8s", MAGIC, unknown("v1", "Nope", b""), unknown("v1", "Pod", b"\x0a\xff"), unknown("v1", "Pod", b"\x0b")],
)
def test_what_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for body in (noise, MAGIC + noise, unknown("v1", "Pod", noise), unknown("apps/v1", "Deployment", noise)):
        with contextlib.suppress(UnreadableError):
            assert isinstance(decode(body), dict)
