from __future__ import annotations

import pytest
from benchmarks.link_accuracy import bounds
from benchmarks.link_accuracy.case import KIB, MIB, Case, Link
from benchmarks.link_accuracy.table import Row

PLAIN, LOSSY, JITTERY = Link(50), Link(50, loss=1), Link(50, jitter=5)
ORACLE = Row(case="x", runs=3, p10=100, p50=100, p90=200, p99=400, date="", kernel="", congestion="cubic")


@pytest.mark.parametrize(
    ("case", "bound"),
    [
        (Case(PLAIN, 1, before=(1,)), bounds.ROUND_TRIP),
        (Case(PLAIN, 256 * KIB), bounds.SMALL),
        (Case(PLAIN, MIB), bounds.LARGE),
        (Case(Link(50, down=10), MIB, before=(MIB,)), bounds.WARM),
        (Case(LOSSY, 256 * KIB), bounds.LOSSY_SMALL),
        (Case(LOSSY, MIB), bounds.LOSSY_LARGE),
        (Case(JITTERY, MIB), bounds.NONE),
    ],
)
def test_each_kind_of_case_has_its_bound(case: Case, bound: bounds.Bound) -> None:
    assert bounds.bound(case) == bound


def test_a_transfer_misses_by_share_of_what_netem_took() -> None:
    assert bounds.judge(Case(PLAIN, MIB), ORACLE, [0.1049]).verdict == "ok"
    late = bounds.judge(Case(PLAIN, MIB), ORACLE, [0.1051])
    assert late.verdict == "MISS p50"
    assert late.errors["p50"] == pytest.approx(5.1)


def test_being_too_fast_misses_as_being_too_slow_does() -> None:
    assert bounds.judge(Case(PLAIN, MIB), ORACLE, [0.0949]).misses == ["p50"]


def test_a_round_trip_misses_by_milliseconds() -> None:
    ping = Case(PLAIN, 1, before=(1,))
    steady = Row(case="x", runs=3, p10=50, p50=50, p90=50, p99=50, date="", kernel="", congestion="cubic")
    outcome = bounds.judge(ping, steady, [0.0509] * 98 + [0.053] * 2)
    assert outcome.errors["p50"] == pytest.approx(0.9)
    assert outcome.verdict == "MISS p99"


def test_under_loss_the_tail_is_bounded_too() -> None:
    lossy = Case(LOSSY, 64_000)
    assert bounds.judge(lossy, ORACLE, [0.1] * 8 + [0.25] * 2).verdict == "MISS p90"


def test_what_is_not_bounded_is_not_judged() -> None:
    assert bounds.judge(Case(JITTERY, MIB), ORACLE, [9.0]).verdict == "–"
