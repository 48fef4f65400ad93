"""The verdict on one metric of base and head: regressed, improved, ok or unclear.

regressed: the interval lies wholly on the worse side of "no change" and the estimate beyond the limit;
improved: the same on the better side, beyond a change of the limit's size;
ok: else, and the upper bound is within the limit, or the whole interval is on the better side; at most one in a hundred
heads that are worse by the whole limit gets there, all looks of a run together (``looks``);
unclear: else.
Counts that never vary on either side are compared as they are. A failed trial is worse than any value; a pair in which
both failed says nothing. See docs/statistics.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.statistics import reasons
from perfkit.statistics.interval import Interval, Shift, paired_shift, unpaired_shift
from perfkit.statistics.looks import FEWEST_CONSTANT, Risk, fewest_pairs
from perfkit.statistics.margins import Margin, margins
from perfkit.statistics.power import growth_to_reach, visible_shift
from perfkit.statistics.scale import clean, known, median_or_zero

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.limits import Limit
    from perfkit.model.metrics import Metric

Verdict = Literal["regressed", "improved", "ok", "unclear"]
Method = Literal["paired", "unpaired"]

MOST_PAIRS: Final = 1000  # an estimate at the very edge of the limit would ask for any number

SINGLE: Final = Risk()

WORST_FIRST: Final[tuple[Verdict, ...]] = ("regressed", "unclear", "improved", "ok")


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the change of one metric from base to head.

    Changes are relative: 0.05 is 5 % more than the base; +inf or −inf where failed trials on one side leave no number.
    """

    metric: str
    method: Method
    verdict: Verdict
    change: float | None = None  # None: nothing to compare, or the base is 0
    low: float = -math.inf  # the two-sided 1 − alpha interval of the change; infinite: no bound
    high: float = math.inf
    alpha: float = 0.0  # achieved, at most what was asked; 0: too few samples for an interval
    difference: float | None = None  # the change in the metric's own base units
    n: int  # pairs that say something; unpaired: the smaller sample
    exact: bool = False  # constant on both sides
    decided: bool  # no more pairs are needed
    smallest_visible: float | None = None  # a relative change that as many pairs would show 4 times in 5
    pairs_to_decide: int | None = None  # about so many more; None: decided, or no number of them would do
    limit: str  # the tightest limit against the base, as written
    reason: str  # one sentence


@dataclass(frozen=True, slots=True)
class _Case:
    """What there is to judge."""

    metric: Metric
    method: Method
    base: Sequence[float | None]
    head: Sequence[float | None]
    risk: Risk

    @property
    def reference(self) -> float:
        """The base's median value."""
        return median_or_zero(self.base)

    def shift(self, margin: Margin) -> Shift:
        """Head against base on the margin's scale."""
        compare = paired_shift if self.method == "paired" else unpaired_shift
        return compare(margin.scale.harm(self.base), margin.scale.harm(self.head))


@dataclass(frozen=True, slots=True)
class _Finding:
    """The verdict by one margin, in harm."""

    margin: Margin
    shift: Shift
    interval: Interval
    upper: float
    verdict: Verdict


def judge_paired(
    base: Sequence[float | None],
    head: Sequence[float | None],
    metric: Metric,
    limits: Iterable[Limit] = (),
    risk: Risk = SINGLE,
) -> Judgement:
    """Judge samples taken in pairs, ``base[i]`` next to ``head[i]``; None: the trial failed or has no such value.

    ``limits`` are those of the metric; absolute ones are left aside, and without one against the base the default of
    ``margins.default_limit`` holds. ``risk`` is the error that this judgement may make (``looks.risk``).
    Raises ScenarioError for a limit that does not fit the metric, ValueError for sequences of different lengths.
    """
    case = _Case(metric, "paired", clean(base), clean(head), risk)
    return _judge(case, margins(metric, limits, case.base, case.head))


def judge_unpaired(
    base: Sequence[float | None],
    head: Sequence[float | None],
    metric: Metric,
    limits: Iterable[Limit] = (),
    risk: Risk = SINGLE,
) -> Judgement:
    """Judge two independent samples, such as those of different sessions; as ``judge_paired`` otherwise."""
    case = _Case(metric, "unpaired", clean(base), clean(head), risk)
    return _judge(case, margins(metric, limits, case.base, case.head))


def is_exact(metric: Metric, base: Sequence[float | None], head: Sequence[float | None]) -> bool:
    """Whether a count never varied, in at least FEWEST_CONSTANT trials a side, none of them failed."""
    return (
        metric.kind == "count"
        and min(len(base), len(head)) >= FEWEST_CONSTANT
        and all(len(set(side)) == 1 and None not in side for side in (base, head))
    )


def _judge(case: _Case, bounds: Sequence[Margin]) -> Judgement:
    if not (case.base and case.head and known([*case.base, *case.head])):
        return _judge_nothing(case, bounds[0])
    if is_exact(case.metric, case.base, case.head):
        return _judge_exact(case, bounds[0])
    findings = [_find(case.shift(margin), margin, case.risk) for margin in bounds]
    return _report(case, _leading(findings))


def _judge_nothing(case: _Case, margin: Margin) -> Judgement:
    samples = min(len(case.base), len(case.head))
    return Judgement(
        metric=case.metric.name,
        method=case.method,
        verdict="unclear",
        n=0,
        decided=samples >= FEWEST_CONSTANT,
        limit=margin.limit.written,
        reason=reasons.nothing(samples),
    )


def _judge_exact(case: _Case, margin: Margin) -> Judgement:
    (base,), (head,) = set(known(case.base)), set(known(case.head))
    harm = margin.scale.sign * (head - base)
    change = margin.scale.change(harm, base)
    return Judgement(
        metric=case.metric.name,
        method=case.method,
        verdict="regressed" if harm > margin.size else "improved" if harm < -margin.size else "ok",
        change=None if math.isinf(change) else change,
        low=change,
        high=change,
        difference=head - base,
        n=min(len(case.base), len(case.head)),
        exact=True,
        decided=True,
        smallest_visible=0.0,
        limit=margin.limit.written,
        reason=reasons.exact(base, head, case.metric.kind),
    )


def _find(shift: Shift, margin: Margin, risk: Risk) -> _Finding:
    interval, upper = shift.interval(risk.alpha), shift.upper(risk.ok_alpha)
    verdict: Verdict = "unclear"
    if interval.low > 0 and shift.estimate > margin.size:
        verdict = "regressed"
    elif interval.high < 0 and shift.estimate < -margin.size:
        verdict = "improved"
    elif upper <= margin.size or interval.high < 0:
        verdict = "ok"
    return _Finding(margin, shift, interval, upper, verdict)


def _leading(findings: Sequence[_Finding]) -> _Finding:
    """The worst finding. Limits on two scales that contradict each other (one regressed, one improved) are unclear."""
    worst = min(findings, key=lambda finding: WORST_FIRST.index(finding.verdict))
    if worst.verdict == "regressed" and any(finding.verdict == "improved" for finding in findings):
        return _Finding(worst.margin, worst.shift, worst.interval, worst.upper, "unclear")
    return worst


def _report(case: _Case, found: _Finding) -> Judgement:
    scale, shift, reference = found.margin.scale, found.shift, case.reference
    change, *ends = (
        scale.change(harm, reference) for harm in (shift.estimate, found.interval.low, found.interval.high)
    )
    from_zero = not scale.logarithmic and reference == 0 and change != 0
    return Judgement(
        metric=case.metric.name,
        method=case.method,
        verdict=found.verdict,
        change=None if from_zero else change,
        low=min(ends),
        high=max(ends),
        alpha=found.interval.alpha,
        difference=_difference(found, change, reference),
        n=shift.n,
        decided=found.verdict != "unclear",
        smallest_visible=_visible(found, case.risk.alpha, reference),
        pairs_to_decide=_more_pairs(found, case.risk) if found.verdict == "unclear" else None,
        limit=found.margin.limit.written,
        reason=_reason(case, found),
    )


def _difference(found: _Finding, change: float, reference: float) -> float | None:
    if math.isinf(found.shift.estimate):
        return None
    return change * reference if found.margin.scale.logarithmic else found.margin.scale.sign * found.shift.estimate


def _visible(found: _Finding, alpha: float, reference: float) -> float | None:
    """None where no change would be seen, because there are too few samples or too many failures."""
    if found.interval.alpha == 0:
        return None
    change = abs(found.margin.scale.change(visible_shift(found.shift.error, alpha), reference))
    return change if math.isfinite(change) else None


def _more_pairs(found: _Finding, risk: Risk) -> int | None:
    """How many more would decide, if estimate and spread stay: towards "regressed" beyond the limit, else "ok"."""
    shift, size = found.shift, found.margin.size
    if math.isinf(shift.error) or math.isinf(shift.estimate):
        return None
    beyond = shift.estimate > size
    tail, distance = (risk.alpha / 2, shift.estimate) if beyond else (risk.ok_alpha, size - shift.estimate)
    needed = shift.n * growth_to_reach(distance, shift.error, tail)
    if needed > MOST_PAIRS:
        return None
    return max(math.ceil(needed), fewest_pairs(2 * tail), shift.n + 1) - shift.n


def _reason(case: _Case, found: _Finding) -> str:
    change, bound = (found.margin.scale.change(harm, case.reference) for harm in (found.shift.estimate, found.upper))
    limit = found.margin.limit.written
    match found.verdict:
        case "regressed":
            return reasons.beyond("worse", change, limit)
        case "improved":
            return reasons.beyond("better", change, limit)
        case "ok":
            return reasons.within(bound, limit)
        case _ if found.interval.alpha == 0:
            return reasons.too_few(found.shift.n)
        case _ if found.interval.low > 0:
            return reasons.beyond_or_within(change, limit)
        case _:
            return reasons.undecided(bound, limit)
