"""The noise floor: the smallest change that a number of pairs tells from none, known from pairs of equal targets (A/A).

The spread of a pair, s, is the SD of ln(second / first). The Hodges–Lehmann estimate of n pairs has the standard error
s / √(0.955 n), and a change is called different at the α of a look 4 times in 5 when it is (z₁₋α⁄₂ + z₀.₈) times as
large (see ``power``). The floor is that change, and never less than what A/A itself showed: an estimate that stays away
from 0 between equal targets is a bias that more pairs do not remove.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.noise import MetricNoise
from perfkit.model.result import complete_blocks, sample
from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.estimate import spread
from perfkit.statistics.interval import paired_shift
from perfkit.statistics.looks import FEWEST_CONSTANT, share
from perfkit.statistics.margins import DEFAULT_SHARE, default_limit
from perfkit.statistics.scale import ratio_scale
from perfkit.statistics.stopping import pairs_to_show, visible_in_advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.noise import Noise
    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Comparison, Row

FEWEST_PAIRS: Final = DEFAULT_LOOKS[0]
"""From fewer a spread is hardly known: of 15 normal differences its own standard error is about a quarter."""

ROUND_LIMITS: Final = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that this machine can decide, and after how many pairs."""

    metric: Metric
    floor: float | None  # a fraction; 0: the metric never varies; None: so few pairs tell nothing
    limit: str  # as written in a [[limit]]; empty: none that could be decided
    pairs: int | None  # that show a change of the limit's size 4 times in 5; None: without a limit


def measure(result: Result) -> tuple[MetricNoise, ...]:
    """What a run of one and the same target on both sides tells of each metric.

    Metrics that fewer than FEWEST_PAIRS pairs have a value of are left out, and those that vary around 0: there a
    change has no ratio.
    """
    first, second = (target.name for target in result.scenario.targets)
    blocks = complete_blocks(result.trials, (first, second))
    sides = {
        metric: [
            pair
            for block in blocks
            if None not in (pair := (sample(block[first], metric.name), sample(block[second], metric.name)))
        ]
        for metric in result.metrics
    }
    gates = sum(metric.gated and not _constant(pairs) for metric, pairs in sides.items())
    found = (_measure(metric, pairs, gates) for metric, pairs in sides.items() if len(pairs) >= FEWEST_PAIRS)
    return tuple(noise for noise in found if noise is not None)


def floors(noise: Sequence[MetricNoise], pairs: int) -> dict[str, float]:
    """Metric → the smallest relative change that so many pairs tell here; 0 where it never varies.

    Metrics for which so many pairs are too few to tell anything are left out.
    """
    gates = _gates(noise)
    found = {each.metric.name: _floor(each, pairs, gates) for each in noise}
    return {name: floor for name, floor in found.items() if floor is not None}


def suggest(noise: Sequence[MetricNoise], pairs: int = DEFAULT_LOOKS[-1]) -> tuple[Suggestion, ...]:
    """A limit for each metric: the next round number from the floor of ``pairs`` pairs on."""
    known, gates = floors(noise, pairs), _gates(noise)
    return tuple(_suggest(each, known.get(each.metric.name), gates) for each in noise)


def with_floors(comparison: Comparison, noise: Noise, pairs: int) -> Comparison:
    """The comparison with the floors of a run of ``pairs`` pairs, and when they were measured."""
    known = floors(noise.metrics, pairs)
    rows = tuple(msgspec.structs.replace(row, floor=known.get(row.metric.name)) for row in comparison.rows)
    return msgspec.structs.replace(comparison, rows=rows, noise=noise.created)


def limits_below(rows: Iterable[Row]) -> dict[str, tuple[str, float]]:
    """Metric → a limit that lies below its floor, as written, and the floor: such a limit can't be decided here.

    Of metrics that are not gated only limits that somebody wrote are looked at.
    """
    return {row.metric.name: (limit, row.floor) for row in rows if row.floor and (limit := _below(row, row.floor))}


def _below(row: Row, floor: float) -> str:
    against = [limit for limit in row.limits if limit.against_base]
    if not against and row.metric.gated:
        against = [default_limit(row.metric)]
    if row.judgement is None or row.judgement.exact:
        return ""
    sizes = {limit.written: limit.value if limit.relative else _relative(limit.value, row) for limit in against}
    return min((written for written, size in sizes.items() if size < floor), key=sizes.__getitem__, default="")


def _relative(size: float, row: Row) -> float:
    """A limit in the metric's own unit as a fraction of the base; without a base no limit is too tight."""
    return size / row.base.median if row.base.median else float("inf")


def _constant(pairs: Sequence[tuple[float | None, float | None]]) -> bool:
    return len({value for pair in pairs for value in pair}) == 1


def _measure(metric: Metric, pairs: Sequence[tuple[float | None, float | None]], gates: int) -> MetricNoise | None:
    if _constant(pairs):
        return MetricNoise(metric=metric, pairs=len(pairs), spread=0.0)
    base, head = zip(*pairs, strict=True)
    scale = ratio_scale(metric, base, head)
    if not scale.logarithmic:
        return None
    harms = scale.harm(base), scale.harm(head)
    shift = paired_shift(*harms)
    interval = shift.interval(share(gates))
    change, *ends = (scale.change(harm, 1.0) for harm in (shift.estimate, interval.low, interval.high))
    differences = [second - first for first, second in zip(*harms, strict=True)]
    # Where two thirds of the pairs agree to the last digit, the central 68 % have no width, but noise there is.
    deviation = spread(differences) or statistics.stdev(differences)
    return MetricNoise(metric=metric, pairs=len(pairs), spread=deviation, change=change, low=min(ends), high=max(ends))


def _gates(noise: Iterable[MetricNoise]) -> int:
    """How many gated metrics share the error of a look: those that never vary make none."""
    return sum(each.metric.gated and not each.exact for each in noise)


def _floor(noise: MetricNoise, pairs: int, gates: int) -> float | None:
    if noise.exact:
        return 0.0
    visible = visible_in_advance(pairs, noise.metric.kind, gates, noise.spread)
    return None if visible is None else max(visible, abs(noise.change))


def _suggest(noise: MetricNoise, floor: float | None, gates: int) -> Suggestion:
    metric = noise.metric
    usual = default_limit(metric)
    if noise.exact and metric.kind == "count":
        return Suggestion(metric=metric, floor=floor, limit=usual.written, pairs=FEWEST_CONSTANT)
    least = DEFAULT_SHARE if metric.kind == "time" else 0.0  # layout alone moves times by as much
    size = next((step for step in ROUND_LIMITS if floor is not None and step >= max(floor, least)), None)
    if size is None:
        return Suggestion(metric=metric, floor=floor, limit="", pairs=None)
    return Suggestion(
        metric=metric,
        floor=floor,
        limit=f"{usual.operator}{size * 100:.0f} %",
        pairs=max(DEFAULT_LOOKS[0], pairs_to_show(size, metric.kind, gates, noise.spread)),
    )
