from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.lines import whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable


def pieces(data: bytes, sizes: list[int]) -> Callable[[], bytes]:
    """A read that gives the data in pieces of these sizes, and what is left after them whole."""
    source, plan = io.BytesIO(data), iter(sizes)
    return lambda: source.read(next(plan, -1))


@given(
    lines=st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"") + b"\n")),
    sizes=st.lists(st.integers(1, 30)),
    cut=st.binary(max_size=20).map(lambda rest: rest.replace(b"\n", b"")),
)
def test_however_the_bytes_arrive_the_lines_are_the_same(lines: list[bytes], sizes: list[int], cut: bytes) -> None:
    blocks = list(whole_lines(pieces(b"".join(lines) + cut, sizes), longest=100))
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == b"".join(lines)


def test_a_line_is_given_before_the_next_one_is_read() -> None:
    read = pieces(b"one\ntwo\n", [4, 4])
    assert next(whole_lines(read, longest=10)) == b"one\n"
    assert read() == b"two\n"


def test_a_line_without_end_is_refused_and_not_collected() -> None:
    with pytest.raises(ValueError, match="more than 10 bytes"):
        list(whole_lines(pieces(b"x" * 100, [6] * 10), longest=10))
