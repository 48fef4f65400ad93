"""Output for encodings that lack our signs."""

from __future__ import annotations

import io

import pytest

from perfkit.views.plain import SIGNS, write_plainly


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", "-3 ~ +5 % > [-o-] x ?\n"),
        ("latin-1", "-3 ~ +5 % > [-o-] × ?\n"),
        ("utf-8", "−3 … +5 % → ├─●─┤ × 日\n"),
    ],
)
def test_what_an_encoding_lacks_becomes_the_nearest_ascii(encoding: str, written: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    write_plainly(stream)
    stream.write("−3 … +5 % → ├─●─┤ × 日\n")
    stream.flush()
    assert raw.getvalue().decode(encoding) == written


def test_every_stand_in_is_ascii_and_signs_of_tables_keep_their_width() -> None:
    assert all(stand_in.isascii() for stand_in in SIGNS.values())
    assert {sign for sign, stand_in in SIGNS.items() if len(stand_in) > 1} == set("≥≤αρ")
