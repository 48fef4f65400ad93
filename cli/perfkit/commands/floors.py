"""Noise floors beside the changes of a result, where one was measured on the machine that the result comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.statistics import noise
from perfkit.statistics.analysis import Comparison
from perfkit.storage.fingerprint import narrowed
from perfkit.storage.noise import find_noise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.noise import Noise
    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Section


def with_floors(sections: Iterable[Section], result: Result) -> list[Section]:
    """The sections of a result (of two results: the head's), each comparison with the floors of its head's program.

    The floors are those of the last look that the scenario takes.
    """
    return [_with_floor(section, result) if isinstance(section, Comparison) else section for section in sections]


def floors_of(result: Result, target: TargetSpec) -> dict[str, float]:
    """Metric → the smallest relative change of a target that its scenario tells here; empty where none was measured."""
    found = _measured(result, target)
    return noise.floors(found.metrics, _last_look(result)) if found else {}


def spread_of(result: Result) -> float | None:
    """The SD of ln(head / base) of startup.ready, as it was measured here of the head's program; None: it was not."""
    found = _measured(result, result.scenario.targets[-1])
    spreads = {each.metric.name: each.spread for each in found.metrics} if found else {}
    return spreads.get("startup.ready")


def _with_floor(comparison: Comparison, result: Result) -> Comparison:
    found = _measured(result, comparison.head)
    return noise.with_floors(comparison, found, _last_look(result)) if found else comparison


def _measured(result: Result, target: TargetSpec) -> Noise | None:
    return find_noise(narrowed(result, target.name), target.program)


def _last_look(result: Result) -> int:
    return result.scenario.repeat.pairs[-1]
