from __future__ import annotations

from benchmarks.link_accuracy.cases import CASES, FITTED, HELD_OUT, KIB, MIB, Case, Link


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(FITTED) + len(HELD_OUT)


def test_a_name_tells_all_that_defines_the_case() -> None:
    shaped = Link(50, down=10, up=5, loss=0.5, jitter=2)
    warm = Case(shaped, 256 * KIB, upload=True, before=(64_000, MIB), idle=2, connections=4)
    assert warm.name == "rtt50-10/5mbit-loss0.5-jitter2/warm-up-256KiB-after-64kB+1MiB-idle2s-x4"
    assert Case(Link(50), 1).name == "rtt50/cold-1B"


def test_what_is_fitted_is_not_held_out() -> None:
    assert not any(case.held_out for case in FITTED)
    assert all(case.held_out for case in HELD_OUT)
