"""Limits as written: ``[[limit]]`` tables of scenario and project files, and ``--limit METRIC=LIMIT``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.errors import ScenarioError, UsageError
from perfkit.model.limits import Limit
from perfkit.model.metrics import BY_NAME, MetricName
from perfkit.model.scenario import MetricLimit
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.units import Dimension


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


def _parse_limit(written: str) -> tuple[str, Limit]:
    name, equals, limit = written.partition("=")
    name = name.strip()
    if not equals or name[-1:] in {"<", ">", ""}:
        raise UsageError(
            f"--limit {written!r} is not METRIC=LIMIT", "write e.g. 'memory.peak=+0.5 %' or 'startup.ready=< 2 s'"
        )
    if name not in BY_NAME:
        known = f"metrics are {', '.join(BY_NAME)}"
        raise UsageError(f"--limit {written!r}: unknown metric {name!r}", did_you_mean(name, BY_NAME) or known)
    try:
        return name, Limit.parse(limit, BY_NAME[name].kind)
    except ScenarioError as error:
        raise UsageError(f"--limit {written!r}: {error.message}", error.advice) from None


def _read_limit(value: Value) -> MetricLimit:
    fields: dict[str, Any] = value.fields({"metric": _metric, "limit": _items}, required=("metric", "limit"))
    kind: Dimension = BY_NAME[fields["metric"]].kind
    limits = tuple(item.parsed(lambda written: Limit.parse(written, kind)) for item in fields["limit"])
    return MetricLimit(metric=fields["metric"], limits=limits)


def _metric(value: Value) -> str:
    name = value.parsed(MetricName.parse)
    if str(name) not in BY_NAME:
        raise value.error(
            f"unknown metric {text(value)!r}; allowed: {', '.join(BY_NAME)}", did_you_mean(text(value), BY_NAME)
        )
    return str(name)


def _items(value: Value) -> list[Value]:
    """One limit or several, each with its place."""
    if isinstance(value.data, str):
        return [value]
    if not isinstance(value.data, list) or not value.data:
        raise value.refused('a limit such as "< 2 s" or "+5 %", or a list of them')
    return [Value(value.file, f"{value.key}[{index}]", item) for index, item in enumerate(value.data)]
