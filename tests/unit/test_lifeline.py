"""Frames on a lifeline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.lifeline import ChildGoneError, FrameReader, encode_frame

MESSAGES = st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())), max_size=5)


@given(MESSAGES, st.integers(min_value=1, max_value=17))
def test_messages_arrive_whole_and_in_order_however_the_bytes_are_cut(
    messages: list[dict[str, object]], step: int
) -> None:
    data = b"".join(encode_frame(message) for message in messages)
    reader = FrameReader()
    found = [message for at in range(0, len(data), step) for message in reader.feed(data[at : at + step])]
    assert found == messages


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{]", b"\x00\x00\x00\x02[]"])
def test_what_is_no_frame_ends_the_conversation(data: bytes) -> None:
    with pytest.raises(ChildGoneError):
        FrameReader().feed(data)
