"""``[[limit]]`` tables as written in scenario and project files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.model.limits import Limit
from perfkit.model.metrics import BY_NAME, MetricName
from perfkit.model.scenario import MetricLimit
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, tables, text

if TYPE_CHECKING:
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
