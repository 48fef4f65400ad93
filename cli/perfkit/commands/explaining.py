"""What stands behind a verdict: which requests came and went, and how the profiles of both sides differ."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from perfkit.errors import ResultError, UsageError
from perfkit.profilers.difference import difference
from perfkit.profilers.files import profiles_in, read_profile
from perfkit.storage import labels
from perfkit.storage.files import shown
from perfkit.storage.fingerprint import compare_targets
from perfkit.views.explain import Evidence, Explanation, explain
from perfkit.views.profile import change_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.views.explain import Part

FITTING: Final = "fitting"  # the profilers that suit a metric and its targets
NONE: Final = "none"  # no profiler
REQUESTS: Final = "api.requests{"
OF_MEMORY: Final = frozenset({"memray", "pprof-heap"})
SHOWN: Final = 4  # functions of a difference, requests of a kind of change


@dataclass(frozen=True, slots=True)
class Case:
    """A comparison, and those of its rows whose verdicts are to be explained."""

    evidence: Evidence
    rows: tuple[Row, ...]


def side_by_side(comparison: Comparison, result: Result) -> Evidence:
    """The evidence of two targets of one run."""
    found = compare_targets(result, comparison.base.name, result, comparison.head.name)
    return Evidence(comparison, result, result, tuple(map(str, found.target)))


def explained(case: Case) -> list[Explanation]:
    """How each verdict came about, with what is known of its cause."""
    return [explain(row, case.evidence, _reasons(row, case.evidence)) for row in case.rows]


def profiled(evidence: Evidence) -> dict[str, tuple[Path, Path]]:
    """Tool, a step before it where that alone was looked at → the profiles of base and head, of which both have one."""
    base = _files(evidence.base, evidence.comparison.base.name)
    head = _files(evidence.head, evidence.comparison.head.name)
    return {tool: (base[tool], head[tool]) for tool in sorted(base.keys() & head.keys())}


def _reasons(row: Row, evidence: Evidence) -> Iterator[Part]:
    """Requests that appeared or went, then a profile difference for each tool that both sides were profiled with."""
    if told := _requests(evidence):
        yield "requests", told
    found = list(_profiles(evidence, memory=row.metric.parsed.whole.startswith("memory")))
    yield from found
    if not found and row.verdict == "regressed":
        sides = ", then --label ".join(dict.fromkeys((evidence.base.label, evidence.head.label)))
        yield "profile", f"none of both sides: perfkit profile {evidence.head.scenario.name} -t TARGET --label {sides}"


def _requests(evidence: Evidence) -> str:
    base, head = (
        _medians(result, target.name)
        for result, target in (
            (evidence.base, evidence.comparison.base),
            (evidence.head, evidence.comparison.head),
        )
    )
    names = sorted(base.keys() | head.keys())
    kinds = {
        "appeared": [f"{name} ×{head[name]:g}" for name in names if not base.get(name)],
        "gone": [f"{name} ×{base[name]:g}" for name in names if not head.get(name)],
        "changed": [
            f"{name} {base[name]:g} → {head[name]:g}"
            for name in names
            if base.get(name) and head.get(name) and base[name] != head[name]
        ],
    }
    said = [f"{kind}: {_few(each)}" for kind, each in kinds.items() if each]
    return "; ".join(said) or ("the same of each kind" if names else "")


def _few(texts: list[str]) -> str:
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _medians(result: Result, target: str) -> Mapping[str, float]:
    """``list pods`` → how often a trial asked for it, of the trials that went well."""
    trials = [trial.values for trial in result.trials if trial.target == target and trial.ok and not trial.warmup]
    names = {name for values in trials for name in values if name.startswith(REQUESTS)}
    found = {_called(name): median(values.get(name, 0.0) for values in trials) for name in names}
    return {name: count for name, count in found.items() if count}


def _called(metric: str) -> str:
    """``list pods`` of ``api.requests{resource=pods,verb=list}``."""
    parts = dict(each.split("=", 1) for each in metric.removeprefix(REQUESTS).rstrip("}").split(","))
    return " ".join(filter(None, (parts.pop("verb", ""), parts.pop("resource", ""), *parts.values())))


def _profiles(evidence: Evidence, *, memory: bool) -> Iterator[Part]:
    for tool, (base, head) in profiled(evidence).items():
        # One whose profile cannot be read explains nothing, and the others still do.
        if (tool.rpartition(".")[2] in OF_MEMORY) == memory:
            with suppress(ResultError, UsageError):
                yield tool, _difference(base, head)


def _difference(base: Path, head: Path) -> str:
    found = difference(read_profile(base), read_profile(head))
    changes = [change_line(each, found.value.unit) for each in found.changes[:SHOWN] if each.self]
    doubts = "".join(f"; doubtful: {doubt}" for doubt in found.doubts[:1])
    return f"{'; '.join(changes) or 'no function changed'}{doubts} · perfkit compare {shown(base)} {shown(head)}"


def _files(result: Result, target: str) -> dict[str, Path]:
    """The tool, with its step where it has one → the profile of a target that lies beside a result."""
    try:
        folder = labels.find_label(result.label).folder / f"{result.scenario.name}{labels.PROFILES}"
    except ResultError:
        return {}
    before = f"{target}."
    return {name.removeprefix(before): path for name, path in profiles_in(folder).items() if name.startswith(before)}
