"""What a comparison means to a build, and what a second run of the moved head leaves of it.

Each gated metric, each absolute limit, and the failures of the head's trials are a gate that is open or shut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TypedDict

import msgspec

from perfkit.model.metrics import Metric
from perfkit.model.units import format_beside, format_value
from perfkit.statistics.reasons import percentage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.model.limits import Limit
    from perfkit.statistics.analysis import Comparison, Row
    from perfkit.statistics.verdict import Judgement

Level = Literal["broken", "failed", "unclear", "warned", "passed"]
Deciding = Callable[[Metric], bool]

FAILURES: Final = "trials"  # the gate of targets that fail; no metric's name has no dot
GRAVEST_FIRST: Final[tuple[Level, ...]] = ("broken", "failed", "unclear", "warned", "passed")


class _Fields(TypedDict):
    subject: str
    level: Level
    seen: str
    message: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a build can fail by.

    ``failed`` fails it; ``unclear`` does so where that is asked; ``warned`` never. ``broken``: there was nothing to
    compare with, since the base never worked.
    """

    scenario: str
    head: str  # the target's name
    subject: str  # a metric, a metric with its absolute limit, or FAILURES
    level: Level
    seen: str  # what was measured, in a few words
    message: str  # the same with what it means, in one line


def every(_metric: Metric) -> bool:
    """All gated metrics decide: base and head ran side by side."""
    return True


def counts(metric: Metric) -> bool:
    """Only counts decide: between two sessions a machine changes more than a program does."""
    return metric.kind == "count"


def nothing(_metric: Metric) -> bool:
    """No metric decides: results of two sessions, and nobody asked for it."""
    return False


def gates(scenario: str, comparison: Comparison, deciding: Deciding) -> tuple[Gate, ...]:
    """All gates of one head against its base, the gravest first. A metric that is not ``deciding`` only warns."""
    found = [Gate(scenario=scenario, head=comparison.head.name, **fields) for fields in _gates(comparison, deciding)]
    return tuple(sorted(found, key=lambda gate: GRAVEST_FIRST.index(gate.level)))


def confirmed(first: Sequence[Gate], second: Sequence[Gate]) -> tuple[Gate, ...]:
    """The gates of the first run, of those that failed only the ones that failed in the second too."""
    again = {(gate.scenario, gate.head, gate.subject): gate for gate in second}
    judged = [_confirmed(gate, again.get((gate.scenario, gate.head, gate.subject))) for gate in first]
    return tuple(sorted(judged, key=lambda gate: GRAVEST_FIRST.index(gate.level)))


def _confirmed(gate: Gate, again: Gate | None) -> Gate:
    if gate.level != "failed":
        return gate
    said = "nothing of it" if again is None else again.seen
    if again is not None and again.level == "failed":
        return msgspec.structs.replace(gate, message=f"{gate.message}; confirmed with the head moved: {said}")
    return msgspec.structs.replace(
        gate, level="warned", message=f"not confirmed: {gate.seen}; with the head moved: {said}"
    )


def _gates(comparison: Comparison, deciding: Deciding) -> Iterator[_Fields]:
    failures = comparison.failures
    if failures.verdict == "base_failed":
        yield _fields(FAILURES, "broken", failures.reason, "nothing to compare with: ")
        return
    if failures.verdict == "regressed":  # what a failing head's metrics say is no news beside that
        yield _fields(FAILURES, "failed", failures.reason)
        return
    yield _fields(FAILURES, "passed", failures.reason)
    for row in comparison.rows:
        if row.metric.gated:
            yield _judged(row, decides=deciding(row.metric))
        yield from _absolute(row)


def _fields(subject: str, level: Level, seen: str, before: str = "") -> _Fields:
    return {"subject": subject, "level": level, "seen": seen, "message": f"{before}{seen}"}


def _judged(row: Row, *, decides: bool) -> _Fields:
    name, judgement = row.metric.name, row.judgement
    if judgement is None:
        return _fields(name, _level(row, decides=decides), f"not compared: {row.refused}")
    seen = _seen(row, judgement)
    message = f"{row.verdict}: {seen}; {judgement.reason}"
    if row.verdict == "regressed":
        message = f"regressed: {seen}, limit {judgement.limit}"
    return {"subject": name, "level": _level(row, decides=decides), "seen": seen, "message": message}


def _level(row: Row, *, decides: bool) -> Level:
    if row.verdict in {"ok", "improved"}:
        return "passed"
    if not decides:
        return "warned"
    return "failed" if row.verdict == "regressed" else "unclear"


def _seen(row: Row, judgement: Judgement) -> str:
    """``1.2 s → 1.5 s, +25 %``."""
    values = " → ".join(
        "none" if side.median is None else format_value(side.median, row.metric.kind) for side in (row.base, row.head)
    )
    return values if judgement.change is None else f"{values}, {percentage(judgement.change)}"


def _absolute(row: Row) -> Iterator[_Fields]:
    for limit in row.limits:
        if not limit.against_base and row.head.median is not None:
            level: Level = "failed" if limit in row.broken else "passed"
            yield _fields(f"{row.metric.name} {limit.written}", level, _held(row, limit))


def _held(row: Row, limit: Limit) -> str:
    assert row.head.median is not None
    median = format_beside(row.head.median, row.metric.kind, limit.written)
    return f"the head's median, {median}, is {'not ' if limit in row.broken else ''}{limit.written}"
