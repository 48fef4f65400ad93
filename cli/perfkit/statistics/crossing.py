"""Does a commit have the change that was seen between a good and a bad one? One question, asked with little error.

The change between the ends is known first. A commit between them has it when it lies beyond half of it: nothing needs
to be told apart that is closer than half of what is sought, and small changes by the way make no difference. The bound
of the shift within pairs (exact Wilcoxon inversion) must be beyond half-way, or short of it, at ALPHA one-sided at each
look; five looks err with at most 5 · 0.0025 = 1.25 %.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.bisection import Crossing, Threshold
from perfkit.model.result import complete_blocks, sample
from perfkit.statistics.failures import judge_failures
from perfkit.statistics.interval import paired_shift
from perfkit.statistics.looks import ALPHA, FEWEST_CONSTANT
from perfkit.statistics.scale import Scale, known, natural_scale
from perfkit.statistics.verdict import is_exact, judge_paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.limits import Limit
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result, Trial
    from perfkit.statistics.analysis import Sides
    from perfkit.statistics.failures import FailureJudgement
    from perfkit.statistics.verdict import Judgement

LOOKS: Final = (FEWEST_CONSTANT, 10, 20, 40, 60)  # pairs; 10 is the first at which a bound can hold at ALPHA
ERROR: Final = len(LOOKS) * ALPHA
ERROR_EXACT: Final = 4.0**-FEWEST_CONSTANT  # of outcomes that never varied: see looks.FEWEST_CONSTANT


def pairs(result: Result) -> tuple[list[Trial], list[Trial]]:
    """The trials of the two targets of a result, base and head, in pairs."""
    names = [target.name for target in result.scenario.targets]
    blocks = complete_blocks(result.trials, names)
    base, head = ([block[name] for block in blocks] for name in names)
    return base, head


def threshold(
    base: Sequence[Trial], head: Sequence[Trial], metric: Metric, limits: Iterable[Limit]
) -> Threshold | None:
    """Half of the change from a good commit to a bad one, from trials in pairs; None: no change is shown (yet)."""
    failures = judge_failures(_outcomes(base), _outcomes(head))
    if failures.verdict == "regressed":
        return Threshold(size=None, failing=failures.head_failed / failures.n)
    sides = _samples(base, metric), _samples(head, metric)
    if judged_alone(base, head, metric, limits).verdict not in {"regressed", "improved"}:
        return None
    scale = natural_scale(metric, *sides)
    size = paired_shift(*map(scale.harm, sides)).estimate / 2
    return Threshold(size=size, logarithmic=scale.logarithmic) if math.isfinite(size) else None


def judged_alone(base: Sequence[Trial], head: Sequence[Trial], metric: Metric, limits: Iterable[Limit]) -> Judgement:
    """The verdict on the one metric that is looked at, which shares the error of a look with no other."""
    return judge_paired(_samples(base, metric), _samples(head, metric), metric, limits)


def crossing(base: Sequence[Trial], head: Sequence[Trial], metric: Metric, sought: Threshold) -> Crossing:
    """On which side of the threshold the head of these pairs lies; ``unclear`` where more of them are needed."""
    failures = judge_failures(_outcomes(base), _outcomes(head))
    if sought.size is None:
        return _failing(failures, sought.failing)
    if failures.verdict == "regressed":
        return Crossing(side="broken")
    sides = _samples(base, metric), _samples(head, metric)
    if sought.size < 0:  # an improvement from base to head is a harm from head to base
        return _beyond((sides[1], sides[0]), metric, msgspec.structs.replace(sought, size=-sought.size))
    return _beyond(sides, metric, sought)


def _failing(failures: FailureJudgement, share: float) -> Crossing:
    """A commit that never fails is good once the bad one would most likely have failed by then."""
    if failures.verdict == "regressed":
        return Crossing(side="bad", error=ALPHA)
    unseen = (1 - share) ** failures.n
    if failures.head_failed == 0 and failures.n >= FEWEST_CONSTANT and unseen <= ALPHA:
        return Crossing(side="good", error=ALPHA)
    return Crossing(side="unclear")


def _beyond(sides: Sides, metric: Metric, sought: Threshold) -> Crossing:
    assert sought.size is not None
    base, head = sides
    scale = Scale(natural_scale(metric).sign, sought.logarithmic)
    if is_exact(metric, base, head):
        harm = scale.harm(head)[0] - scale.harm(base)[0]
        return Crossing(side="bad" if harm >= sought.size else "good", error=ERROR_EXACT)
    if scale.logarithmic and any(value <= 0 for value in known([*base, *head])):
        return Crossing(side="unclear")
    interval = paired_shift(scale.harm(base), scale.harm(head)).interval(2 * ALPHA)
    if interval.low > sought.size:
        return Crossing(side="bad", error=ERROR)
    return Crossing(side="good", error=ERROR) if interval.high < sought.size else Crossing(side="unclear")


def _outcomes(trials: Iterable[Trial]) -> list[bool]:
    return [trial.ok for trial in trials]


def _samples(trials: Iterable[Trial], metric: Metric) -> list[float | None]:
    return [sample(trial, metric.name) for trial in trials]
