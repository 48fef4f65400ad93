"""What a result says, as data: one target described, two compared, or several ranked. A view only lays it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.relay import LATE
from perfkit.model.result import Result, Trial, complete_blocks, sample
from perfkit.model.scenario import Scenario, TargetSpec  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.statistics.estimate import quantile
from perfkit.statistics.failures import FailureJudgement, judge_failures, judge_failures_unpaired
from perfkit.statistics.looks import Risk, risk, share
from perfkit.statistics.ranking import Place, rank_blocks
from perfkit.statistics.stopping import undecided
from perfkit.statistics.verdict import WORST_FIRST, Judgement, is_exact, judge_paired, judge_unpaired

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Overall = Literal["regressed", "unclear", "improved", "ok", "failed"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The samples of one target and metric, in base units; all None where no trial gave a value."""

    n: int
    failed: int
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    lowest: float | None = None
    highest: float | None = None
    late: int = 0  # how many of them, being times, a late relay of the link may have set

    @property
    def spread(self) -> float | None:
        """Half the interquartile range over the median, a fraction; None without two values to spread."""
        if self.n - self.failed < 2 or self.median is None or self.q1 is None or self.q3 is None or self.median == 0:
            return None
        return (self.q3 - self.q1) / 2 / abs(self.median)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one target; ``broken`` are the absolute limits that its median exceeds."""

    metric: Metric
    summary: Summary
    limits: tuple[Limit, ...] = ()
    broken: tuple[Limit, ...] = ()


class Survey(msgspec.Struct, frozen=True, kw_only=True, tag="survey"):
    """One target alone."""

    target: TargetSpec
    rows: tuple[Measured, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of base and head. ``judgement`` is None where it must not be compared; ``refused`` says why."""

    metric: Metric
    base: Summary
    head: Summary
    judgement: Judgement | None
    limits: tuple[Limit, ...] = ()
    broken: tuple[Limit, ...] = ()
    refused: str = ""
    floor: float | None = None  # the noise floor, a fraction, where it was measured; 0: the metric never varies

    @property
    def verdict(self) -> str:
        """In a word; a broken absolute limit is told by ``broken``."""
        return "not comparable" if self.judgement is None else self.judgement.verdict


class Comparison(msgspec.Struct, frozen=True, kw_only=True, tag="comparison"):
    """Head against base. ``versions``: of one program, so that worse means regressed; else it is just slower."""

    base: TargetSpec
    head: TargetSpec
    versions: bool
    paired: bool
    pairs: int  # complete blocks; of an unpaired comparison the smaller number of trials
    rows: tuple[Row, ...]
    failures: FailureJudgement
    noise: str = ""  # when the noise floors in the rows were measured, UTC, ISO 8601; empty: never here

    @property
    def overall(self) -> Overall:
        """The gated metrics and the failures together, the worst of them."""
        if self.failures.verdict == "base_failed":
            return "failed"
        if self.failures.verdict == "regressed":
            return "regressed"
        found = {row.verdict for row in self.rows if row.metric.gated}
        return next((word for word in WORST_FIRST if word in found), "unclear")

    @property
    def broken(self) -> bool:
        """Whether the head exceeds an absolute limit."""
        return any(row.broken for row in self.rows)


class RankedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over all targets, best first."""

    metric: Metric
    places: tuple[Place, ...]


class Ranking(msgspec.Struct, frozen=True, kw_only=True, tag="ranking"):
    """Three targets or more, none of them a base. ``order`` is by startup.ready, best first."""

    targets: tuple[TargetSpec, ...]
    order: tuple[str, ...]
    blocks: int
    metrics: tuple[RankedMetric, ...]
    rows: dict[str, tuple[Measured, ...]]  # by target


Section = Survey | Comparison | Ranking
Sides = tuple[list[float | None], list[float | None]]  # the samples of base and head


def analyse(result: Result) -> list[Section]:
    """What a result says by itself: a survey, comparisons with its base, or a ranking."""
    scenario = result.scenario
    if len(scenario.targets) == 1:
        return [_survey(result.trials, scenario, scenario.targets[0], result.metrics)]
    if result.base is not None:
        heads = [target.name for target in scenario.targets if target.name != result.base]
        return [compare_paired(result, result.base, head) for head in heads]
    return [_rank(result)]


def look(trials: Sequence[Trial], scenario: Scenario, base: str | None) -> tuple[str, ...]:
    """The gated metrics that more blocks might still decide; empty when there is nothing left to find out."""
    gated = [metric for metric in BY_NAME.values() if metric.gated]
    names = [target.name for target in scenario.targets]
    if len(names) == 1:
        return ()
    if base is None:
        blocks = complete_blocks(trials, names)
        return tuple(m.name for m in gated if not all(place.decided for place in _places(blocks, names, m)))
    still_open: dict[str, None] = {}
    for head in names:
        if head != base:
            blocks = complete_blocks(trials, (base, head))
            rows = _judge_blocks(blocks, (base, head), gated, scenario)
            judgements = [row.judgement for row in rows if row.judgement is not None]
            failures = _failures(blocks, (base, head), scenario)
            still_open |= dict.fromkeys(undecided(judgements, failures))
    return tuple(still_open)


def fails_alone(trials: Sequence[Trial], scenario: Scenario, base: str | None) -> bool:
    """Whether every head has failed in each of at least five blocks, and the base in none (``judge_failures``)."""
    heads = [target.name for target in scenario.targets if target.name != base]
    if base is None or not heads:
        return False
    for head in heads:
        blocks = complete_blocks(trials, (base, head))
        good = _outcomes(blocks, base), _outcomes(blocks, head)
        if any(good[1]) or judge_failures(*good).verdict != "regressed":
            return False
    return True


def compare_paired(result: Result, base: str, head: str) -> Comparison:
    """Two targets of one run, block by block."""
    blocks = complete_blocks(result.trials, (base, head))
    specs = {target.name: target for target in result.scenario.targets}
    return Comparison(
        base=specs[base],
        head=specs[head],
        versions=specs[base].program == specs[head].program,
        paired=True,
        pairs=len(blocks),
        rows=_judge_blocks(blocks, (base, head), result.metrics, result.scenario),
        failures=_failures(blocks, (base, head), result.scenario),
    )


def compare_unpaired(base: tuple[Result, str], head: tuple[Result, str], refused: dict[str, str]) -> Comparison:
    """Targets of two runs, their trials as independent samples. ``refused``: metric name → why it is not judged."""
    trials = [
        [trial for trial in result.trials if trial.target == name and not trial.warmup] for result, name in (base, head)
    ]
    specs = [next(t for t in result.scenario.targets if t.name == name) for result, name in (base, head)]
    scenario = head[0].scenario
    samples = {metric: _sides(metric, *trials) for metric in head[0].metrics}
    alone = Risk(share(_gates(samples)))
    rows = []
    for metric, sides in samples.items():
        limits = limits_of(scenario, metric)
        reason = refused.get(metric.name, "") or _absent(metric, specs, trials)
        judgement = None if reason else judge_unpaired(*sides, metric, limits, alone)
        summaries = (_summary(trials[0], metric), _summary(trials[1], metric))
        rows.append(_row(metric, summaries, limits, judgement, reason))
    return Comparison(
        base=specs[0],
        head=specs[1],
        versions=specs[0].program == specs[1].program,
        paired=False,
        pairs=min(map(len, trials)),
        rows=_worst_first(rows),
        failures=judge_failures_unpaired(*([trial.ok for trial in side] for side in trials)),
    )


def summarise(samples: Sequence[float | None]) -> Summary:
    """Quartiles and range of the samples that are there; None counts as failed."""
    known = sorted(value for value in samples if value is not None)
    failed = len(samples) - len(known)
    if not known:
        return Summary(n=len(samples), failed=failed)
    return Summary(
        n=len(samples),
        failed=failed,
        median=quantile(known, 0.5),
        q1=quantile(known, 0.25),
        q3=quantile(known, 0.75),
        lowest=known[0],
        highest=known[-1],
    )


def limits_of(scenario: Scenario, metric: Metric) -> tuple[Limit, ...]:
    """All limits that the scenario sets on a metric."""
    return tuple(limit for each in scenario.limits if each.metric == metric.name for limit in each.limits)


def measure(trials: Iterable[Trial], target: str, metric: Metric, limits: tuple[Limit, ...]) -> Measured:
    """One metric of one target over its trials, warm-ups aside."""
    summary = _summary([trial for trial in trials if trial.target == target and not trial.warmup], metric)
    return Measured(metric=metric, summary=summary, limits=limits, broken=_broken(limits, summary))


def _summary(trials: Sequence[Trial], metric: Metric) -> Summary:
    waited = metric.kind == "time" and not metric.name.startswith(("cpu.", "link."))
    known = [trial for trial in trials if waited and sample(trial, metric.name) is not None]
    late = sum(trial.values.get("link.lateness.p99", 0.0) * 1e9 > LATE for trial in known)
    return msgspec.structs.replace(summarise([sample(trial, metric.name) for trial in trials]), late=late)


def _survey(trials: Sequence[Trial], scenario: Scenario, target: TargetSpec, metrics: Sequence[Metric]) -> Survey:
    return Survey(target=target, rows=_measured(trials, scenario, target.name, metrics))


def _measured(
    trials: Sequence[Trial], scenario: Scenario, target: str, metrics: Sequence[Metric]
) -> tuple[Measured, ...]:
    return tuple(measure(trials, target, metric, limits_of(scenario, metric)) for metric in metrics)


def _judge_blocks(
    blocks: Sequence[dict[str, Trial]], pair: tuple[str, str], metrics: Sequence[Metric], scenario: Scenario
) -> tuple[Row, ...]:
    trials = [[block[name] for block in blocks] for name in pair]
    specs = [next(target for target in scenario.targets if target.name == name) for name in pair]
    samples = {metric: _sides(metric, *trials) for metric in metrics}
    allowed = risk(len(blocks), scenario.repeat.pairs, _gates(samples) * _heads(scenario))
    rows = []
    for metric, sides in samples.items():
        limits = limits_of(scenario, metric)
        summaries = (_summary(trials[0], metric), _summary(trials[1], metric))
        reason = _absent(metric, specs, trials)
        judgement = None if reason else judge_paired(*sides, metric, limits, allowed)
        rows.append(_row(metric, summaries, limits, judgement, reason))
    return _worst_first(rows)


def _failures(blocks: Sequence[dict[str, Trial]], pair: tuple[str, str], scenario: Scenario) -> FailureJudgement:
    base, head = (_outcomes(blocks, name) for name in pair)
    return judge_failures(base, head, share(_heads(scenario), len(scenario.repeat.pairs)))


def _heads(scenario: Scenario) -> int:
    """How many targets are compared with the base: they share the error of a look, so that a run has no more of it."""
    return len(scenario.targets) - 1


def _sides(metric: Metric, base: Iterable[Trial], head: Iterable[Trial]) -> Sides:
    return [sample(trial, metric.name) for trial in base], [sample(trial, metric.name) for trial in head]


def _row(
    metric: Metric,
    sides: tuple[Summary, Summary],
    limits: tuple[Limit, ...],
    judgement: Judgement | None,
    refused: str = "",
) -> Row:
    base, head = sides
    return Row(
        metric=metric,
        base=base,
        head=head,
        judgement=judgement,
        limits=limits,
        broken=_broken(limits, head),
        refused=refused,
    )


def _absent(metric: Metric, specs: Sequence[TargetSpec], sides: Sequence[Sequence[Trial]]) -> str:
    """Why a metric is not judged that one side has and the other, which works, never does: a watch has no latency."""
    good = [[trial for trial in trials if trial.ok] for trials in sides]
    having = [any(sample(trial, metric.name) is not None for trial in trials) for trials in good]
    missing = [spec.name for spec, trials, has in zip(specs, good, having, strict=True) if trials and not has]
    return f"{missing[0]} never has it" if any(having) and missing else ""


def _worst_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Gated metrics before the others, among them the worst verdict first, else in the catalogue's order."""
    worth: dict[str, int] = {word: place for place, word in enumerate(WORST_FIRST)}
    return tuple(sorted(rows, key=lambda row: (not row.metric.gated, worth.get(row.verdict, len(worth)))))


def _broken(limits: Iterable[Limit], summary: Summary) -> tuple[Limit, ...]:
    return tuple(
        limit
        for limit in limits
        if not limit.against_base and summary.median is not None and not limit.holds(summary.median)
    )


def _gates(samples: Mapping[Metric, Sides]) -> int:
    """How many gated metrics share the error that one look may make: counts that never vary make none."""
    return sum(metric.gated and not is_exact(metric, *sides) for metric, sides in samples.items())


def _rank(result: Result) -> Ranking:
    scenario = result.scenario
    names = [target.name for target in scenario.targets]
    blocks = complete_blocks(result.trials, names)
    metrics = tuple(RankedMetric(metric=m, places=_places(blocks, names, m)) for m in result.metrics)
    first = next(ranked for ranked in metrics if ranked.metric.name == "startup.ready")
    return Ranking(
        targets=scenario.targets,
        order=tuple(place.target for place in first.places),
        blocks=len(blocks),
        metrics=metrics,
        rows={name: _measured(result.trials, scenario, name, result.metrics) for name in names},
    )


def _places(blocks: Sequence[dict[str, Trial]], names: Iterable[str], metric: Metric) -> tuple[Place, ...]:
    return rank_blocks({name: [sample(block[name], metric.name) for block in blocks] for name in names}, metric)


def _outcomes(blocks: Iterable[dict[str, Trial]], target: str) -> list[bool]:
    return [block[target].ok for block in blocks]
