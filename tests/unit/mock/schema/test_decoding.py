from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.schema.decoding import Malformed, decode

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_json_is_read_as_it_is(value: object) -> None:
    decoded = decode(json.dumps(value).encode())
    assert decoded.value == value
    assert decoded.duplicates == ()


def test_the_last_of_two_equal_fields_wins_and_both_are_told_of_once() -> None:
    decoded = decode(b'{"spec":{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":2},"spec2":0}')
    assert decoded.value == {"spec": {"a": 2, "b": [{"c": 3}]}, "spec2": 0}
    assert decoded.duplicates == ('duplicate field "spec.a"', 'duplicate field "spec.b[0].c"')


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":}', b"NaN", b'{"a":1}x', b'"\xff"', b"[" * 100_000, b"{'a': 1}", b"\xef\xbb\xbf{}", b"01"],
    ids=repr,
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(body)
