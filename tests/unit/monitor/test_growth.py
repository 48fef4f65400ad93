from __future__ import annotations

import gc

import pytest

from perfkit.monitor.growth import LOOKS, Growth, Leaks, LeakWatch


class Leaked:
    """What a test holds on to."""


class Breathing:
    """What comes and goes."""


@pytest.fixture(autouse=True, scope="module")
def _few_objects() -> None:
    """What other tests left behind is not counted at each look."""
    gc.collect()
    gc.freeze()


NAME = f"{Leaked.__module__}.Leaked"


def test_a_type_that_became_more_is_told_with_how_many_more() -> None:
    growth = Growth()
    held = [Leaked() for _ in range(10)]
    growth.look()
    held += [Leaked() for _ in range(50)]
    (found,) = [each for each in growth.look() if each.type == NAME]
    assert (found.count, found.grown) == (60, 50)
    held.clear()
    assert NAME not in {each.type for each in growth.look()}


def test_only_what_grows_at_every_look_is_called_a_leak() -> None:
    leaks = Leaks()
    held: list[Leaked] = []
    breath: list[Breathing] = []
    for turn in range(4):
        held += [Leaked() for _ in range(20 + turn)]
        breath = [Breathing() for _ in range(500 * (turn % 2))]
        found = leaks.look()
    assert found[NAME] == 20
    assert f"{Breathing.__module__}.Breathing" not in found
    assert not breath or len(breath) == 500


def test_garbage_is_no_growth() -> None:
    growth = Growth()
    growth.look()
    for _ in range(100):
        cycle = [Leaked()]
        cycle.append(cycle)  # type: ignore[arg-type]
    del cycle
    assert NAME not in {each.type for each in growth.look()}


def test_a_leak_is_warned_of_when_it_grew_at_every_look_and_told_once_in_so_many() -> None:
    warnings: list[str] = []
    watch = LeakWatch(warnings.append)
    held: list[Leaked] = []
    for turn in range(LOOKS + 1):
        assert not warnings
        held += [Leaked() for _ in range(20 + turn)]
        watch.look()
    assert len(warnings) == 1
    assert f"{NAME} (+21 or more)" in warnings[0]
    assert watch.suspects[NAME] == 21
    watch.look()
    assert len(warnings) == 1


def test_what_only_breathes_is_never_warned_of() -> None:
    warnings: list[str] = []
    watch = LeakWatch(warnings.append)
    for turn in range(3 * LOOKS):
        breath = [Breathing() for _ in range(500 * (turn % 2))]
        watch.look()
    assert not [warning for warning in warnings if "Breathing" in warning]
    assert len(breath) == 500
