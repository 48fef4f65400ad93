"""What is told of a target that failed."""

from types import SimpleNamespace
from typing import Any

import pytest

from perfkit.steps.waiting import said


def running(tail: str, *screen: str) -> Any:
    return SimpleNamespace(output_tail=lambda: tail, screen=lambda: list(screen))


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        ("first\nlast\n", "; it said: last"),
        ("\x1b[31mred\x1b[0m\r\n\x1b[?1049l\x1b[?25h\n", "; it said: red"),
        ("\x1b]0;a title\x07gone \x1b(B\x1b[2;5H2/2", "; it said: gone 2/2"),
        ("\x1b[2J\x1b7\x08\n", ""),
        ("", ""),
    ],
)
def test_what_it_said_last_moves_no_cursor(tail: str, told: str) -> None:
    assert said(running(tail)) == told


def test_what_stands_on_its_screen_goes_before_what_it_printed() -> None:
    assert said(running("printed", "pods", "<all> ", "")) == "; its screen ends with: <all>"
