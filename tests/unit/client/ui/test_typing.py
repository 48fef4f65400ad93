"""The line in which something is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.ui.typing import Typing
from support.lean_ui import desk

KEYS = ["a", "b", " ", "backspace", "delete", "left", "right", "home", "end", "ctrl+u", "ctrl+w", "tab", "f5", "é"]


def typed(*keys: str, sign: str = ":") -> Typing:
    line = Typing(sign, names=lambda: ["deployments", "nodes"])
    for key in keys:
        assert line.press(key)
    return line


@pytest.mark.parametrize(
    ("keys", "text", "at"),
    [
        ("abc", "abc", 3),
        (["a", "b", "left", "x"], "axb", 2),
        (["a", "b", "home", "delete", "end", "c"], "bc", 2),
        (["a", "b", "backspace"], "a", 1),
        (["a", " ", "b", "ctrl+w"], "a ", 2),
        (["a", "b", "left", "ctrl+u"], "b", 0),
        (["n", "o", "tab"], "nodes", 5),
        (["n", "o", "right"], "nodes", 5),
        (["x", "tab"], "x", 1),
        (["f5"], "", 0),
    ],
)
def test_it_is_edited_as_readline_does(keys: list[str], text: str, at: int) -> None:
    line = typed(*keys)
    assert (line.text, line.at) == (text, at)


def test_what_may_be_meant_is_seen_behind_the_cursor() -> None:
    assert "".join(text for text, _ in typed("d", "e").line()) == ":deployments"
    assert "".join(text for text, _ in typed("d", sign="/").line()).rstrip() == "/d", "a filter is no command"


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "backspace"])
def test_it_is_left(key: str) -> None:
    assert not Typing(":").press(key)


@given(st.lists(st.sampled_from(KEYS)))
def test_whatever_is_pressed_the_cursor_is_in_the_text(keys: list[str]) -> None:
    line = Typing(":", names=lambda: ["ab", "b"])
    for key in keys:
        line.press(key)
        assert 0 <= line.at <= len(line.text)


def test_keys_are_not_commands_while_a_line_is_typed() -> None:
    made, shell = desk()
    for key in (":", "n", "o", "d", "e", "s", "enter"):
        made.press(key)
    assert made.page is not None
    assert made.page.title() == "nodes[2]"
    for key in (":", "q", "enter"):
        made.press(key)
    assert shell.left


def test_a_filter_is_felt_while_it_is_typed_and_pasted() -> None:
    made, _ = desk()
    made.press("/")
    made.paste("099")
    made.press("9")
    assert made.page is not None
    assert made.page.title() == "pods(all)[1] </0999>"
    made.press("enter")
    made.paste("nothing")
    assert made.typing is None
    assert made.page.title() == "pods(all)[1] </0999>"
