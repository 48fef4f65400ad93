from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.measure.live.looks import Looks, Tail

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_000_000_000
MIB = 1 << 20


def look(at: float, cpu: float, rss: int = 50, *, processes: int = 1, fds: str = "") -> bytes:
    detail = f"{rss * MIB},{fds},0,0" if fds else ",,,"
    return f"{int(at * SECOND)},{processes},{int(cpu * SECOND)},0,{rss * MIB},3,7,{detail}".encode()


def test_cpu_is_of_the_time_since_the_last_reading_and_the_mean_of_all() -> None:
    looks = Looks(0)
    looks.take([look(1, 0.5), look(2, 1.0)])
    assert looks.readings().cpu == pytest.approx(0.5)
    looks.take([look(3, 1.0), look(4, 1.2)])
    found = looks.readings()
    assert (found.cpu, found.cpu_mean) == pytest.approx((0.1, 0.3))
    assert found.cpu_seconds == pytest.approx(1.2)


def test_cpu_over_a_moment_counts_in_the_next_reading() -> None:
    """A start burns all of a core for 0.1 s: no share to alert about."""
    looks = Looks(0)
    looks.take([look(0.1, 0.1)])
    assert looks.readings().cpu is None
    looks.take([look(1.0, 0.1)])
    assert looks.readings().cpu == pytest.approx(0.1)


def test_the_peak_of_cpu_is_over_a_second() -> None:
    looks = Looks(0)
    looks.take([look(place / 10, 0.1 * min(place, 15) if place > 5 else 0.0) for place in range(1, 40)])
    assert looks.readings().cpu_peak == pytest.approx(1.5)


def test_the_peak_of_what_lives_shorter_is_over_all_of_it() -> None:
    looks = Looks(0)
    looks.take([look(0.2, 0.1), look(0.4, 0.1)])
    assert looks.readings().cpu_peak == pytest.approx(0.25)


def test_memory_is_the_last_and_the_most() -> None:
    looks = Looks(0)
    looks.take([look(1, 0, 80, fds="12"), look(2, 0, 60)])
    found = looks.readings()
    assert (found.memory, found.memory_peak, found.descriptors) == (60 * MIB, 80 * MIB, 12)


def test_what_was_before_or_is_broken_is_left_out() -> None:
    looks = Looks(SECOND)
    looks.take([b"ns,processes,cpu", look(0.5, 9, 900), b"12,1", look(2, 0.1)])
    found = looks.readings()
    assert (found.memory_peak, found.cpu_seconds) == (50 * MIB, 0.1)


def test_nothing_is_known_before_the_first_look() -> None:
    found = Looks(0).readings()
    assert (found.memory, found.cpu, found.cpu_mean, found.cpu_peak) == (None, None, None, None)


def test_no_news_is_no_cpu_known() -> None:
    looks = Looks(0)
    looks.take([look(1, 0.5)])
    looks.readings()
    assert looks.readings().cpu is None


def test_it_is_gone_when_no_process_is_seen_and_its_last_memory_stays() -> None:
    looks = Looks(0)
    seen = [looks.gone]
    looks.take([look(2, 0.1), look(3, 0, 0, processes=0)])
    seen.append(looks.gone)
    assert seen == [False, True]
    assert looks.readings().memory == 50 * MIB


def test_a_tail_hands_out_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    tail = Tail(path)
    assert tail.read() == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\nthree")
    assert tail.read() == [b"two"]
    assert tail.read() == []
    tail.close()
