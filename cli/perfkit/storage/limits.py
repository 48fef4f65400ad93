"""Limits as written: ``[[limit]]`` tables of scenario and project files, and ``--limit METRIC=LIMIT``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from perfkit.errors import ScenarioError, UsageError
from perfkit.model.catalogue import BY_NAME, metric_of
from perfkit.model.limits import Limit
from perfkit.model.metrics import Metric, MetricName
from perfkit.model.scenario import MetricLimit
from perfkit.model.windows import step_names
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.scenario import Step


def check_steps(limits: Iterable[MetricLimit], scenario: str, steps: Iterable[Step]) -> None:
    """Raise ScenarioError where a limit is on a step that the scenario has not."""
    names = step_names(steps)
    for each in limits:
        step = MetricName.parse(each.metric).step
        if step is not None and step not in names:
            raise ScenarioError(
                f"{scenario}: a limit of {each.metric}, but no step {step!r}",
                did_you_mean(step, names) or f"its steps are {', '.join(names)}",
            )


# The labels of a metric hold equals signs too, and before a sign of its own the limit needs none.
_WRITTEN: Final = re.compile(
    r"\s*(?P<metric>[^={<>]*[^={<>\s](?:\{[^{}]*\})?)\s*(?:(?=<|>|==(?!=))|=)(?P<limit>.*)", re.DOTALL
)


def read_limits(value: Value) -> tuple[MetricLimit, ...]:
    """All ``[[limit]]`` tables; a metric has one of them at most. Raises ScenarioError."""
    seen: dict[str, MetricLimit] = {}
    for item in tables(value):
        limit = _read_limit(item)
        if limit.metric in seen:
            raise item.error(f"a second limit of {limit.metric}", 'write both as one list: limit = ["< 2 s", "+5 %"]')
        seen[limit.metric] = limit
    return tuple(seen.values())


def parse_limits(texts: Iterable[str]) -> tuple[MetricLimit, ...]:
    """Limits of the command line, each ``METRIC=LIMIT`` such as ``memory.peak=+0.5 %``; a metric may have several.

    Raises:
        UsageError: not of that form, an unknown metric, no limit, or one that does not fit the metric.
    """
    found: dict[str, list[Limit]] = {}
    for text_ in texts:
        metric, limit = _parse_limit(text_)
        found.setdefault(metric, []).append(limit)
    return tuple(MetricLimit(metric=metric, limits=tuple(limits)) for metric, limits in found.items())


def named(text_: str) -> Metric:
    """The metric of that name, or the part of one such as ``busy/api.requests{verb=list}``. Raises ScenarioError."""
    metric = metric_of(text_) if "." in text_ else None
    if metric is None:
        known = f"metrics are {', '.join(BY_NAME)}"
        raise ScenarioError(f"unknown metric {text_!r}", did_you_mean(text_, BY_NAME) or known)
    return metric


def split_limit(written: str) -> tuple[str, str]:
    """Metric and limit of ``memory.peak < 100 MB`` or ``memory.peak=+0.5 %``. Raises UsageError."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise UsageError(
            f"--limit {written!r} is not METRIC=LIMIT", "write e.g. 'memory.peak=+0.5 %' or 'startup.ready < 2 s'"
        )
    return match["metric"], match["limit"].strip()


def _parse_limit(written: str) -> tuple[str, Limit]:
    name, limit = split_limit(written)
    try:
        metric = named(name)
        return metric.name, Limit.parse(limit, metric.kind)
    except ScenarioError as error:
        raise UsageError(f"--limit {written!r}: {error.message}", error.advice) from None


def _read_limit(value: Value) -> MetricLimit:
    fields: dict[str, Any] = value.fields({"metric": _metric, "limit": _items}, required=("metric", "limit"))
    metric: Metric = fields["metric"]
    limits = tuple(item.parsed(lambda written: Limit.parse(written, metric.kind)) for item in fields["limit"])
    return MetricLimit(metric=metric.name, limits=limits)


def _metric(value: Value) -> Metric:
    text(value)
    return value.parsed(named)


def _items(value: Value) -> list[Value]:
    """One limit or several, each with its place."""
    if isinstance(value.data, str):
        return [value]
    if not isinstance(value.data, list) or not value.data:
        raise value.refused('a limit such as "< 2 s" or "+5 %", or a list of them')
    return [Value(value.file, f"{value.key}[{index}]", item) for index, item in enumerate(value.data)]
