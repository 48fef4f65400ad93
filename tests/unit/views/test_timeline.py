"""Timelines laid out: medians of the moments that all trials have, on one scale."""

from __future__ import annotations

from perfkit.model.result import Result
from perfkit.views.timeline import BAR, timelines
from support.stored import make_result, make_trial

SLOW = {"startup.first_request": 1.0, "startup.ready": 2.0, "startup.requests{phase=ready}": 3.0}
QUICK = {"startup.first_request": 0.4, "startup.ready": 0.5, "startup.bytes{phase=ready}": 2048.0}


def result(*values: tuple[str, dict[str, float]]) -> Result:
    trials = tuple(make_trial(index, target, values=each) for index, (target, each) in enumerate(values))
    return make_result(trials=trials)


def test_both_targets_on_one_scale() -> None:
    base, head = timelines(result(("base", SLOW), ("head", QUICK)))
    assert [row[:3] for row in base.rows] == [("first request", "1 s", ""), ("ready", "2 s", "3")]
    assert base.rows[1][-1] == "·" * (BAR // 2) + "█" * (BAR // 2)
    bar = str(head.rows[0][-1])
    assert bar.startswith("█" * 5)
    assert bar.endswith("·" * 21)
    assert head.rows[1][4] == "2 KiB"


def test_medians_of_all_trials() -> None:
    values = [("base", {**SLOW, "startup.ready": ready}) for ready in (2.0, 9.0, 3.0)]
    (grid,) = timelines(result(*values))
    assert grid.title == "start of base, medians of 3 trials"
    assert grid.rows[-1][1] == "3 s"


def test_a_moment_that_a_trial_lacks_is_left_out() -> None:
    (grid,) = timelines(result(("base", SLOW), ("base", {"startup.ready": 2.0})))
    assert [row[0] for row in grid.rows] == ["ready"]


def test_a_stretch_too_short_to_draw_is_a_sliver() -> None:
    (grid,) = timelines(result(("base", {"startup.first_request": 1.999, "startup.ready": 2.0})))
    assert "▏" in str(grid.rows[1][-1])
    assert len(str(grid.rows[1][-1])) == BAR


def test_results_that_know_no_moments_have_no_timeline() -> None:
    assert timelines(result(("base", {"cpu.seconds": 1.0}))) == []
