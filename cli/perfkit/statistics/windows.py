"""What was seen over time, told step by step: ``busy/cpu.mean`` is the mean of what fell into the window ``busy``."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from perfkit.statistics.estimate import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perfkit.model.windows import Window

_STATS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "mean": statistics.fmean,
    "peak": max,
    "end": lambda values: values[-1],
    "p50": lambda values: nearest_rank(values, 50),
    "p95": lambda values: nearest_rank(values, 95),
    "p99": lambda values: nearest_rank(values, 99),
}


def step_values(
    name: str, series: Sequence[tuple[int, float]], windows: Iterable[Window], stats: Iterable[str]
) -> dict[str, float]:
    """The ``stats`` of a series within each window, as ``STEP/family.name.stat``; a window without a value has none.

    ``series`` is (ns, value) in order of time, counted from the same origin as the windows; ``mean`` is that of the
    values, so it is one over time where they are equally far apart; percentiles are by nearest rank.
    """
    wanted = tuple(stats)
    found: dict[str, float] = {}
    for window in windows:
        values = [value for ns, value in series if window.holds(ns)]
        if values:
            found |= {f"{window.name}/{name}.{stat}": _STATS[stat](values) for stat in wanted}
    return found
