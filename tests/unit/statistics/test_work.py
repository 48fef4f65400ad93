"""What trials say of the work that a target did."""

from __future__ import annotations

from perfkit.model.result import Trial
from perfkit.statistics.work import Work, work_seen

PODS = (("pods", 1000),)


def trial(index: int, work: dict[str, int], **changes: object) -> Trial:
    given = {"index": index, "block": index, "order": 0, "target": "a", "work": work}
    return Trial(**given | changes)  # type: ignore[arg-type]


def seen_of(trials: list[Trial]) -> tuple[Work, bool]:
    found = work_seen(trials, "a")
    assert found is not None
    return found


def test_work_is_what_was_delivered_however_it_was_asked_for() -> None:
    listed = [trial(0, {"list pods": 1000, "watch pods": 0}), trial(1, {"watch pods": 1000})]
    assert work_seen(listed, "a") == (Work(PODS, ("pods",)), True)
    most, steady = seen_of([*listed, trial(2, {"list pods": 999})])
    assert (most.delivered, steady) == (PODS, False)


def test_who_lists_does_less_than_who_watches_as_well() -> None:
    found = [trial(0, {"list pods": 1000}), trial(1, {"list pods": 1000, "watch pods": 0})]
    assert seen_of(found[:1])[0] == Work(PODS)
    assert seen_of(found)[1] is False


def test_a_screen_that_was_of_use_is_work_too() -> None:
    assert seen_of([trial(0, {"list pods": 1000}, values={"ui.useful_screen": 1.0})])[0].on_screen


def test_warm_ups_failures_and_others_say_nothing() -> None:
    found = [
        trial(0, {"list pods": 1}, block=-1),
        trial(1, {"list pods": 2}, outcome="timeout"),
        trial(2, {"list pods": 3}, target="b"),
    ]
    assert work_seen(found, "a") is None
