"""How much worse the head may be: limits against the base as margins of harm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfkit.errors import ScenarioError
from perfkit.model.limits import Limit
from perfkit.statistics.scale import median_or_zero, natural_scale, plain_scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.limits import Operator
    from perfkit.model.metrics import Metric
    from perfkit.statistics.scale import Scale

DEFAULT_SHARE: Final = 0.05
"""Of times, bytes, rates and ratios. Smaller changes are within what layout alone does to a program (Mytkowicz et al.,
ASPLOS 2009), and A/A medians differ by as much on a shared machine. Counts may not grow at all."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Harm up to ``size`` on ``scale`` is within ``limit``."""

    scale: Scale
    size: float
    limit: Limit


def default_limit(metric: Metric) -> Limit:
    """The limit of a metric for which none is written: ``+0`` for counts, else 5 % to the worse side."""
    sign = _worse(metric)
    if metric.kind == "count":
        return Limit(sign, 0.0, written=f"{sign}0")
    return Limit(sign, DEFAULT_SHARE, relative=True, written=f"{sign}{DEFAULT_SHARE:.0%}".replace("%", " %"))


def check_limit(metric: Metric, limit: Limit) -> None:
    """Raises ScenarioError where a limit against the base bounds the better side of a metric, or a loss of all."""
    worse = _worse(metric)
    if limit.against_base and limit.operator != worse and limit.value != 0:
        raise ScenarioError(
            f"limit {limit.written!r} of {metric.name} bounds its better side", f"write {worse}{limit.written[1:]}"
        )
    if limit.relative and limit.operator == "-" and limit.value >= 1:
        raise ScenarioError(f"limit {limit.written!r} of {metric.name} allows a loss of everything")


def margins(
    metric: Metric, limits: Iterable[Limit], base: Sequence[float | None], head: Sequence[float | None]
) -> list[Margin]:
    """The tightest margin on each scale in use. Without a limit against the base, the default one.

    Raises ScenarioError for a limit that ``check_limit`` refuses.
    """
    against = [limit for limit in limits if limit.against_base] or [default_limit(metric)]
    tightest: dict[Scale, Margin] = {}
    for limit in against:
        check_limit(metric, limit)
        margin = _margin(metric, limit, base, head)
        if margin.scale not in tightest or margin.size < tightest[margin.scale].size:
            tightest[margin.scale] = margin
    return list(tightest.values())


def _margin(metric: Metric, limit: Limit, base: Sequence[float | None], head: Sequence[float | None]) -> Margin:
    natural = natural_scale(metric, base, head)
    if limit.value == 0:
        return Margin(natural, 0.0, limit)
    if not limit.relative:
        return Margin(plain_scale(metric), limit.value, limit)
    if natural.logarithmic:
        return Margin(natural, math.log1p(limit.value) if limit.operator == "+" else -math.log1p(-limit.value), limit)
    # The side that is the base where the limit is exceeded, so that the better side mirrors the worse.
    medians = abs(median_or_zero(base)), abs(median_or_zero(head))
    return Margin(natural, limit.value * (min(medians) if limit.operator == "+" else max(medians)), limit)


def _worse(metric: Metric) -> Operator:
    return "+" if metric.direction == "lower" else "-"
