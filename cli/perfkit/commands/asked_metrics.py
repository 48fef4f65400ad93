"""Which metrics are shown: those of every run, those that a limit names, and those asked for with ``--metric``."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import ScenarioError, UsageError
from perfkit.model.catalogue import metric_of
from perfkit.model.result import sample
from perfkit.storage.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result


def with_metrics(result: Result, patterns: Sequence[str] = ()) -> Result:
    """The result with the metrics that its limits name, and those of its values that match a pattern, added.

    A part of a metric (``busy/api.requests``) has the source of the whole. A pattern may name a part that is
    not stored, being the sum of others.
    """
    known = {metric.name: metric for metric in result.metrics}
    limited = [each.metric for each in result.scenario.limits]
    asked = (*patterns, *result.scenario.show)
    wanted = [*limited, *asked, *(name for name in _measured(result) if matches(name, asked))]
    found = (metric for name in wanted if name not in known and (metric := _metric(name, known)))
    added = {metric.name: metric for metric in found if metric.name not in known}
    return msgspec.structs.replace(result, metrics=(*result.metrics, *added.values())) if added else result


def check_patterns(results: Collection[Result], patterns: Iterable[str]) -> None:
    """Raise UsageError where a pattern asks for what none of the results has."""
    known = {name for result in results for name in (*(m.name for m in result.metrics), *_measured(result))}
    for pattern in patterns:
        if not any(matches(name, [pattern]) for name in known) and not _has(results, pattern):
            raise UsageError(
                f"--metric {pattern!r}: nothing of that name was measured",
                did_you_mean(pattern, known) or f"there are {', '.join(sorted(known))}",
            )


def _has(results: Iterable[Result], name: str) -> bool:
    """Whether a trial has a value of it, though not stored under that name."""
    metric = _metric(name, {})
    if metric is None:
        return False
    return any(sample(trial, metric.name) is not None for result in results for trial in result.trials)


def _measured(result: Result) -> list[str]:
    """All names that trials have a value of, in order."""
    return sorted({name for trial in result.trials for name in trial.values})


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means that metric."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def _metric(name: str, known: dict[str, Metric]) -> Metric | None:
    """What is known of a stored value; None where another version of perfkit stored it."""
    try:
        metric = metric_of(name)
    except ScenarioError:
        return None
    if metric is None:
        return None
    whole = known.get(metric.parsed.whole)
    return msgspec.structs.replace(metric, source=whole.source) if whole else metric
