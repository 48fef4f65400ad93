from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.monitor.pprof import Stack, encode
from support.pprof import stacks

places = st.tuples(
    st.sampled_from(["main", "f", "größe", "<lambda>"]), st.sampled_from(["a.py", ""]), st.integers(0, 900)
)


@given(st.dictionaries(st.lists(places, min_size=1, max_size=6).map(tuple), st.integers(1, 2**62), max_size=20))
def test_what_is_written_can_be_read_again(written: dict[tuple[tuple[str, str, int], ...], int]) -> None:
    names, read = stacks(
        encode((("samples", "count"), ("wall", "nanoseconds")), {k: (v, v) for k, v in written.items()})
    )
    assert names == ["samples", "wall"]
    assert sum(read.values()) == sum(written.values())
    assert set(read) == {tuple(function for function, _, _ in stack) for stack in written}


def test_the_same_stacks_give_the_same_bytes() -> None:
    told: dict[Stack, tuple[int]] = {(("f", "a.py", 1), ("main", "a.py", 9)): (3,)}
    assert encode((("threads", "count"),), told) == encode((("threads", "count"),), told)
