"""The launcher's parts that need no process: output, patterns, cgroup folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.targets.launcher import output
from perfkit.targets.launcher.cgroups import Cgroup, cgroup_folder
from perfkit.targets.launcher.output import LINE, Output, Pattern

if TYPE_CHECKING:
    from pathlib import Path

HYBRID = "29 23 0:26 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw\n"
UNIFIED = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
CONTAINER = "35 24 0:30 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n"
ONLY_V1 = "30 23 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"


@pytest.mark.parametrize(
    ("memberships", "mounts", "folder"),
    [
        ("0::/user.slice/a.scope\n", UNIFIED, "/sys/fs/cgroup/user.slice/a.scope"),
        ("4:memory:/api/3\n1:cpu:/\n0::/\n", ONLY_V1 + HYBRID, "/sys/fs/cgroup/unified"),
        ("0::/docker/abc\n", CONTAINER, "/sys/fs/cgroup"),
        ("0::/docker/abc/job\n", CONTAINER, "/sys/fs/cgroup/job"),
        ("0::/docker/abcdef\n", CONTAINER, None),
        ("0::/elsewhere\n", CONTAINER, None),
        ("1:cpu:/\n", ONLY_V1, None),
        ("0::/\n", ONLY_V1, None),
        ("1:cpu:/\n", UNIFIED, None),
        ("", "", None),
    ],
)
def test_own_folder_in_the_v2_hierarchy(memberships: str, mounts: str, folder: str | None) -> None:
    assert cgroup_folder(memberships, mounts) == folder


def test_cgroup_reads_what_the_kernel_tells(tmp_path: Path) -> None:
    cgroup = Cgroup(str(tmp_path / "perfkit-run-1"))
    folder = tmp_path / "perfkit-run-1"
    assert (cgroup.cpu_seconds(), cgroup.memory_peak(), cgroup.oom_kills()) == (None, None, 0)
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1000000\n")
    (folder / "memory.peak").write_text("4096\n")
    (folder / "memory.events").write_text("max 3\noom 1\noom_kill 2\n")
    assert (cgroup.cpu_seconds(), cgroup.memory_peak(), cgroup.oom_kills()) == (1.5, 4096, 2)


def test_a_memory_cap_is_set_where_it_can_be(tmp_path: Path) -> None:
    cgroup = Cgroup(str(tmp_path / "perfkit-run-1"))
    assert not cgroup.cap(1000)
    (tmp_path / "perfkit-run-1" / "memory.max").touch()
    assert cgroup.cap(1000)
    assert (tmp_path / "perfkit-run-1" / "memory.max").read_text() == "1000"


@given(st.lists(st.binary(max_size=40)))
def test_output_keeps_head_and_tail_however_it_comes(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    """Whole up to head and tail together; beyond, both ends and how much was between."""
    head, tail = 50, 20
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "HEAD", head)
        patch.setattr(output, "TAIL", tail)
        path = tmp_path_factory.getbasetemp() / "output"
        kept_output = Output(str(path))
        for chunk in chunks:
            kept_output.feed(chunk)
        kept_output.close()
        told = (kept_output.total, kept_output.omitted, kept_output.error)
    whole, kept = b"".join(chunks), path.read_bytes()
    omitted = max(0, len(whole) - head - tail)
    note = b"\n[perfkit: %d bytes left out]\n" % omitted if omitted else b""
    assert kept == (whole[:head] + note + whole[-tail:] if omitted else whole)
    assert told == (len(whole), omitted, "")


def test_output_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    kept_output = Output(str(tmp_path / "missing" / "output"))
    kept_output.feed(b"text")
    kept_output.close()
    assert (kept_output.error, kept_output.tail.last(), kept_output.total) == ("No such file or directory", b"text", 4)


@given(st.binary(), st.lists(st.integers(0, 30)))
def test_pattern_does_not_care_how_lines_are_cut(text: bytes, cuts: list[int]) -> None:
    """Fed in any pieces, a match is found in just the output that has one."""
    whole = text + b"\n"
    pattern = Pattern("^a.?b$")
    found = False
    for cut in cuts:
        found |= pattern.feed(whole[:cut])
        whole = whole[cut:]
    found |= pattern.feed(whole)
    lines = (text.decode(errors="surrogateescape")).split("\n")
    once = Pattern("^a.?b$")
    assert found == any(once.feed(line.encode(errors="surrogateescape") + b"\n") for line in lines)


def test_pattern_sees_text_not_bytes() -> None:
    assert Pattern("^[é]$").feed("é\n".encode())


def test_pattern_sees_lines_without_their_ends() -> None:
    assert Pattern("synced$").feed(b"is synced\r\n")
    assert not Pattern("one two").feed(b"one\ntwo\n")


def test_pattern_waits_for_the_end_of_a_line() -> None:
    pattern = Pattern("^ready$")
    assert not pattern.feed(b"ready")
    assert not pattern.feed(b" to fail\n")
    assert not pattern.feed(b"ready")
    assert pattern.end()


def test_pattern_remembers_little_of_an_endless_line() -> None:
    pattern = Pattern("^x+$|needle")
    for _ in range(10):
        assert not pattern.feed(b"x" * LINE)
    assert len(pattern._rest) == LINE
    assert pattern.feed(b"needle\n")
    assert Pattern("needle").feed(b"\nneedle\n")
    assert not Pattern("needle").feed(b"x" * LINE + b"needle\n")
