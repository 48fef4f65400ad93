"""Where a bisection tries commits: work trees, builds, and sittings of a good commit and another side by side."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.asked_metrics import with_metrics
from perfkit.commands.at_commit import built
from perfkit.commands.execution import execute
from perfkit.commands.preparation import Prepared
from perfkit.model.events import PlanMade, TrialFinished, TrialStarted
from perfkit.statistics.analysis import compare_paired
from perfkit.statistics.crossing import LOOKS, pairs
from perfkit.statistics.looks import FEWEST_CONSTANT
from perfkit.storage.journal import Journal
from perfkit.storage.limits import named
from perfkit.targets.repository import Commit, lasting_work_tree, work_tree
from perfkit.targets.versions.commits import twin
from perfkit.views.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from perfkit.model.events import Event
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.model.scenario import Scenario, TargetSpec
    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.storage.bisections import Book
    from perfkit.targets.repository import Repository

TREES = "trees"  # folder of the work trees that --keep leaves


@dataclass(slots=True)
class Lab:
    """What a bisection tries commits with; ``book`` keeps what comes out."""

    book: Book
    repository: Repository
    project: Path
    build_seconds: float = 0.0  # of the last build, its work tree included
    plan: PlanMade | None = field(default=None)  # of the last sitting

    @property
    def metric(self) -> Metric:
        """What is compared."""
        return named(self.book.now.metric)

    @property
    def scenario(self) -> Scenario:
        """What is run."""
        return self.book.now.scenario

    @contextlib.contextmanager
    def version(self, commit: Commit, name: str) -> Iterator[TargetSpec]:
        """The target as of a commit, built in a work tree of its own; ``--keep`` leaves that, else it goes.

        Raises:
            TargetError: the build fails, or does not make what the target runs.
            UsageError: git refuses, or nothing of the target is in the repository.
        """
        started = time.monotonic()
        with self._tree(commit) as tree:
            if self.book.now.build is not None:
                built(self.book.now.build, tree / self.project.relative_to(self.repository.top), commit.named)
            spec = twin(self.scenario.targets[0], self.repository, commit, tree)
            self.build_seconds = time.monotonic() - started
            yield msgspec.structs.replace(spec, name=name)

    def pursue(
        self, sides: tuple[TargetSpec, TargetSpec], looks: Iterable[int], enough: Callable[[Result], bool]
    ) -> Result:
        """Run pairs for the last question of the book until at a look they are enough, or time is up.

        Returns:
            All pairs of the question, those of earlier sittings included.

        Raises:
            PerfkitError: as ``execute``.
        """
        limit = self.scenario.repeat.max_time
        result = self._result()
        for look in looks:
            done, spent = _done(result)
            if done < look and (done == 0 or spent < limit):
                self.sit(sides, look - done, max(limit - spent, 1.0))
                result = self._result()
            if result is not None and enough(result):
                break
        assert result is not None
        return result

    def sit(self, sides: tuple[TargetSpec, TargetSpec], blocks: int, limit: float, *, dry_run: bool = False) -> None:
        """One sitting of so many pairs, or as many as ``limit`` (seconds) allows; a dry run only warms up."""
        repeat = msgspec.structs.replace(self.scenario.repeat, pairs=(blocks,), max_time=limit)
        prepared = Prepared(msgspec.structs.replace(self.scenario, targets=sides, repeat=repeat), sides[0].name)
        progress = Progress()

        def listen(event: Event) -> None:
            if isinstance(event, PlanMade):
                self.plan = event
            elif isinstance(event, TrialStarted | TrialFinished):
                progress.on(event)

        try:
            with Journal(self.book.folder / self.book.new_sitting()) as journal:
                execute([prepared], journal, lambda _: listen, dry_run=dry_run)
        finally:
            progress.close()

    def _result(self) -> Result | None:
        result = self.book.result(self.book.now.asked[-1])
        return None if result is None else with_metrics(result, [self.book.now.metric])

    def looks(self) -> list[int]:
        """Numbers of pairs after which a question may be answered; five, where the metric is a count, else ten."""
        first = 0 if self.metric.kind == "count" else 1
        most = self.scenario.repeat.pairs[-1]
        return [*(look for look in LOOKS[first:] if look < most), min(most, LOOKS[-1])]

    def verdict_looks(self) -> list[int]:
        """Numbers of pairs after which there may be a verdict: the scenario's, and five where counts are compared."""
        early = (FEWEST_CONSTANT,) if self.metric.kind == "count" else ()
        return [*early, *(look for look in self.scenario.repeat.pairs if look > FEWEST_CONSTANT)] or [FEWEST_CONSTANT]

    @contextlib.contextmanager
    def _tree(self, commit: Commit) -> Iterator[Path]:
        if self.book.now.keep:
            folder = self.book.folder / TREES
            folder.mkdir(parents=True, exist_ok=True)
            yield lasting_work_tree(self.repository, commit, folder / commit.short)
        else:
            with work_tree(self.repository, commit) as tree:
                yield tree


def compared(result: Result) -> Comparison:
    """Head against base."""
    base, head = (target.name for target in result.scenario.targets)
    return compare_paired(result, base, head)


def row_of(comparison: Comparison, metric: Metric) -> Row:
    """What a comparison says of one metric."""
    return next(row for row in comparison.rows if row.metric.name == metric.name)


def seconds_a_pair(result: Result) -> float:
    """What one pair takes, on average; 0 without one."""
    done, spent = _done(result)
    return spent / done if done else 0.0


def _done(result: Result | None) -> tuple[int, float]:
    """Pairs that are there, and the seconds that they took."""
    if result is None:
        return 0, 0.0
    spent = sum(trial.health.duration for trial in result.trials if trial.health is not None)
    return len(pairs(result)[0]), spent
