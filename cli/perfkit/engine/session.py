"""One experiment, block by block: warm up, run a block, look whether all is decided. ``engine.sweep`` minds the time.

It knows a bench (cluster, launcher, clock), a ledger that keeps trials, and a listener; no files, no terminal.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Literal, Protocol

from perfkit.engine.schedule import block_order
from perfkit.engine.trial import Place, run_trial
from perfkit.model.events import Looked, PlanMade, TrialFinished, TrialStarted
from perfkit.model.result import complete_blocks
from perfkit.statistics.analysis import fails_alone, look
from perfkit.statistics.stopping import GATES, visible_in_advance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.engine.trial import Bench
    from perfkit.model.events import Emit
    from perfkit.model.result import Trial
    from perfkit.model.scenario import Scenario

Stopped = Literal["decided", "pairs", "max_time", "target_failed"]

PATIENCE = 3  # times the slowest start seen; after one time-out a target is waited for no longer than that
LEAST_PATIENCE = 5.0  # seconds
HOPELESS = 3  # blocks in which every target failed before a run gives up


class Ledger(Protocol):
    """Where finished trials are kept; ``trials`` holds those of earlier sessions of the run too."""

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials so far, in order of execution."""
        ...

    def append(self, trial: Trial) -> None:
        """Keep a trial for good before the next one starts. Raises StorageError."""
        ...


class Session:
    """One sitting of one experiment. ``base`` is the target the others are compared with, or None for a ranking.

    ``spread`` is what is known of the SD of ln(head / base) of startup.ready here.
    """

    def __init__(
        self,
        scenario: Scenario,
        base: str | None,
        bench: Bench,
        ledger: Ledger,
        emit: Emit,
        *,
        spread: float | None = None,
    ) -> None:
        self.scenario, self.base = scenario, base
        self.ledger = ledger
        self._bench = bench
        self._emit = emit
        self._spread = spread
        self._started = bench.clock.now()
        self._targets = {target.name: target for target in self.scenario.targets}
        self._index = len(ledger.trials)
        self._seconds: dict[str, float] = {}
        self.cost = 0.0  # seconds that the last block took, or the warm-up's, until there is one

    def rehearse(self) -> None:
        """Run the discarded warm-ups, which tell what a block costs."""
        warmups = [trial for k in range(self.scenario.repeat.warmup) for trial in self._run_block(-1 - k)]
        spent = {name: [self._cost(trial) for trial in warmups if trial.target == name] for name in self._targets}
        self._seconds = {name: statistics.median(each) for name, each in spent.items() if each}
        self.cost = sum(self._seconds.values())

    def planned(self, affordable: int) -> int:
        """How many blocks it will have at most, if ``affordable`` fit the time."""
        return max(1, min(self.scenario.repeat.pairs[-1], affordable))

    def tell_plan(self, affordable: int, ends: float) -> None:
        """Tell what the blocks that fit the time, ``affordable`` ones, will cost and show, if a warm-up told it.

        ``ends`` (seconds since the run started) is when all of the run will be done.
        """
        if not self._seconds:
            return
        repeat = self.scenario.repeat
        blocks = self.planned(affordable)
        heads = len(self._targets) - 1
        self._emit(
            PlanMade(
                seconds_per_trial=self._seconds,
                seconds_per_block=self.cost,
                blocks=blocks,
                max_time=repeat.max_time,
                visible=visible_in_advance(blocks, "time", GATES * heads, self._spread) if heads else None,
                ends=ends,
            )
        )

    def advance(self) -> Stopped | None:
        """Run one block; why this was the last one, or None while more are wanted."""
        last = max((trial.block for trial in self.ledger.trials if not trial.warmup), default=None)
        block = self.scenario.repeat.first if last is None else last + 1
        self.cost = sum(map(self._cost, self._run_block(block)))
        if self._hopeless():
            return "target_failed"
        if self._decided(self.blocks):
            return "decided"
        return self.exhausted()

    def exhausted(self) -> Stopped | None:
        """``pairs`` once the last look has been taken; None before."""
        return "pairs" if self.blocks >= self.scenario.repeat.pairs[-1] else None

    @property
    def blocks(self) -> int:
        """How many blocks are complete."""
        return len(complete_blocks(self.ledger.trials, self._targets))

    @property
    def elapsed(self) -> float:
        """Seconds since the session started."""
        return (self._bench.clock.now() - self._started) / 1e9

    def _run_block(self, block: int) -> list[Trial]:
        order = block_order(list(self._targets), self.scenario.cluster.seed, block)
        return [self._run_one(name, block, place) for place, name in enumerate(order)]

    def _run_one(self, name: str, block: int, order: int) -> Trial:
        self._emit(TrialStarted(name, block, self._index, self.elapsed))
        trial = run_trial(self._bench, self.scenario, self._targets[name], self._place(name, block, order))
        self._index += 1
        self.ledger.append(trial)
        self._emit(TrialFinished(trial, self.elapsed))
        return trial

    def _place(self, name: str, block: int, order: int) -> Place:
        """A target that has had its full time once, in vain, waits less from then on: a dead head is told in time."""
        trials = self.ledger.trials
        if not any(trial.target == name and trial.outcome == "timeout" for trial in trials):
            return Place(self._index, block, order)
        slowest = max((trial.values["startup.ready"] for trial in trials if trial.ok), default=0.0)
        return Place(self._index, block, order, patience=max(LEAST_PATIENCE, PATIENCE * slowest))

    def _decided(self, blocks: int) -> bool:
        """Whether there is nothing left to find out. Between looks only failures are judged: their rule spends no α."""
        if blocks not in self.scenario.repeat.pairs:
            return fails_alone(self.ledger.trials, self.scenario, self.base)
        undecided = look(self.ledger.trials, self.scenario, self.base)
        self._emit(Looked(blocks, undecided))
        return not undecided

    def _hopeless(self) -> bool:
        """Whether no target ever did what it must: more of that teaches nothing."""
        trials = [trial for trial in self.ledger.trials if not trial.warmup]
        return len(trials) >= HOPELESS * len(self._targets) and not any(trial.ok for trial in trials)

    @staticmethod
    def _cost(trial: Trial) -> float:
        """Seconds of wall clock that one such trial takes."""
        return trial.health.duration if trial.health else 0.0
