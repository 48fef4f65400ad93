"""What samples tell of a stretch of a trial, from a log written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.measure.sampler.log import COLUMNS
from perfkit.measure.samples import Samples

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_000_000_000
MIB = 1 << 20


def line(at: float, cpu: float, rss: int = 50, *, processes: int = 1, detail: str = ",,,") -> str:
    """A line of the log: seconds, CPU seconds, MiB."""
    return f"{int(at * SECOND)},{processes},{int(cpu * SECOND)},0,{rss * MIB},3,{int(cpu * 100)},{detail}"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Ten seconds, 10 looks a second; half a core from second 4 to 6, memory from 50 to 80 MiB meanwhile and after."""
    lines = [",".join(COLUMNS)]
    for k in range(101):
        at = k / 10
        cpu = 0.5 * (min(max(at, 4), 6) - 4)
        peak = (90 if k == 50 else 60) * MIB
        detail = f"{(40 + int(at)) * MIB},{10 + k // 10},{7 * k},{peak}" if k % 10 == 0 else ",,,"
        lines.append(line(at, cpu, 50 if at < 4 else 80, detail=detail))
    path = tmp_path / "samples.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_window_has_its_own_values(log: Path) -> None:
    values = Samples.read(log, 0).values(4 * SECOND, 6 * SECOND)
    assert values["cpu.mean"] == pytest.approx(0.5)
    assert values["cpu.peak"] == pytest.approx(0.5)
    assert values["memory.rss.peak"] == 80 * MIB
    assert values["memory.pss.end"] == 46 * MIB
    assert values["process.fds.peak"] == 16
    assert values["process.threads.peak"] == 3
    assert values["process.page_faults"] == 100
    assert values["process.context_switches"] == 7 * 20
    assert values["cpu.seconds"] == pytest.approx(1.0)


def test_a_windows_peak_is_the_highest_of_what_was_told_in_it(log: Path) -> None:
    """A row tells what was held since the one before it."""
    found = Samples.read(log, 0)
    assert found.values(4 * SECOND, 6 * SECOND)["memory.peak"] == 90 * MIB
    assert found.values(int(5.01 * SECOND), 9 * SECOND)["memory.peak"] == 60 * MIB
    assert "memory.peak" not in found.values(int(8.1 * SECOND), int(8.9 * SECOND))


def test_a_peak_is_told_of_what_has_ended_since(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    gone = line(2, 0.1, 0, processes=0, detail=f"0,0,40,{70 * MIB}")
    path.write_text("\n".join([",".join(COLUMNS), line(0, 0.0), line(1, 0.1), gone]) + "\n")
    assert Samples.read(path, 0).values(SECOND, 3 * SECOND)["memory.peak"] == 70 * MIB


def test_a_windows_ends_may_lie_between_samples(log: Path) -> None:
    """CPU is read off the line that joins two samples."""
    values = Samples.read(log, 0).values(int(3.95 * SECOND), int(4.45 * SECOND))
    assert values["cpu.mean"] == pytest.approx(0.45 * 0.5 / 0.5)


def test_peak_is_over_a_second_not_an_instant(log: Path) -> None:
    """Half a core for 2 s within 10 s: mean 10 %, peak 50 %."""
    values = Samples.read(log, 0).values(0, 10 * SECOND)
    assert values["cpu.mean"] == pytest.approx(0.1)
    assert values["cpu.peak"] == pytest.approx(0.5)


def test_what_precedes_exec_is_not_the_target(log: Path) -> None:
    assert Samples.read(log, 5 * SECOND).values(0, 10 * SECOND)["memory.rss.mean"] == 80 * MIB


def test_an_unseen_window_has_no_values(log: Path) -> None:
    samples = Samples.read(log, 0)
    assert samples.values(20 * SECOND, 30 * SECOND) == {}
    assert samples.values(5 * SECOND, 5 * SECOND) == {}


def test_cpu_never_runs_backwards(tmp_path: Path) -> None:
    """A child's nanoseconds become whole ticks once it is waited for; the sum must not fall by that."""
    path = tmp_path / "samples.csv"
    path.write_text("\n".join([",".join(COLUMNS), line(0, 0.0), line(1, 0.105), line(2, 0.1), line(3, 0.11)]) + "\n")
    values = Samples.read(path, 0).values(SECOND, 2 * SECOND)
    assert values["cpu.mean"] == 0


def test_memory_at_the_end_is_the_last_that_was_held(tmp_path: Path) -> None:
    """A zombie holds nothing, and is not what the target had at its end."""
    path = tmp_path / "samples.csv"
    path.write_text("\n".join([",".join(COLUMNS), line(0, 0.0), line(1, 0.1, 60), line(2, 0.1, 0)]) + "\n")
    assert Samples.read(path, 0).values(0, 2 * SECOND)["memory.rss.end"] == 60 * MIB


def test_a_line_cut_short_is_left_out(log: Path) -> None:
    """A sampler that was killed leaves half a line."""
    log.write_text(log.read_text() + "1010000")
    assert Samples.read(log, 0).values(0, 10 * SECOND)["cpu.mean"] == pytest.approx(0.1)


def test_the_peak_is_no_lower_than_the_mean(tmp_path: Path) -> None:
    """What was used before the first whole second that a sample begins is part of some second all the same."""
    path = tmp_path / "samples.csv"
    path.write_text("\n".join([",".join(COLUMNS), line(0, 0.0), line(0.9, 0.5), line(1.6, 0.5)]) + "\n")
    values = Samples.read(path, 0).values(0, int(1.5 * SECOND))
    assert values["cpu.peak"] >= values["cpu.mean"]


def test_the_course_is_cut_into_stretches_of_one_length(log: Path) -> None:
    course = Samples.read(log, 0).course(5)
    assert [each.end for each in course] == [2, 4, 6, 8, 10]
    assert [each.cpu for each in course] == pytest.approx([0, 0, 0.5, 0, 0])
    assert [each.rss // MIB for each in course] == [50, 80, 80, 80, 80]


def test_the_course_of_a_moment_is_one_stretch_and_of_nothing_none(log: Path) -> None:
    assert len(Samples.read(log, 10 * SECOND - 1).course(5)) == 1
    assert Samples.read(log, 11 * SECOND).course(5) == []
