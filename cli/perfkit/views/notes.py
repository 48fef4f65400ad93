"""What stands below a table: was it the same work, what makes the numbers doubtful, what to type next."""

from __future__ import annotations

import statistics
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

from perfkit.model.scenario import UNLIMITED
from perfkit.model.units import format_duration
from perfkit.statistics.analysis import Comparison, Ranking
from perfkit.statistics.noise import limits_below
from perfkit.statistics.work import work_seen
from perfkit.views.against import together
from perfkit.views.evidence import told
from perfkit.views.leaks import leaks
from perfkit.views.text import NAMED, beside, counted, unsigned, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.result import Result, Trial
    from perfkit.statistics.analysis import Row, Section
    from perfkit.statistics.verdict import Judgement

NO_FLOOR: Final = "no floor measured here (perfkit doctor --noise)"
MOST_PARTS: Final = 8  # that differ and are told
CROWDED: Final = 2  # runnable processes a CPU
STOPPED = {
    "decided": "",
    "pairs": "",
    "max_time": "stopped by --max-time",
    "interrupted": "interrupted",
    "target_failed": "stopped: every trial failed",
    "": "not finished",
}


def summary_line(result: Result) -> str:
    """``15 blocks · 1m31s of 1m40s · failed 0/0/1``: how much was run, and what of it failed.

    Target by target, up to ``NAMED`` of them.
    """
    trials = [trial for trial in result.trials if not trial.warmup]
    names = [target.name for target in result.scenario.targets]
    counts = [sum(not t.ok for t in trials if t.target == name) for name in names]
    failed = str(sum(counts)) if len(counts) > NAMED else "/".join(map(str, counts))
    parts = [
        counted(len(trials), "trial"),
        _time(result),
        f"failed {failed}",
        STOPPED.get(result.stopped, result.stopped),
    ]
    return " · ".join(filter(None, parts))


def _time(result: Result) -> str:
    limit = result.scenario.repeat.max_time
    spent = format_duration(result.elapsed)
    return spent if limit >= UNLIMITED else f"{spent} of {format_duration(limit)}"


def notes(result: Result, sections: Sequence[Section]) -> list[str]:
    """Doubts and evidence, one line each; those to worry about begin with ``!``."""
    trials = [trial for trial in result.trials if not trial.warmup]
    comparisons = [section for section in sections if isinstance(section, Comparison)]
    return [
        *(
            _of_several(comparisons)
            if together(sections)
            else dict.fromkeys(chain(*map(comparison_notes, comparisons)))
        ),
        *leaks(result),
        *_failures(trials),
        _same_work(result, trials),
        *_warnings(trials),
        *doubts(trials, int(result.fingerprint.machine.get("cpus", 0)), result.scenario.cluster.kind),
    ]


def doubts(trials: Sequence[Trial], cpus: int, cluster: str) -> list[str]:
    """What perfkit and a machine of ``cpus`` did while these went on, before a cluster of that kind."""
    return [*_crowd(trials, cpus), *_own_cost(trials, "mock" if cluster == "mock" else "gateway")]


def comparison_notes(comparison: Comparison) -> list[str]:
    """How failures were judged, which limits are broken, and what would settle what is unclear."""
    unclear = map(_unclear, _undecided(comparison))
    return [*_judged(comparison), *unclear, *_parts(comparison), *_floors(comparison)]


def _of_several(comparisons: Sequence[Comparison]) -> list[str]:
    """The same of all of them; what is unclear of many is a line a metric."""
    found: dict[str, list[Judgement]] = {}
    for row in (row for comparison in comparisons for row in _undecided(comparison)):
        found.setdefault(row.metric.name, []).extend([row.judgement] if row.judgement is not None else [])
    lines = [line for comparison in comparisons for line in _judged(comparison)]
    lines += [_unclear_of_several(name, judgements) for name, judgements in found.items()]
    lines += [line for comparison in comparisons for line in (*_parts(comparison), *_floors(comparison))]
    return list(dict.fromkeys(lines))


def _unclear_of_several(name: str, judgements: Sequence[Judgement]) -> str:
    more = [each.pairs_to_decide for each in judgements if each.pairs_to_decide is not None]
    ending = f"; about {counted(max(more), 'more pair')} would decide" if more else ""
    return f"! {name}: unclear of {counted(len(judgements), 'target')}{ending}"


def _judged(comparison: Comparison) -> list[str]:
    """How failures were judged, which limits are broken, what was not compared."""
    failing = comparison.failures.verdict != "ok"
    lines = [f"! {comparison.failures.reason}"] if failing and not comparison.versions else []
    for row in comparison.rows:
        if row.broken:
            limits = written(row.broken)
            median = beside(row.head.median, row.metric, row.broken)
            lines.append(f"! {row.metric.name}: {median}, the head's median, is not {limits}")
        if row.refused:
            lines.append(f"! {row.metric.name}: not compared: {row.refused}")
    return lines


def _undecided(comparison: Comparison) -> list[Row]:
    """Gated rows that are unclear, and not for want of values."""
    if comparison.failures.verdict != "ok":
        return []
    rows = [row for row in comparison.rows if row.verdict == "unclear" and row.metric.gated and not row.refused]
    return [row for row in rows if row.head.median is not None]


def _parts(comparison: Comparison) -> list[str]:
    """``  made of other parts: httpx 0.27.2 → 0.28.1``: what came along with the version that is asked about."""
    own = {comparison.base.version, comparison.head.version}
    base, head = ({**side.toolchain, **side.dependencies} for side in (comparison.base, comparison.head))
    if not (comparison.versions and base and head):
        return []
    changed = [
        f"{name} {base.get(name, 'none')} → {head.get(name, 'none')}"
        for name in sorted(base.keys() | head.keys())
        if base.get(name) != head.get(name) and not own <= {base.get(name), head.get(name)}
    ]
    more = [f"and {len(changed) - MOST_PARTS} more (-o json)"] if len(changed) > MOST_PARTS else []
    return [f"  made of other parts: {', '.join([*changed[:MOST_PARTS], *more])}"] if changed else []


def _floors(comparison: Comparison) -> list[str]:
    """Limits that this machine is too noisy for, and since when that is known."""
    if not comparison.noise:
        return [f"  {NO_FLOOR}"]
    below = limits_below(comparison.rows)
    return [
        *(
            f"! {metric}: limit {limit} lies below the floor, {unsigned(floor)}: so small a change often stays unclear"
            for metric, (limit, floor) in below.items()
        ),
        f"  floors measured here on {comparison.noise[:10]}",
    ]


def _unclear(row: Row) -> str:
    assert row.judgement is not None
    seen, more = row.judgement.smallest_visible, row.judgement.pairs_to_decide
    parts = [f"! {row.metric.name}: unclear"]
    parts += [f"could only have seen ≥ {unsigned(seen)}"] if seen is not None else []
    parts += [f"about {counted(more, 'more pair')} would decide"] if more is not None else []
    return "; ".join(parts)


def _failures(trials: Iterable[Trial]) -> list[str]:
    reasons = Counter((trial.target, trial.outcome, trial.reason) for trial in trials if not trial.ok)
    return [f"! {target} failed {number} ×: {reason}" for (target, _, reason), number in reasons.most_common(5)]


def _same_work(result: Result, trials: Sequence[Trial]) -> str:
    """The server's own evidence that all targets did the same, or how they differed."""
    seen = {target.name: work_seen(trials, target.name) for target in result.scenario.targets}
    if result.scenario.cluster.fault and not any(
        number for found in seen.values() if found for _, number in found[0].delivered
    ):
        return "  nothing was delivered to any: the cluster failed, as the scenario has it"
    silent = [name for name in seen if _asked_nothing(trials, name)]
    if silent:
        return f"! the cluster saw no request of {', '.join(silent)}: does it read KUBECONFIG?"
    return told(seen)


def _asked_nothing(trials: Iterable[Trial], target: str) -> bool:
    asked = [trial.values.get("api.requests") for trial in trials if trial.target == target and trial.ok]
    return bool(asked) and not any(asked)


def _warnings(trials: Sequence[Trial]) -> list[str]:
    """What trials warned of, each kind once with the number of trials it touches."""
    kinds = Counter(_kind(warning) for trial in trials for warning in set(trial.warnings))
    example = {_kind(warning): warning for trial in trials for warning in trial.warnings}
    return [
        f"! in {number} of {counted(len(trials), 'trial')}: {example[kind]}" for kind, number in kinds.most_common()
    ]


def _kind(warning: str) -> str:
    """A warning without its numbers."""
    return "".join(letter for letter in warning if not letter.isdigit())


def _crowd(trials: Iterable[Trial], cpus: int) -> list[str]:
    """Whether so much ran on the machine that times are not the target's own: load above twice its CPUs."""
    loads = [trial.health.load for trial in trials if trial.health]
    if not cpus or not loads or statistics.median(loads) <= CROWDED * cpus:
        return []
    load = statistics.median(loads)
    return [f"! the machine was crowded, load {load:.1f} on {cpus} CPUs: trust counts, then CPU, before times"]


def _own_cost(trials: Sequence[Trial], server: str) -> list[str]:
    readings = [trial.health for trial in trials if trial.health and trial.health.duration > 0]
    if not readings:
        return []
    own = statistics.median(
        (health.engine_cpu + health.launcher_cpu + health.sampler_cpu) / health.duration for health in readings
    )
    mock = statistics.median(health.mock_cpu / health.duration for health in readings)
    stolen = [health.steal for health in readings if health.steal is not None]
    steal = f"{statistics.median(stolen):.1%}" if stolen else "not measurable here"
    served = f", {server} {mock:.0%}" if mock else ""
    return [f"  perfkit {own:.1%} of a core{served} · CPU steal {steal}"]


def _more(result: Result) -> str:
    """The option that lets a run go on: more time, or where -r set the number, more trials."""
    repeat = result.scenario.repeat
    if repeat.max_time >= UNLIMITED or result.stopped == "pairs":
        return f"-r {max(15, 2 * repeat.pairs[-1])}"
    return f"--max-time {format_duration(3 * repeat.max_time).replace(' ', '')}"


def next_steps(result: Result, sections: Sequence[Section]) -> list[str]:
    """What a person would type next."""
    steps = []
    unclear = any(isinstance(section, Comparison) and section.overall == "unclear" for section in sections)
    if not result.complete or unclear or result.stopped == "max_time":
        steps.append(f"perfkit run --resume --label {result.label} {_more(result)}")
    ranking = next((section for section in sections if isinstance(section, Ranking)), None)
    if ranking is not None:
        best, other = ranking.order[:2]
        steps.append(f"perfkit compare {result.label}#{best} {result.label}#{other}")
    else:
        steps.append(f"perfkit compare {result.label}   (show it again; -o json|markdown|csv)")
    return steps
