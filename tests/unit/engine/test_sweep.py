"""Cells of a matrix take turns, on an invented cluster, launcher and clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfkit.engine.session import Session
from perfkit.engine.sweep import Sweep
from perfkit.engine.trial import Bench
from perfkit.model.events import Event, PlanMade, TrialStarted
from perfkit.model.result import Trial, complete_blocks
from perfkit.model.scenario import Repeat
from support.fakes import Behaviour, FakeWorld, scenario

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("base", "head")


@dataclass
class Diary:
    """The ledger of one cell, which also writes to a diary of all cells."""

    cell: str
    diary: list[tuple[str, int]]
    trials: list[Trial] = field(default_factory=list)

    def append(self, trial: Trial) -> None:
        self.trials.append(trial)
        if not trial.warmup:
            self.diary.append((self.cell, trial.block))

    @property
    def blocks(self) -> int:
        return len(complete_blocks(self.trials, NAMES))


@dataclass
class Cells:
    """A sweep over two cells of one invented world, whose targets get ready in one second."""

    folder: Path
    repeat: Repeat
    behaviour: Behaviour = field(default_factory=lambda: Behaviour(ready=1.0))
    diary: list[tuple[str, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledgers = [Diary("near", self.diary), Diary("far", self.diary)]

    def run(self) -> list[str]:
        world = FakeWorld(dict.fromkeys(NAMES, self.behaviour))
        bench = Bench(
            cluster=world, launcher=world, clock=world.clock, artifacts=self.folder, link=None, kept_homes=self.folder
        )
        spec = scenario(*NAMES, repeat=self.repeat)
        sessions = [Session(spec, "base", bench, ledger, self.events.append) for ledger in self.ledgers]
        sweep = Sweep(sessions, self.repeat.max_time)
        sweep.rehearse()
        return list(sweep.run())


def test_cells_take_turns_block_by_block(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Repeat(pairs=(3,)))
    assert cells.run() == ["pairs", "pairs"]
    turns = list(dict.fromkeys(cells.diary))
    assert turns == [(cell, block) for block in range(3) for cell in ("near", "far")]


def test_when_the_time_is_spent_all_cells_are_equally_far(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Repeat(max_time=45.0))
    assert cells.run() == ["max_time", "max_time"]
    near, far = (ledger.blocks for ledger in cells.ledgers)
    assert near == far > 1


def test_the_plan_reckons_with_the_cost_of_all_cells(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Repeat(max_time=45.0))
    cells.run()
    plans = [event for event in cells.events if isinstance(event, PlanMade)]
    assert [plan.blocks for plan in plans] == [ledger.blocks for ledger in cells.ledgers]


def test_all_cells_are_told_when_the_last_of_them_will_end(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Repeat(pairs=(3,)))
    cells.run()
    plans = [event for event in cells.events if isinstance(event, PlanMade)]
    starts = [event for event in cells.events if isinstance(event, TrialStarted)]
    assert len({plan.ends for plan in plans}) == 1
    assert starts[-1].elapsed < plans[0].ends < starts[-1].elapsed + 2 * max(plan.seconds_per_block for plan in plans)


def test_after_a_resume_the_cells_that_are_behind_catch_up_first(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Repeat(pairs=(4,)))
    first = Cells(tmp_path, Repeat(pairs=(2,)))
    first.run()
    cells.ledgers[0].trials = first.ledgers[0].trials
    cells.run()
    turns = list(dict.fromkeys(cells.diary))
    assert turns[:2] == [("far", 0), ("far", 1)]
    assert turns[2:] == [(cell, block) for block in (2, 3) for cell in ("near", "far")]
