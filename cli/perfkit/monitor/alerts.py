"""Alerts: a limit on a metric that is broken for a while, and holds again for a while. Pure: time is told to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.limits import Limit
from perfkit.model.readings import dimension
from perfkit.model.units import format_beside, format_duration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Turn = Literal["firing", "resolved"]


class Rule(msgspec.Struct, frozen=True):
    """``limit`` is what should hold, written as in scenarios: ``Rule("memory", "memory.rss", "< 100 MB")``.

    ``lasting``: how long it must be broken before the alert fires. It resolves when the metric has been within the
    limit by ``margin`` (a share of it) for ``calm``. Metrics may have labels: ``queue.depth{queue=views}``.
    """

    name: str
    metric: str
    limit: str
    lasting: str = "0 s"
    calm: str = "10 s"
    margin: float = 0.1


DEFAULT_RULES: Final = (
    Rule("memory", "memory.rss", "< 100 MB"),
    Rule("cpu", "cpu.share", "< 10 %"),
    Rule("latency", "api.latency.p95", "< 500 ms"),
)


class Alert(msgspec.Struct, frozen=True):
    """An alert fires or resolves. ``value`` is in base units; ``since``: seconds that it had been broken, or firing."""

    name: str
    turn: Turn
    metric: str
    value: float
    since: float
    limit: str

    def __str__(self) -> str:
        value = format_beside(self.value, dimension(self.metric), self.limit)
        if self.turn == "resolved":
            return f"alert {self.name} resolved: {self.metric} {value} after {format_duration(self.since)}"
        lasting = f" for {format_duration(self.since)}" if self.since else ""
        return f"alert {self.name}: {self.metric} {value}{lasting}, limit {self.limit}"


class Alerts:
    """All rules and how they stand."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Raises ScenarioError: no such metric, or no limit for one."""
        self._states = [_State(rule) for rule in rules]

    def see(self, now: float, values: Mapping[str, float]) -> list[Alert]:
        """What fires or resolves at ``now`` (seconds). A metric without a value counts as within its limit."""
        return [alert for state in self._states if (alert := state.see(now, values.get(state.rule.metric))) is not None]

    def firing(self) -> tuple[str, ...]:
        """Names of those that fire."""
        return tuple(state.rule.name for state in self._states if state.firing)


class _State:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.firing = False
        self._limit = Limit.parse(rule.limit, dimension(rule.metric))
        if self._limit.against_base:
            raise ScenarioError(
                f"alert {rule.name!r}: {rule.limit!r} is against a base", "write '< 100 MB' or '> 90 %'"
            )
        self._inner = _tightened(self._limit, rule.margin)
        self._lasting, self._calm = parse_duration(rule.lasting), parse_duration(rule.calm)
        self._since: float | None = None  # when what would turn it began
        self._fired = 0.0
        self._last = 0.0  # value

    def see(self, now: float, value: float | None) -> Alert | None:
        if value is not None:
            self._last = value
        turning = self._within(value) if self.firing else not self._holds(self._limit, value)
        if not turning:
            self._since = None
            return None
        if self._since is None:
            self._since = now
        if now - self._since < (self._calm if self.firing else self._lasting):
            return None
        return self._turn(now, self._since)

    def _turn(self, now: float, since: float) -> Alert:
        self.firing, self._since = not self.firing, None
        if self.firing:
            self._fired = now
        turn: Turn = "firing" if self.firing else "resolved"
        lasted = now - (since if self.firing else self._fired)
        return Alert(self.rule.name, turn, self.rule.metric, self._last, lasted, self._limit.written)

    def _within(self, value: float | None) -> bool:
        return self._holds(self._inner, value)

    @staticmethod
    def _holds(limit: Limit, value: float | None) -> bool:
        return value is None or limit.holds(value)


def _tightened(limit: Limit, margin: float) -> Limit:
    """The limit that must hold before an alert resolves."""
    factor = {"<": 1 - margin, "<=": 1 - margin, ">": 1 + margin, ">=": 1 + margin}.get(limit.operator, 1.0)
    return msgspec.structs.replace(limit, value=limit.value * factor)
