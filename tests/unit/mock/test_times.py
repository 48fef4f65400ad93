"""Times in objects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.times import format_time, parse_time


@given(st.integers(0, 4_000_000_000))
def test_a_time_survives_being_written(seconds: int) -> None:
    assert parse_time(format_time(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "soon", "2026-01-15", "2026-01-15T09:30:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
