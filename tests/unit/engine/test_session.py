"""The whole pipeline on an invented cluster, launcher and clock: no process runs and no time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from perfkit.engine.session import Session
from perfkit.engine.sweep import Sweep
from perfkit.engine.trial import Bench
from perfkit.errors import ClusterError
from perfkit.model.events import Event, Looked, PlanMade, TrialFinished, TrialStarted
from perfkit.model.result import Trial, complete_blocks
from perfkit.model.scenario import Repeat
from support.fakes import Behaviour, FakeWorld, scenario


@dataclass
class MemoryLedger:
    trials: list[Trial] = field(default_factory=list)

    def append(self, trial: Trial) -> None:
        self.trials.append(trial)


@dataclass
class Sitting:
    """One session and all it told."""

    world: FakeWorld
    folder: Path
    repeat: Repeat = field(default_factory=Repeat)
    base: str | None = None
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    events: list[Event] = field(default_factory=list)

    def session(self) -> Session:
        spec = scenario(*self.world.behaviours, repeat=self.repeat)
        bench = Bench(
            cluster=self.world,
            launcher=self.world,
            clock=self.world.clock,
            artifacts=self.folder,
            link=None,
            kept_homes=self.folder,
        )
        return Session(spec, self.base, bench, self.ledger, self.events.append)

    def run(self) -> str:
        sweep = Sweep([self.session()], self.repeat.max_time)
        sweep.rehearse()
        (stopped,) = sweep.run()
        return stopped

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def test_equal_targets_are_decided_at_the_first_look(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"base": Behaviour(), "head": Behaviour()}), tmp_path, base="base")
    assert sitting.run() == "decided"
    assert len(complete_blocks(sitting.ledger.trials, ("base", "head"))) == 15
    assert sitting.told(Looked) == [Looked(15, ())]


def test_noisy_equal_targets_go_on_to_later_looks(tmp_path: Path) -> None:
    noisy = Behaviour(noise=0.3)
    repeat = Repeat(max_time=10_000)
    sitting = Sitting(FakeWorld({"base": noisy, "head": noisy}), tmp_path, repeat, base="base")
    assert sitting.run() == "pairs"
    looks = [event.blocks for event in sitting.told(Looked) if isinstance(event, Looked)]
    assert looks == [15, 20, 30, 40, 60, 80]


def test_a_run_stops_before_the_block_that_would_exceed_max_time(tmp_path: Path) -> None:
    sitting = Sitting(
        FakeWorld({"base": Behaviour(ready=2.0), "head": Behaviour(ready=2.0)}),
        tmp_path,
        Repeat(max_time=30.0),
        base="base",
    )
    assert sitting.run() == "max_time"
    last = sitting.told(TrialFinished)[-1]
    assert isinstance(last, TrialFinished)
    assert last.elapsed <= 30.0


def test_the_plan_is_told_after_the_warmup_and_before_the_first_block(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"base": Behaviour(), "head": Behaviour()}), tmp_path, base="base")
    sitting.run()
    (plan,) = sitting.told(PlanMade)
    before = sitting.events[: sitting.events.index(plan)]
    warmups = [event.trial.block for event in before if isinstance(event, TrialFinished)]
    assert warmups == [-1, -1]
    assert isinstance(plan, PlanMade)
    assert plan.visible is not None


def test_without_a_warmup_there_is_no_plan_and_the_first_block_is_run(tmp_path: Path) -> None:
    """A soak of hours is not done twice."""
    repeat = Repeat(pairs=(1,), warmup=0, max_time=0.1)
    sitting = Sitting(FakeWorld({"only": Behaviour()}), tmp_path, repeat)
    assert sitting.run() == "decided"
    assert [trial.block for trial in sitting.ledger.trials] == [0]
    assert sitting.told(PlanMade) == []


def test_nothing_is_told_between_the_start_and_the_end_of_a_trial(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"base": Behaviour(), "head": Behaviour()}), tmp_path, base="base")
    sitting.run()
    for event, following in zip(sitting.events, sitting.events[1:], strict=False):
        if isinstance(event, TrialStarted):
            assert isinstance(following, TrialFinished)


def test_a_head_that_never_becomes_ready_ends_the_run_at_the_first_look(tmp_path: Path) -> None:
    world = FakeWorld({"base": Behaviour(), "head": Behaviour(ready=None)})
    sitting = Sitting(world, tmp_path, Repeat(pairs=(5, 15), max_time=10_000), base="base")
    assert sitting.run() == "decided"
    failed = [trial for trial in sitting.ledger.trials if not trial.ok]
    assert {trial.target for trial in failed} == {"head"}
    assert {trial.outcome for trial in failed} == {"timeout"}


def test_time_for_a_block_is_reckoned_from_the_last_one_and_not_from_a_warmup_that_timed_out(tmp_path: Path) -> None:
    """The warm-up of a dead head takes its full minute; the blocks after it wait less, so five of them fit."""
    world = FakeWorld({"base": Behaviour(ready=3.0), "head": Behaviour(ready=None)})
    sitting = Sitting(world, tmp_path, Repeat(max_time=150), base="base")
    assert sitting.run() == "decided"
    assert len(complete_blocks(sitting.ledger.trials, ("base", "head"))) == 5


def test_a_run_in_which_nothing_ever_works_gives_up_after_three_blocks(tmp_path: Path) -> None:
    world = FakeWorld({"base": Behaviour(exit_status=1), "head": Behaviour(start_error="no such command")})
    sitting = Sitting(world, tmp_path, base="base")
    assert sitting.run() == "target_failed"
    assert len([trial for trial in sitting.ledger.trials if not trial.warmup]) == 6


def test_a_target_that_took_too_much_memory_is_told_so_in_one_line(tmp_path: Path) -> None:
    world = FakeWorld({"only": Behaviour(exit_status=-9, memory_cap_hit=11 << 30)})
    sitting = Sitting(world, tmp_path, Repeat(pairs=(2,)))
    sitting.run()
    assert sitting.ledger.trials[-1].reason.startswith(
        "killed by SIGKILL at its memory cap of 11 GiB before it was ready (watch pods)"
    )


def test_a_failed_trial_keeps_its_reason_and_what_was_measured(tmp_path: Path) -> None:
    world = FakeWorld({"only": Behaviour(exit_status=3)})
    sitting = Sitting(world, tmp_path, Repeat(pairs=(2,)))
    sitting.run()
    trial = sitting.ledger.trials[-1]
    assert trial.outcome == "exited"
    assert trial.reason == "ended with status 3 before it was ready (watch pods); it said: its last line"
    assert trial.values["cpu.seconds"] == pytest.approx(0.5)
    assert "startup.ready" not in trial.values


def test_every_step_of_a_trial_has_a_window_that_counts_from_exec(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"alone": Behaviour(ready=1.0)}), tmp_path, Repeat(pairs=(1,)))
    sitting.run()
    trial = sitting.ledger.trials[-1]
    assert [(window.name, window.do) for window in trial.windows] == [("launch", "launch"), ("quit", "quit")]
    launch, quit_ = trial.windows
    assert (launch.start_ns, launch.end_ns) == (0, 1_000_000_000)
    assert quit_.start_ns >= launch.end_ns
    assert trial.origin_ns >= 1_000_000_000


def test_a_step_that_failed_has_a_window_and_those_after_it_have_none(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"alone": Behaviour(ready=None)}), tmp_path, Repeat(pairs=(1,)))
    sitting.run()
    (window,) = sitting.ledger.trials[0].windows
    assert (window.name, window.seconds) == ("launch", 60.0)


def test_a_cluster_that_dies_ends_the_run_and_loses_no_finished_trial(tmp_path: Path) -> None:
    world = FakeWorld({"base": Behaviour(), "head": Behaviour()}, dies_at=9)
    sitting = Sitting(world, tmp_path, base="base")
    with pytest.raises(ClusterError, match="killed by signal 9"):
        sitting.run()
    assert len(sitting.ledger.trials) == 8


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def interrupt(count: int) -> None:
        if count == 8:
            raise KeyboardInterrupt

    world = FakeWorld({"base": Behaviour(), "head": Behaviour()}, on_start=interrupt)
    first = Sitting(world, tmp_path, base="base")
    with pytest.raises(KeyboardInterrupt):
        first.run()
    world.on_start = lambda _count: None
    second = Sitting(world, tmp_path, base="base", ledger=first.ledger)
    assert second.run() == "decided"
    trials = second.ledger.trials
    assert [trial.index for trial in trials] == list(range(len(trials)))
    assert len(complete_blocks(trials, ("base", "head"))) == 15
    halves = [trial for trial in trials if trial.block == 2]
    assert len(halves) == 1, "the block that was cut in half is kept and paired with nothing"


def test_the_order_within_blocks_is_the_same_for_the_same_seed_and_varies_between_blocks(tmp_path: Path) -> None:
    def order() -> list[str]:
        sitting = Sitting(FakeWorld({"base": Behaviour(), "head": Behaviour()}), tmp_path, base="base")
        sitting.run()
        return [trial.target for trial in sitting.ledger.trials]

    once = order()
    assert once == order()
    assert len({tuple(once[at : at + 2]) for at in range(0, len(once), 2)}) == 2


def test_a_single_target_runs_to_the_first_look(tmp_path: Path) -> None:
    sitting = Sitting(FakeWorld({"only": Behaviour(noise=0.2)}), tmp_path)
    assert sitting.run() == "decided"
    assert len([trial for trial in sitting.ledger.trials if not trial.warmup]) == 15


def test_three_targets_are_ranked_until_no_tie_is_open(tmp_path: Path) -> None:
    world = FakeWorld({"a": Behaviour(ready=1.0), "b": Behaviour(ready=2.0, cpu=1), "c": Behaviour(ready=3.0, cpu=2)})
    sitting = Sitting(world, tmp_path)
    assert sitting.run() == "decided"
    assert {trial.order for trial in sitting.ledger.trials} == {0, 1, 2}
