"""What is told of how long something goes on."""

from __future__ import annotations

import pytest

from perfkit.views.elapsed import told


@pytest.mark.parametrize(
    ("elapsed", "expected", "said"),
    [
        (0.4, 0, "profiling"),
        (0.4, 48, "profiling, about 48 s"),
        (75, 0, "profiling · 1m15s"),
        (12, 48, "profiling · 12 s of about 48 s, 25 %"),
        (60, 48, "profiling · 1m00s, 48 s were expected"),
    ],
)
def test_a_share_is_told_of_what_is_expected_and_none_where_nothing_is_or_it_is_over(
    elapsed: float, expected: float, said: str
) -> None:
    assert told("profiling", elapsed, expected) == said
