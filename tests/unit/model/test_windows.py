"""Names of steps' windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.scenario import Idle, Launch, Quit, Step
from perfkit.model.windows import Window, step_names

NAMES = st.sampled_from(["", "idle", "idle-2", "busy"])
STEPS = st.builds(lambda name: Idle(name=name, duration=1.0), NAMES) | st.just(Launch())


def test_a_window_is_called_as_its_step_or_by_the_kind_and_a_number() -> None:
    steps = (Launch(), Idle(duration=1), Idle(name="idle-2", duration=1), Idle(duration=1), Quit())
    assert step_names(steps) == ("launch", "idle", "idle-2", "idle-3", "quit")


@given(st.lists(STEPS, max_size=6, unique_by=lambda step: step.name or id(step)))
def test_no_two_windows_share_a_name_and_named_steps_keep_theirs(steps: list[Step]) -> None:
    names = step_names(steps)
    assert len(set(names)) == len(steps)
    assert all(step.name in {"", name} for step, name in zip(steps, names, strict=True))


def test_a_moment_lies_in_one_of_two_adjacent_windows() -> None:
    first = Window(name="a", do="idle", start_ns=0, end_ns=5)
    second = Window(name="b", do="idle", start_ns=5, end_ns=9)
    assert [(first.holds(ns), second.holds(ns)) for ns in (0, 5, 9)] == [(True, False), (False, True), (False, False)]
