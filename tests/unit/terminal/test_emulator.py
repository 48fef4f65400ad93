"""The emulator shows what an xterm shows, and nothing printed can break it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.terminal.emulator import LONGEST, Emulator
from perfkit.terminal.screen import PLAIN, Style


def shown(data: bytes, columns: int = 10, rows: int = 4) -> list[str]:
    emulator = Emulator(columns, rows)
    emulator.feed(data)
    return emulator.screen.lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\r\ntwo", ["one", "two", "", ""]),
        (b"one\ntwo", ["one", "   two", "", ""]),
        (b"0123456789ab", ["0123456789", "ab", "", ""]),
        (b"0123456789\r\nab", ["0123456789", "ab", "", ""]),
        (b"0123456789\x1b[Kx", ["012345678", "x", "", ""]),
        (b"\x1b[?7l0123456789ab", ["012345678b", "", "", ""]),
        (b"a\r\nb\r\nc\r\nd\r\ne", ["b", "c", "d", "e"]),
        (b"a\tb", ["a       b", "", "", ""]),
        (b"abc\b\bX", ["aXc", "", "", ""]),
        (b"\x1b[2;3Hx\x1b[Ay\x1b[2Dz", ["  zy", "  x", "", ""]),
        (b"\x1b[3dx\x1b[5Gy\x1b[99;99Hz", ["", "", "x   y", "         z"]),
        (b"abcdef\x1b[3G\x1b[Kx", ["abx", "", "", ""]),
        (b"abcdef\x1b[3G\x1b[1K", ["   def", "", "", ""]),
        (b"abcdef\x1b[3G\x1b[2X", ["ab  ef", "", "", ""]),
        (b"abcdef\x1b[3G\x1b[2P", ["abef", "", "", ""]),
        (b"abcdef\x1b[3G\x1b[2@", ["ab  cdef", "", "", ""]),
        (b"abcdef\x1b[3G\x1b[4hXY", ["abXYcdef", "", "", ""]),
        (b"a\r\nb\r\nc\x1b[2H\x1b[L", ["a", "", "b", "c"]),
        (b"a\r\nb\r\nc\x1b[1H\x1b[2M", ["c", "", "", ""]),
        (b"a\r\nb\r\nc\x1b[J\x1b[H\x1b[2Jd", ["d", "", "", ""]),
        (b"a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nX", ["a", "c", "X", "d"]),
        (b"a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[2;1H\x1bMX", ["a", "X", "b", "d"]),
        (b"\x1b[2;3r\x1b[3H\x1b[9Ax\x1b[9By\x1b[4Hz\x1b[9Fw", ["", "w", " y", "z"]),
        (b"a\r\nb\r\nc\r\nd\x1b[S", ["b", "c", "d", ""]),
        (b"a\r\nb\r\nc\r\nd\x1b[2T", ["", "", "a", "b"]),
        (b"ab\x1b7\x1b[3Hx\x1b8c", ["abc", "", "x", ""]),
        (b"x\x1b[4b", ["xxxxx", "", "", ""]),
        (b"a\x1b[I\x1b[Zx", ["x", "", "", ""]),
        (b"\x1b(0lqk\x1b(Blqk", ["┌─┐lqk", "", "", ""]),
        (b"\x1b)0a\x0eq\x0fq", ["a─q", "", "", ""]),
        ("日本x\x1b[2Gy".encode(), [" y本x", "", "", ""]),
        ("12345678日本".encode(), ["12345678日", "本", "", ""]),
        ("123456789日".encode(), ["123456789", "日", "", ""]),
        ("e\u0301x".encode(), ["e\u0301x", "", "", ""]),
        (b"\x1b]0;a title\x07\x1bP1$r0m\x1b\\\x1b_apc\x1b\\x", ["x", "", "", ""]),
        (b"\x1b]0;cut off\x1b[1mx", ["x", "", "", ""]),
        (b"\x1b[?2026h\x1b[>4;1m\x1b[?u\x1b[=1ux", ["x", "", "", ""]),
        (b"main\x1b[?1049hother\x1b[?1049lX", ["mainX", "", "", ""]),
        (b"main\x1b[?1049h", ["", "", "", ""]),
        (b"old\x1bcnew", ["new", "", "", ""]),
    ],
)
def test_what_is_printed_is_shown_as_by_an_xterm(data: bytes, lines: list[str]) -> None:
    assert shown(data) == lines


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        (b"1;31;44", Style("1", "4", bold=True)),
        (b"38;5;208;48;2;1;2;3", Style("208", "#010203")),
        (b"38:2::255:0:16", Style("#ff0010")),
        (b"97;107;7;2;3;4", Style("15", "15", dim=True, italic=True, underline=True, reverse=True)),
        (b"1;4;7;22;24;27", PLAIN),
        (b"31;39", PLAIN),
        (b"31;", PLAIN),
        (b"38;5", PLAIN),
        (b"38;9;1", Style(bold=True)),
        (b"4:3;99", Style(underline=True)),
    ],
)
def test_colours_are_those_asked_for(codes: bytes, style: Style) -> None:
    emulator = Emulator(4, 1)
    emulator.feed(b"\x1b[" + codes + b"mx")
    assert emulator.screen.rows[0].styles[0] == style


def test_an_erased_cell_keeps_the_background() -> None:
    emulator = Emulator(4, 1)
    emulator.feed(b"\x1b[1;41mx\x1b[K")
    assert emulator.screen.rows[0].styles[1:] == [Style(background="1")] * 3


def test_painting_the_same_again_changes_nothing() -> None:
    """A program that repaints its whole screen has changed it only where it looks different."""
    emulator = Emulator(10, 3)
    frame = b"\x1b[Hone\r\n\x1b[32mtwo\x1b[m\x1b[K"
    emulator.feed(frame)
    emulator.screen.changed = False
    emulator.feed(frame)
    assert not emulator.screen.changed
    emulator.feed(frame.replace(b"[32m", b"[31m"))
    assert emulator.screen.changed, "a colour is to be seen"


def test_another_size_keeps_what_fits() -> None:
    emulator = Emulator(6, 3)
    emulator.feed(b"one\r\ntwo two\r\nthree")
    emulator.resize(3, 2)
    assert emulator.screen.lines == ["o", "thr"]
    emulator.resize(5, 3)
    assert emulator.screen.lines == ["o", "thr", ""]
    emulator.feed(b"\x1b[3;5Hx")
    assert emulator.screen.lines == ["o", "thr", "    x"]


def test_a_resize_reaches_the_screen_behind() -> None:
    emulator = Emulator(6, 3)
    emulator.feed(b"behind\x1b[?1049h")
    emulator.resize(4, 2)
    emulator.feed(b"\x1b[?1049l")
    assert emulator.screen.lines == ["behi", ""]


def test_a_sequence_without_an_end_is_given_up() -> None:
    emulator = Emulator(10, 2)
    emulator.feed(b"\x1b]0;" + b"x" * (2 * LONGEST) + b"\x07\r\n\x1b[Hend")
    assert emulator.screen.lines[0].startswith("end")
    for _ in range(100):
        emulator.feed(b"\x1bP" + b"y" * 10_000)
    assert len(emulator._rest) <= 2 * LONGEST


@given(st.binary(max_size=400), st.integers(1, 12), st.integers(1, 6), st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_in_any_pieces_show_the_same(data: bytes, columns: int, rows: int, cuts: list[int]) -> None:
    """No input fails, the screen keeps its size, and where reads happened to end makes no difference."""
    data = data.replace(b"0", b"\x1b[").replace(b"1", b"\x1b]").replace(b"2", b"\x1b[?1049h")
    whole, pieces = Emulator(columns, rows), Emulator(columns, rows)
    whole.feed(data)
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        pieces.feed(data[start:end])
    assert whole.screen.rows == pieces.screen.rows
    assert len(whole.screen.rows) == rows
    assert all(len(row.characters) == len(row.styles) == columns for row in whole.screen.rows)
    assert 0 <= whole.screen.x <= columns
    assert 0 <= whole.screen.y < rows
