"""A stored result: what was run, where, on what, and every trial. Schema ``perfkit.result/1``; see docs/files.md."""

from __future__ import annotations

from collections.abc import Iterable  # noqa: TC003 - msgspec reads annotations at run time
from typing import Final, Literal

import msgspec

from perfkit.model.catalogue import BY_NAME
from perfkit.model.metrics import Metric, MetricName, Pass, parsed
from perfkit.model.scenario import Scenario  # noqa: TC001
from perfkit.model.windows import Window  # noqa: TC001

SCHEMA: Final = "perfkit.result/1"

Outcome = Literal["ok", "exited", "timeout", "not_started", "cluster_failed"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What perfkit itself and the machine did during one trial. CPU in seconds, shares as fractions of one core."""

    duration: float  # seconds, wall clock, from exec to reaped
    engine_cpu: float
    launcher_cpu: float
    mock_cpu: float
    sampler_cpu: float = 0.0  # 0: nothing sampled
    steal: float | None  # share of all cores stolen by the hypervisor; None: not measurable here
    load: float  # one-minute load average at the end


class Trial(msgspec.Struct, frozen=True, kw_only=True, rename={"pass_": "pass"}):
    """One trial: its place in the schedule, how it ended, its values in base units, its doubts."""

    index: int  # in order of execution, from 0; warm-ups too
    block: int  # blocks are numbered from 0; warm-ups have negative ones
    order: int  # place within the block
    target: str
    pass_: Pass = "timing"
    outcome: Outcome = "ok"
    reason: str = ""  # one line, where the outcome is not ok
    screen: str = ""  # what stood on its terminal last, where the outcome is not ok
    exit_status: int | None = None  # of the target; negative: killed by that signal
    values: dict[str, float] = {}
    origin_ns: int = 0  # CLOCK_MONOTONIC at the target's exec, or at the first step where there was none
    windows: tuple[Window, ...] = ()  # of the steps, in order, counted from the origin
    work: dict[str, int] = {}  # what the server saw delivered: "list pods" → 1000
    digest: str = ""  # over the ordered requests
    health: Health | None = None
    warnings: tuple[str, ...] = ()
    node: str = ""  # of a cluster, where parts of the run were spread over several
    artifacts: tuple[str, ...] = ()  # file names within the artifacts folder

    @property
    def warmup(self) -> bool:
        """Whether the trial is discarded from all statistics."""
        return self.block < 0

    @property
    def ok(self) -> bool:
        """Whether all steps were done and the target did not fail."""
        return self.outcome == "ok"


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """What a result depends on, in classes; the classes differ in what a difference forbids (design, section 4)."""

    experiment: dict[str, str] = {}
    method: dict[str, str] = {}
    machine: dict[str, str] = {}
    context: dict[str, str] = {}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario run. ``looks`` lists the block counts after which verdicts were taken."""

    schema: str = SCHEMA
    label: str
    created: str  # UTC, ISO 8601
    scenario: Scenario
    scenario_hash: str
    seed: int
    base: str | None  # the target others are compared with; None: a ranking
    commit: str = ""  # short name of the project's commit, ``-dirty`` when files differed from it; empty without git
    fingerprint: Fingerprint
    metrics: tuple[Metric, ...]  # with the sources actually used
    trials: tuple[Trial, ...]
    complete: bool = True  # False: interrupted; `--resume` goes on
    stopped: str = ""  # why it ended: decided, pairs, max_time, interrupted, target_failed
    elapsed: float = 0.0  # seconds of wall clock of the last session


def complete_blocks(trials: Iterable[Trial], targets: Iterable[str]) -> list[dict[str, Trial]]:
    """The blocks, warm-ups aside, in which every target was tried: target → trial, in order.

    A block that an interruption cut in half does not count: its trials have no neighbour in time to be paired with.
    """
    wanted = set(targets)
    blocks: dict[int, dict[str, Trial]] = {}
    for trial in trials:
        if not trial.warmup and trial.target in wanted:
            blocks.setdefault(trial.block, {})[trial.target] = trial
    return [blocks[number] for number in sorted(blocks) if blocks[number].keys() == wanted]


def sample(trial: Trial, metric: str) -> float | None:
    """The value of a metric in a trial; None when the trial failed or has no such value.

    Of what adds up only the smallest parts are stored, and no zeros: ``busy/api.requests`` is their sum.
    """
    if not trial.ok:
        return None
    value = trial.values.get(metric)
    return _sum_of_parts(trial, parsed(metric)) if value is None and trial.windows else value


def _sum_of_parts(trial: Trial, name: MetricName) -> float | None:
    """What the parts of a metric that adds up amount to; None for another, or for a step that the trial did not do."""
    whole = BY_NAME.get(name.whole)
    done = name.step is None or any(window.name == name.step for window in trial.windows)
    if whole is None or not whole.adds_up or not name.splits or not done:
        return None
    return sum((value for part, value in trial.values.items() if name.covers(parsed(part))), start=0.0)
