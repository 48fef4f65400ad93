"""CPU time of processes."""

from __future__ import annotations

import os
import time

import pytest

from perfkit.measure.cpu import parse_stat, process_cpu


def test_stat_of_a_name_with_blanks_and_brackets() -> None:
    text = "42 (a ) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 7 7 20 0 1 0 100 1 2 3\n"
    assert parse_stat(text, 100) == pytest.approx(1.75)


def test_own_clock_agrees_with_our_own_count() -> None:
    before = time.process_time()
    asked = process_cpu(os.getpid())
    after = time.process_time()
    assert asked is not None
    assert before <= asked <= after


def test_a_process_that_is_gone_has_no_number() -> None:
    assert process_cpu(2**22 + 1) is None, "above the largest process id that Linux gives"


def test_without_such_a_clock_ticks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_clock: int) -> float:
        raise OSError

    monkeypatch.setattr(time, "clock_gettime", refuse)
    ticks = process_cpu(os.getpid())
    assert ticks is not None
    assert ticks == pytest.approx(time.process_time(), abs=0.05)
