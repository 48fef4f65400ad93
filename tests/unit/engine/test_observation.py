"""A trace trial on an invented clock and sampler: each step is marked, and has metrics of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.engine.trial import Bench, Place, run_trial
from perfkit.measure.sampler.log import COLUMNS
from perfkit.model.scenario import Idle, Launch, Quit, Trace
from perfkit.targets.process import LARGEST
from support.fakes import Behaviour, FakeClock, FakeWorld, scenario, spec

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Trial
    from perfkit.model.scenario import Scenario

MIB = 1 << 20
STEPS = (Launch(name="launch", timeout=60.0), Idle(name="busy", duration=2.0), Quit(name="quit"))


@dataclass
class FakeObserver:
    """Looks ten times a second: a quarter of a core all along, and as many MiB as seconds have passed."""

    clock: FakeClock
    marks: list[int] = field(default_factory=list)

    def start(self, samples: Path, threads: Path | None) -> None:
        self.samples, self.threads, self.began = samples, threads, self.clock.now()

    def mark(self) -> None:
        self.marks.append(self.clock.now())

    def stop(self) -> float:
        tenth = 100_000_000
        lines = [",".join(COLUMNS)]
        for at in sorted({*range(self.began, self.clock.now() + 1, tenth), *self.marks}):
            passed = at - self.began
            dear = f"{passed // 10**9 * MIB},7,0,{11 * MIB}" if at in self.marks else ",,,"
            lines.append(f"{at},1,{passed // 4},0,{10 * MIB},2,0,{dear}")
        self.samples.write_text("\n".join(lines) + "\n")
        if self.threads is not None:
            looks = [(mark, (mark - self.began) // 8) for mark in self.marks]
            self.threads.write_text("".join(f'{{"ns":{ns},"cpu":{{"burner":{cpu}}}}}\n' for ns, cpu in looks))
        return 0.004

    def close(self) -> None:
        pass


def trace(folder: Path, traced: Scenario, memory_source: str = "invented") -> tuple[Trial, FakeObserver]:
    world = FakeWorld({"mine": Behaviour(ready=1.0)})
    world.memory_source = memory_source
    observer = FakeObserver(world.clock)
    bench = Bench(
        cluster=world,
        launcher=world,
        clock=world.clock,
        artifacts=folder,
        link=None,
        kept_homes=folder,
        observer=observer,
    )
    return run_trial(bench, traced, spec("mine"), Place(0, 0, 0)), observer


@pytest.fixture
def traced() -> Scenario:
    return msgspec.structs.replace(scenario("mine"), steps=STEPS, pass_="trace")


def test_the_trial_and_each_step_have_values(tmp_path: Path, traced: Scenario) -> None:
    trial, observer = trace(tmp_path, traced)
    assert trial.pass_ == "trace"
    assert trial.values["cpu.mean"] == pytest.approx(0.25, rel=0.01)
    assert trial.values["busy/cpu.mean"] == pytest.approx(0.25, rel=0.01)
    assert trial.values["launch/memory.pss.end"] == 1 * MIB
    assert trial.values["busy/memory.pss.end"] == 3 * MIB
    assert len(observer.marks) == 3


def test_what_looking_cost_is_part_of_the_trials_health(tmp_path: Path, traced: Scenario) -> None:
    trial, _ = trace(tmp_path, traced)
    assert trial.health is not None
    assert trial.health.sampler_cpu == 0.004


def test_threads_are_told_where_asked(tmp_path: Path, traced: Scenario) -> None:
    trial, _ = trace(tmp_path, msgspec.structs.replace(traced, trace=Trace(threads=True)))
    assert trial.values["busy/cpu.seconds{thread=burner}"] == pytest.approx(0.25)
    assert trial.artifacts == ("0000-mine.samples.csv", "0000-mine.threads.jsonl")


def test_samples_are_kept_with_the_trial(tmp_path: Path, traced: Scenario) -> None:
    trial, _ = trace(tmp_path, traced)
    assert trial.artifacts == ("0000-mine.samples.csv",)


def test_a_target_that_never_started_has_no_samples_to_read(tmp_path: Path, traced: Scenario) -> None:
    world = FakeWorld({"mine": Behaviour(start_error="no such program")})
    bench = Bench(
        cluster=world,
        launcher=world,
        clock=world.clock,
        artifacts=tmp_path,
        link=None,
        kept_homes=tmp_path,
        observer=FakeObserver(world.clock),
    )
    trial = run_trial(bench, traced, spec("mine"), Place(0, 0, 0))
    assert trial.outcome == "not_started"
    assert "cpu.mean" not in trial.values


@pytest.mark.parametrize(("source", "known"), [(LARGEST, True), ("cgroup v2 memory.peak", False)])
def test_a_steps_peak_is_known_where_the_trials_own_is_that_of_a_process(
    tmp_path: Path, traced: Scenario, source: str, *, known: bool
) -> None:
    trial, _ = trace(tmp_path, traced, source)
    assert trial.values.get("busy/memory.peak") == (11 * MIB if known else None)
    assert trial.values["memory.peak"] == Behaviour().memory
