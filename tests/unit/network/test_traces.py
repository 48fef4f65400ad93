"""Traces of Mahimahi: what is one, and what each bad one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.errors import ScenarioError
from perfkit.network.traces import read_trace


def test_a_trace_is_one_millisecond_a_line(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("0\n5\n5\n12\n")
    assert read_trace(tmp_path / "t") == [0, 5, 5, 12]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no time"),
        (b"0\n0\n", "holds no time"),
        (b"5\n3\n", "line 2: 3 is before 5"),
        (b"5\n-3\n", "line 2: found '-3'"),
        (b"a b", "line 1: found 'a'"),
        (b"\xff\xfe", "not a text file"),
        (b"9" * 4000, "line 1: found"),
    ],
)
def test_a_bad_trace_is_refused_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(ScenarioError, match=complaint):
        read_trace(tmp_path / "t")


def test_a_missing_trace_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        read_trace(tmp_path / "none")
