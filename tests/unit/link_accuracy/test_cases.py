from __future__ import annotations

from benchmarks.link_accuracy import blind
from benchmarks.link_accuracy.case import KIB, MIB, Case, Link
from benchmarks.link_accuracy.cases import CASES, FITTED, SEEN


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(FITTED) + len(SEEN) + blind.COUNT


def test_a_name_tells_all_that_defines_the_case() -> None:
    shaped = Link(50, down=10, up=5, loss=0.5, jitter=2)
    warm = Case(shaped, 256 * KIB, upload=True, before=(64_000, MIB), idle=2, connections=4)
    assert warm.name == "rtt50-10/5mbit-loss0.5-jitter2/warm-up-256KiB-after-64kB+1MiB-idle2s-x4"
    assert Case(Link(50), 1).name == "rtt50/cold-1B"


def test_a_case_tells_whether_the_model_was_made_by_it() -> None:
    assert {case.group for case in FITTED} == {"fitted"}
    assert {case.group for case in SEEN} == {"seen"}
    assert {case.group for case in blind.cases()} == {"blind"}
