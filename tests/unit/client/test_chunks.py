from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.chunks import Chunks

BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=8)


def encoded(bodies: list[bytes], extension: bytes = b"") -> bytes:
    return b"".join(b"%x%b\r\n%b\r\n" % (len(body), extension, body) for body in bodies) + b"0\r\n\r\n"


@given(bodies=BODIES, sizes=st.lists(st.integers(1, 17)), extension=st.sampled_from([b"", b";a=b"]))
def test_however_the_bytes_arrive_the_body_is_the_same(bodies: list[bytes], sizes: list[int], extension: bytes) -> None:
    data = encoded(bodies, extension)
    chunks, found, at = Chunks(), b"", 0
    for size in [*sizes, len(data)]:
        found += chunks.feed(data[at : at + size])
        at += size
    assert found == b"".join(bodies)
    assert chunks.done


@given(bodies=BODIES.filter(bool), cut=st.data())
def test_a_body_that_was_cut_is_not_done(bodies: list[bytes], cut: st.DataObject) -> None:
    data = encoded(bodies)
    chunks = Chunks()
    chunks.feed(data[: cut.draw(st.integers(0, len(data) - 5))])
    assert not chunks.done


@pytest.mark.parametrize("data", [b"hello\r\n", b"-1\r\n", b"x" * 3000])
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="does not begin with its size"):
        Chunks().feed(data)
