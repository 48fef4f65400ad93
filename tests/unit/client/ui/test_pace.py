"""How often the screen is looked after."""

from __future__ import annotations

import pytest

from perfkit.client.ui.pace import QUICKEST, SHARE, SLOWEST, Pace


def settled(cost: float) -> float:
    """The pause after many looks that cost so much."""
    pace = Pace()
    return [pace.after(cost) for _ in range(100)][-1]


def test_what_costs_little_is_looked_at_as_often_as_can_be() -> None:
    assert settled(0.001) == QUICKEST


def test_what_costs_much_takes_its_share_of_a_core_and_no_more() -> None:
    cost = 0.015
    assert cost / settled(cost) == pytest.approx(SHARE)
    assert settled(10.0) == SLOWEST


def test_one_dear_look_does_not_hold_up_those_that_follow() -> None:
    pace = Pace()
    for _ in range(20):
        pace.after(0.001)
    assert pace.after(0.1) < SLOWEST
    assert [pace.after(0.001) for _ in range(20)][-1] == QUICKEST
