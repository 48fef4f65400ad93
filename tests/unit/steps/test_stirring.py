"""Steps that have the cluster change, on an invented one."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.model.churn import Churn
from perfkit.model.control import Churned, Scale
from perfkit.model.objects import Batch
from perfkit.model.protocols import TargetFailedError
from perfkit.model.scenario import Rescale, Stir, Submit
from perfkit.steps.perform import perform
from perfkit.steps.stage import Stage, Start
from support.fakes import Behaviour, FakeWorld, scenario


def stage(world: FakeWorld) -> Stage:
    return Stage(
        cluster=world,
        launcher=world,
        clock=world.clock,
        target=scenario("a").targets[0],
        home=Path("/nowhere"),
        output=Path("/nowhere"),
    )


def test_a_churn_step_lasts_its_duration_and_tells_of_a_rate_that_was_not_kept() -> None:
    world = FakeWorld({"a": Behaviour()})
    place, started = stage(world), world.clock.now()
    place.step = "busy"
    perform(Stir(name="busy", churn=Churn(rate=20), duration=10.0), place)
    assert world.clock.now() - started == 10_000_000_000
    assert place.churned == [("busy", Churned(events=100, missed=100, seconds=10.0))]
    assert place.warnings[0].startswith("the mock cluster made 100 of 200 changes in busy")
    assert world.churning[0] is None


def test_a_scale_step_asks_for_what_it_says() -> None:
    world = FakeWorld({"a": Behaviour()})
    perform(Rescale(deployment="default/web", replicas=3), stage(world))
    perform(Rescale(pods=-10), stage(world))
    assert world.scales == [Scale(deployment="default/web", replicas=3), Scale(pods=-10)]


def test_a_target_that_dies_during_churn_has_failed() -> None:
    world = FakeWorld({"a": Behaviour(exit_status=3)})
    place = stage(world)
    running = world.start(place.target, home=place.home, kubeconfig="", output=place.output, pattern="")
    running.wait_exit(5.0)
    place.starts.append(Start("launch", running))
    with pytest.raises(TargetFailedError, match="during churn"):
        perform(Stir(churn=Churn(rate=1), duration=1.0), place)


def test_an_objects_step_asks_for_what_it_says() -> None:
    world = FakeWorld({"a": Behaviour()})
    batch = Batch(manifest={"metadata": {"name": "w-{n}"}}, count=20, rate=10.0)
    perform(Submit(name="steady", batch=batch), stage(world))
    assert world.batches == [batch]
