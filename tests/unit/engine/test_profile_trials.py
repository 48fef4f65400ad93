"""A profile trial on an invented clock: the profiler is told of all that happens."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfkit.engine.trial import Bench, Place, run_trial
from perfkit.model.profile import Profile
from perfkit.model.result import Trial
from perfkit.model.scenario import Idle, Launch, Quit, TargetSpec
from support.fakes import Behaviour, FakeWorld, scenario
from support.profiles import cpu_profile

STEPS = (Launch(name="launch", timeout=60.0), Idle(name="busy", duration=2.0), Quit(name="quit"))


class FakeCapture:
    """Notes what it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []

    def wrap(self, target: TargetSpec) -> TargetSpec:
        return msgspec.structs.replace(target, command=("profiler", *target.command))

    def started(self, pid: int) -> None:
        self.told.append(f"started {pid}")

    def enter(self, step: str) -> None:
        self.told.append(f"enter {step}")

    def leave(self) -> None:
        self.told.append("leave")

    def end(self) -> None:
        self.told.append("end")

    def read(self, output: Path) -> Profile:
        return cpu_profile({})


def profile(folder: Path, behaviour: Behaviour) -> tuple[Trial, FakeCapture, FakeWorld]:
    world = FakeWorld({"mine": behaviour})
    capture = FakeCapture(folder / "capture")
    bench = Bench(
        cluster=world,
        launcher=world,
        clock=world.clock,
        artifacts=folder,
        link=None,
        kept_homes=folder / "homes",
        capture=capture,
    )
    profiled = msgspec.structs.replace(scenario("mine"), steps=STEPS, pass_="profile")
    return run_trial(bench, profiled, profiled.targets[0], Place(0, 0, 0)), capture, world


def test_the_profiler_is_told_of_the_start_and_of_every_step(tmp_path: Path) -> None:
    trial, capture, world = profile(tmp_path, Behaviour(ready=1.0))
    assert trial.ok
    assert trial.pass_ == "profile"
    assert capture.told == [
        *("enter launch", "started 4711", "leave"),
        *("enter busy", "leave", "enter quit", "leave", "end"),
    ]
    assert world.commands[0][0] == "profiler"


def test_a_target_that_fails_ends_the_capture_too(tmp_path: Path) -> None:
    trial, capture, _ = profile(tmp_path, Behaviour(exit_status=1, ready=0.5))
    assert not trial.ok
    assert capture.told == ["enter launch", "started 4711", "end"]


@pytest.mark.parametrize("error", ["no such program"])
def test_a_target_that_does_not_start_is_told_of_by_nobody(tmp_path: Path, error: str) -> None:
    trial, capture, _ = profile(tmp_path, Behaviour(start_error=error))
    assert trial.outcome == "not_started"
    assert capture.told == ["enter launch", "end"]
