"""How a verdict came about, in words: what was compared, on which scale, with which doubt, by which rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfkit.model.result import complete_blocks
from perfkit.statistics.looks import ALPHA, Risk, risk, share
from perfkit.statistics.power import POWER
from perfkit.statistics.scale import natural_scale
from perfkit.views.grids import Grid
from perfkit.views.text import beside, counted, percent, span, unsigned, value, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.statistics.verdict import Judgement

RULES: Final = {
    "regressed": "regressed: the whole interval is worse than no change, and the estimate is beyond the limit",
    "improved": "improved: the whole interval is better than no change, and the estimate beyond the limit's size",
    "ok": "ok: the upper bound of the change is within the limit, or the whole interval is better than no change",
    "unclear": "unclear: none of the rules of regressed, improved and ok holds",
}
STOPPED: Final = {
    "decided": "it ended there: every gated metric was decided",
    "pairs": "it ended with the last of them",
    "max_time": "it ended when --max-time was spent, with a look of its own",
    "target_failed": "it ended because every trial of a target failed",
    "interrupted": "it was interrupted",
}
Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a comparison comes from: the results of base and head (of a paired one the same), and how they differ."""

    comparison: Comparison
    base: Result
    head: Result
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One verdict explained; ``parts`` are topics with their text."""

    scenario: str
    metric: str
    title: str
    parts: tuple[Part, ...]


def explain(row: Row, evidence: Evidence, reasons: Iterable[Part] = ()) -> Explanation:
    """Everything that led to the verdict of one metric; ``reasons``: what is known of its cause."""
    comparison = evidence.comparison
    return Explanation(
        scenario=evidence.head.scenario.name,
        metric=row.metric.name,
        title=f"Why {row.metric.name} is {row.verdict}: {evidence.head.scenario.name}, "
        f"{_named(comparison.base, evidence.base, comparison)} → {_named(comparison.head, evidence.head, comparison)}",
        parts=(*_parts(row, evidence), *reasons),
    )


def _named(target: TargetSpec, result: Result, comparison: Comparison) -> str:
    return target.name if comparison.paired else f"{result.label}#{target.name}"


def _parts(row: Row, evidence: Evidence) -> Iterable[Part]:
    yield "samples", _samples(row, evidence)
    yield "failures", _failures(row, evidence.comparison)
    if evidence.comparison.failures.verdict != "ok":
        yield "trials", _trials(evidence.comparison)
    judgement = row.judgement
    if judgement is None:
        yield "refused", row.refused
    elif judgement.exact:
        yield "exact", f"{judgement.reason}: a count that never varies needs no statistics"
        yield "limit", _limit(row, judgement)
        yield "rule", f"{judgement.verdict}: {_exact_rule(judgement)}"
    else:
        yield from _statistics(row, judgement, evidence)
    if row.broken:
        limits = written(row.broken)
        yield (
            "exceeded",
            f"the head's median, {beside(row.head.median, row.metric, row.broken)}, is not {limits}",
        )
    yield "floor", _floor(row, evidence.comparison)
    yield "differs", "; ".join(evidence.differences) or "nothing that was recorded of machine, method or target"


def _statistics(row: Row, judgement: Judgement, evidence: Evidence) -> Iterable[Part]:
    comparison = evidence.comparison
    yield "scale", _scale(row, judgement, comparison)
    yield "estimate", _estimate(row, judgement, comparison)
    yield "interval", _interval(judgement)
    yield "error", _error(row, judgement, evidence)
    if comparison.paired:
        yield "looks", _looks(evidence.head)
    yield "limit", _limit(row, judgement)
    yield "rule", RULES[judgement.verdict]
    yield "so", judgement.reason
    yield "visible", _visible(judgement)
    yield "more", _more(judgement, comparison)


def _samples(row: Row, evidence: Evidence) -> str:
    comparison = evidence.comparison
    if not comparison.paired:
        return (
            f"{row.base.n} trials of the base, {row.head.n} of the head, of two sessions: unpaired. What the machine "
            "did between the sessions is in the difference, and no statistics removes it"
        )
    names = comparison.base.name, comparison.head.name
    own = [trial for trial in evidence.head.trials if trial.target in names]
    warmups = sum(trial.warmup for trial in own)
    alone = len(own) - warmups - 2 * len(complete_blocks(own, names))
    told = f"{counted(comparison.pairs, 'pair')}, a trial of each, next to each other in time, in random order"
    left = [counted(warmups, "warm-up")] if warmups else []
    left += [f"{counted(alone, 'trial')} without a partner"] if alone else []
    return "; ".join([told, *([f"left out: {', '.join(left)}"] if left else [])])


def _failures(row: Row, comparison: Comparison) -> str:
    if not row.base.failed and not row.head.failed:
        return "every trial gave a value"
    without = f"without a value: base {row.base.failed} of {row.base.n}, head {row.head.failed} of {row.head.n}"
    used = row.judgement.n if row.judgement else 0
    dropped = comparison.pairs - used if comparison.paired and row.judgement else 0
    said = f"; {counted(dropped, 'pair')} in which both have none say nothing" if dropped else ""
    return f"{without}; such a trial ranks worse than any value{said}"


def _trials(comparison: Comparison) -> str:
    """Where failures alone decide, whatever the metrics say."""
    failures = comparison.failures
    if failures.verdict == "base_failed":
        return f"{failures.reason}: a base that never works is nothing to compare with"
    return f"{failures.reason}: that alone makes the whole {failures.verdict}, whatever the metrics say"


def _scale(row: Row, judgement: Judgement, comparison: Comparison) -> str:
    amount = any(limit.written == judgement.limit and not limit.relative and limit.value for limit in row.limits)
    logarithmic = not amount and natural_scale(row.metric, [row.base.lowest, row.head.lowest]).logarithmic
    of = "of each pair" if comparison.paired else "of each head trial and each base trial"
    turned = "" if row.metric.direction == "lower" else ", its sign turned since more is better"
    if logarithmic:
        return f"ln(head / base) {of}, so that a factor is a shift{turned}"
    why = "the limit is an amount" if amount else "zeros may occur"
    return f"head − base {of}, since {why}{turned}"


def _estimate(row: Row, judgement: Judgement, comparison: Comparison) -> str:
    n = judgement.n
    centre = (
        f"the median of the {n * (n + 1) // 2:,} averages of two pairs"
        if comparison.paired
        else f"the median of the {row.base.n * row.head.n:,} differences"
    )
    medians = f"{value(row.base.median, row.metric)} → {value(row.head.median, row.metric)}"
    if judgement.change is not None and math.isinf(judgement.change):
        return f"no number, since trials without a value lie in the centre; medians {medians}"
    return f"{percent(judgement.change)} (Hodges–Lehmann: {centre}); medians {medians}"


def _interval(judgement: Judgement) -> str:
    if judgement.alpha == 0:
        return f"none: {judgement.n} are too few for a test at this α"
    test = "Wilcoxon's signed-rank test" if judgement.method == "paired" else "the Mann–Whitney test"
    return f"{span(judgement.low, judgement.high)} at {100 - 100 * judgement.alpha:.4g} %, by exact inversion of {test}"


def _error(row: Row, judgement: Judgement, evidence: Evidence) -> str:
    comparison = evidence.comparison
    sharing = [
        each.metric.name
        for each in comparison.rows
        if each.metric.gated and not (each.judgement and each.judgement.exact)
    ]
    heads = len(evidence.head.scenario.targets) - 1 if comparison.paired else 1
    allowed = (
        risk(comparison.pairs, evidence.head.scenario.repeat.pairs, len(sharing) * heads)
        if comparison.paired
        else Risk(share(len(sharing)))
    )
    sharers = ", ".join(sharing) + (f" of {heads} heads" if heads > 1 else "")
    shared = f", of the {_percentage(ALPHA)} of a look that {sharers} share" if len(sharing) * heads > 1 else ""
    reached = f"; with {judgement.n} the test reaches {_percentage(judgement.alpha)}" if judgement.alpha else ""
    gate = "" if row.metric.gated else f"; {row.metric.name} is no gate, and is shown at the same α"
    return f"α {_percentage(allowed.alpha)}, two-sided{shared}{reached}; for ok {_percentage(allowed.ok_alpha)}{gate}"


def _percentage(error: float) -> str:
    return f"{100 * error:.2g} %"


def _looks(result: Result) -> str:
    looks = ", ".join(map(str, result.scenario.repeat.pairs))
    ended = STOPPED.get(result.stopped, "it has not ended")
    return f"after {looks} pairs; {ended}"


def _limit(row: Row, judgement: Judgement) -> str:
    written = any(limit.against_base for limit in row.limits)
    others = [limit.written for limit in row.limits if limit.written != judgement.limit]
    said = f"{judgement.limit}, {'as set' if written else 'the default'}"
    return f"{said}; also {', '.join(others)}" if others else said


def _exact_rule(judgement: Judgement) -> str:
    if judgement.verdict == "ok":
        return "the difference is within the limit"
    return f"the difference, {percent(judgement.change)}, is beyond the limit"


def _visible(judgement: Judgement) -> str:
    if judgement.smallest_visible is None:
        return "no change could have been seen with so few, or so many failures"
    return (
        f"a change of {unsigned(judgement.smallest_visible)} would be seen {100 * POWER:.0f} % of the time with as many"
    )


def _more(judgement: Judgement, comparison: Comparison) -> str:
    if judgement.decided:
        return "decided: no more are needed"
    if judgement.pairs_to_decide is None or math.isinf(judgement.pairs_to_decide):
        return "no number of pairs that would be practical decides it"
    noun = "more pair" if comparison.paired else "more trial"
    return f"about {counted(judgement.pairs_to_decide, noun)} would decide, if estimate and spread stay as they are"


def _floor(row: Row, comparison: Comparison) -> str:
    if not comparison.noise or row.floor is None:
        return "none measured here (perfkit doctor --noise)"
    if row.floor == 0:
        return f"this metric never varied between equal targets here ({comparison.noise[:10]})"
    return f"between equal targets this machine tells {unsigned(row.floor)} at the last look ({comparison.noise[:10]})"


def grid(explanation: Explanation) -> Grid:
    """For Markdown: a row a part."""
    return Grid(explanation.title, ("", "how"), rows=list(explanation.parts))


def lines(explanations: Sequence[Explanation], width: int) -> list[str]:
    """For a terminal: a title, the parts below it, wrapped under themselves."""
    import textwrap  # only here

    found: list[str] = []
    for each in explanations:
        topics = max(len(topic) for topic, _ in each.parts)
        found += ["", *textwrap.wrap(each.title, width)]
        for topic, text in each.parts:
            indent = " " * (topics + 4)
            found += textwrap.wrap(
                text, width, initial_indent=f"  {topic:{topics}}  ", subsequent_indent=indent, break_long_words=False
            )
    return found
