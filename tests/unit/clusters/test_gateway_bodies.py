"""What passing bodies tell: chunks undone wherever they are cut, frames, lists counted in both encodings."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.clusters.gateway.bodies import (
    Dechunker,
    Frames,
    Inflater,
    continues,
    count_objects,
    ends_initial_state,
    kind_of,
)

BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


def chunked(parts: list[bytes], trailers: bytes = b"") -> bytes:
    sent = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts)
    return sent + b"0\r\n" + trailers + b"\r\n"


@given(BODIES, st.integers(1, 9), st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nZ: 1\r\n"]))
def test_chunks_are_undone_wherever_they_are_cut(parts: list[bytes], step: int, trailers: bytes) -> None:
    coding, sent = Dechunker(), chunked(parts, trailers) + b"HTTP"
    found = b"".join(coding.feed(sent[place : place + step]) for place in range(0, len(sent), step))
    assert found == b"".join(parts)
    assert coding.done


def test_what_follows_the_last_chunk_is_not_taken_for_the_body() -> None:
    coding = Dechunker()
    assert coding.feed(chunked([b"a"]) + b"HTTP/1.1 200") == b"a"
    assert coding.surplus == b"HTTP/1.1 200"


def test_what_is_no_chunk_is_told() -> None:
    with pytest.raises(ValueError):
        Dechunker().feed(b"nothing\r\n")


@given(st.lists(st.binary(max_size=30).filter(lambda frame: b"\n" not in frame), max_size=6), st.integers(1, 7))
def test_frames_are_found_in_both_encodings_wherever_they_are_cut(frames: list[bytes], step: int) -> None:
    lines = b"".join(frame + b"\n" for frame in frames)
    lengths = b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)
    for kind, sent in (("application/json", lines), ("application/vnd.kubernetes.protobuf;stream=watch", lengths)):
        reader = Frames(kind)
        assert [f for place in range(0, len(sent), step) for f in reader.feed(sent[place : place + step])] == frames


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 40))
def test_compressed_watches_are_read_member_by_member_wherever_they_are_cut(flushed: list[bytes], step: int) -> None:
    inflater, sent = Inflater(), b"".join(map(gzip.compress, flushed))
    found = [inflater.feed(sent[place : place + step]) for place in range(0, len(sent), step)]
    assert b"".join(found) == b"".join(flushed)


def test_frames_say_what_they_are() -> None:
    assert kind_of(b'{"type":"ADDED","object":{}}') == "ADDED"
    assert kind_of(b"\n\x08BOOKMARK\x12\x03abc") == "BOOKMARK"
    assert kind_of(b"?") == ""
    assert ends_initial_state(
        b'{"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}}'
    )


def test_objects_of_a_list_are_counted_in_every_encoding_and_none_in_what_is_no_list() -> None:
    lists = [json.dumps({"kind": "PodList", key: [{"items": [1]}, {}, {}]}).encode() for key in ("items", "rows")]
    item = b"\x12\x03\x0a\x01a"
    protobuf = b"k8s\0" + b"\x0a\x02v1" + b"\x12" + bytes([4 + 3 * len(item)]) + b"\x0a\x02\x12\x00" + 3 * item
    for body in (*lists, protobuf):
        assert count_objects([body[:5], body[5:]], "") == 3
        assert count_objects([gzip.compress(body)], "gzip") == 3
    assert count_objects([b"404 page not found"], "") == 0
    assert count_objects([b'{"kind":"PodList","items":null}'], "") == 0


def test_a_page_that_another_one_follows_is_known_by_its_beginning() -> None:
    page = (
        b'{"kind":"PodList","metadata":{"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0"},"items":[' + b"x" * 50_000
    )
    assert continues(page, "")
    assert continues(gzip.compress(page), "gzip")
    assert not continues(b'{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]}', "")
