"""Patterns of definitions: searched as they are, and for no longer than a moment."""

from __future__ import annotations

import signal

import pytest

from perfkit.mock.schema.patterns import matches

NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"


@pytest.mark.parametrize(
    ("pattern", "value", "found"), [(NAME, "a-b.c", True), (NAME, "-a", False), ("b", "abc", True)]
)
def test_a_pattern_is_searched_for_anywhere(pattern: str, value: str, *, found: bool) -> None:
    assert matches(pattern, value) is found


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a*)*b$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_that_would_take_for_ever_is_cut_short_and_holds_nothing_against_a_value(pattern: str) -> None:
    """Each of them would take longer than this suite has."""
    assert matches(pattern, "a" * 60 + "!")
    assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


@pytest.mark.parametrize("pattern", ["(", r"\pL", "a{99999999999}"])
def test_a_pattern_that_python_cannot_read_holds_nothing_against_a_value(pattern: str) -> None:
    assert matches(pattern, "a")
