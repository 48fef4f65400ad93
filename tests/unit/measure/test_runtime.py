"""What runtimes tell, from recorded words of Python 3.11 and of kubectl 1.37 (Go 1.26)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from perfkit.measure.runtime import Heard, asking, heard, told, told_between

if TYPE_CHECKING:
    from pathlib import Path

# ruff: noqa: E501 - words of runtimes, as they are

PYTHON = """\
import time: self [us] | cumulative | imported package
import time:       260 |       4836 |   json.decoder
import time:       334 |        334 |   json.encoder
import time:       177 |       5347 | json
ready
"""
GO = """\
init internal/bytealg @0.008 ms, 0.004 ms clock, 0 bytes, 0 allocs
init k8s.io/kubectl/pkg/cmd/set @168 ms, 0.052 ms clock, 95376 bytes, 569 allocs
gc 1 @0.019s 3%: 0.018+1.1+0.004 ms clock, 0.036+0.40/0.90/0+0.008 ms cpu, 4->5->3 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P
gc 2 @0.041s 2%: 0.10+2.3+0.30 ms clock, 0.20+0.11/1.2/0+0.60 ms cpu, 6->7->5 MB, 7 MB goal, 0 MB stacks, 0 MB globals, 2 P
"""


def test_pythons_imports_are_summed_without_counting_any_twice(tmp_path: Path) -> None:
    values = told(tmp_path, PYTHON)
    assert values == {"python.imports": 3, "python.import.seconds": pytest.approx(771e-6)}


def test_gos_inits_and_pauses(tmp_path: Path) -> None:
    """Only stop-the-world phases count as pauses: the marking between them runs beside the program."""
    values = told(tmp_path, GO)
    assert values["go.init.seconds"] == pytest.approx(56e-6)
    assert values["go.gc.runs"] == 2
    assert values["go.gc.seconds"] == pytest.approx(422e-6)
    assert values["go.gc.pause.peak"] == pytest.approx(400e-6)


def test_collections_of_all_processes_are_added_up(tmp_path: Path) -> None:
    row = struct.Struct("=QQQ")
    (tmp_path / "gc-1-1.bin").write_bytes(row.pack(10, 5000, 900) + row.pack(2, 8000, 7000) + row.pack(0, 0, 0))
    (tmp_path / "gc-2-1.bin").write_bytes(row.pack(1, 1000, 1000) + row.pack(0, 0, 0) * 2)
    values = told(tmp_path, "")
    assert values["python.gc.runs"] == 13
    assert values["python.gc.seconds"] == pytest.approx(14e-6)
    assert values["python.gc.pause.peak"] == pytest.approx(7e-6)


def test_a_runtime_that_says_nothing_has_no_values(tmp_path: Path) -> None:
    assert told(tmp_path, "gc of my own: 3\ninit done\n") == {}


def test_a_targets_own_variables_are_kept(tmp_path: Path) -> None:
    asked = asking({"PYTHONPATH": "/mine", "GODEBUG": "madvdontneed=1", "A": "b"}, tmp_path)
    assert asked["PYTHONPATH"].endswith("fixtures/hooks/python:/mine")
    assert asked["GODEBUG"] == "madvdontneed=1,inittrace=1,gctrace=1"
    assert asked["A"] == "b"


def test_what_was_told_between_two_moments_is_that_of_a_step(tmp_path: Path) -> None:
    row = struct.Struct("=QQQ")
    counts = tmp_path / "gc-1-1.bin"
    counts.write_bytes(row.pack(10, 5000, 900) + row.pack(2, 8000, 7000) + row.pack(0, 0, 0))
    before = heard(tmp_path, len(PYTHON))
    counts.write_bytes(row.pack(11, 5500, 900) + row.pack(2, 8000, 7000) + row.pack(1, 4500, 4500))
    after = heard(tmp_path, len(PYTHON + GO))
    said = (PYTHON + GO).encode()
    assert told_between(Heard(), before, said) == {
        "python.gc.runs": 12,
        "python.gc.seconds": pytest.approx(13e-6),
        "python.imports": 3,
        "python.import.seconds": pytest.approx(771e-6),
    }
    found = told_between(before, after, said)
    assert found["python.gc.runs"] == 2
    assert found["python.gc.seconds"] == pytest.approx(5e-6)
    assert found["go.gc.runs"] == 2
    assert found["go.gc.pause.peak"] == pytest.approx(400e-6)
    assert "python.imports" not in found
