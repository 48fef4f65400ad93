"""What a sweep says as one thing: a curve for each target and metric along the axes of its matrix, and what they cost.

The last axis of the matrix runs along a curve; each combination of the others is a *panel*, with curves of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.result import sample
from perfkit.model.units import parse_bit_rate, parse_quantity
from perfkit.statistics.analysis import Comparison, Measured, limits_of, measure
from perfkit.statistics.growth import Growth, exponent, slope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.result import Result
    from perfkit.model.scenario import Scenario
    from perfkit.statistics.analysis import Section

Coordinate = str | int | float
Coordinates = dict[str, Coordinate]  # axis → value


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one target along the last axis; ``points`` in the order of ``Panel.along``.

    ``exponent`` is of the cost against the size, where the axis is one; ``top`` is the same over its two largest sizes,
    where a cost that does not grow hides least.
    """

    target: str
    metric: Metric
    points: tuple[Measured, ...]
    exponent: Growth | None = None
    top: Growth | None = None


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The cells that differ in the last axis only. ``at``: where they lie on the others; ``cells``: their names."""

    at: Coordinates
    along: tuple[Coordinate, ...]
    cells: tuple[str, ...]
    curves: tuple[Curve, ...]


class RoundTrips(msgspec.Struct, frozen=True, kw_only=True):
    """How many round trips of the link pass until a target is ready: the slope of startup.ready over the link's rtt.

    Of cells whose links have nothing but a round trip: ``rtts`` of them, in seconds.
    """

    target: str
    at: Coordinates  # on the axes that are not the link's
    rtts: tuple[float, ...]
    growth: Growth


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Head against base in one cell."""

    at: Coordinates
    comparison: Comparison


class Sweep(msgspec.Struct, frozen=True, kw_only=True, tag="sweep"):
    """All cells of a matrix. ``changes``: of runs with a base, head against base cell by cell.

    There are curves of all metrics; a person is shown those of ``shown``.
    """

    name: str
    shown: tuple[str, ...]
    axes: dict[str, tuple[Coordinate, ...]]
    targets: tuple[str, ...]
    panels: tuple[Panel, ...]
    round_trips: tuple[RoundTrips, ...] = ()
    changes: tuple[Change, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True, tag="changes"):
    """Two sweeps compared, cell by cell."""

    name: str
    shown: tuple[str, ...]
    changes: tuple[Change, ...]


def sweep(results: Sequence[Result], sections: Sequence[Sequence[Section]], shown: Sequence[str]) -> Sweep:
    """All cells of one matrix, each with what its result says by itself, as one."""
    cells = sorted(results, key=lambda cell: cell.scenario.place)
    axes = axes_of([cell.scenario for cell in cells])
    changes = [
        Change(at=result.scenario.at, comparison=section)
        for result, found in zip(results, sections, strict=True)
        for section in found
        if isinstance(section, Comparison)
    ]
    return Sweep(
        name=cells[0].scenario.sweep,
        shown=tuple(shown),
        axes=axes,
        targets=tuple(target.name for target in cells[0].scenario.targets),
        panels=tuple(_panel(at, group) for at, group in _panels(cells, list(axes)[:-1])),
        round_trips=tuple(_round_trips(cells)),
        changes=tuple(sorted(changes, key=lambda change: _place(change.at, axes))),
    )


def axes_of(cells: Sequence[Scenario]) -> dict[str, tuple[Coordinate, ...]]:
    """Each axis with its values, in the order of the file."""
    return {axis: tuple(dict.fromkeys(cell.at[axis] for cell in cells)) for axis in cells[0].at}


def amount(value: Coordinate) -> float | None:
    """A value of an axis as a number: of ``"50 ms"`` 0.05; None for a name."""
    if not isinstance(value, str):
        return float(value)
    for parse in (lambda text: parse_quantity(text)[0], parse_bit_rate):
        try:
            return parse(value)
        except ScenarioError:
            continue
    return None


def is_size(values: Iterable[Coordinate]) -> bool:
    """Whether an axis counts something, or something a second: a cost may be a power of it. A time is no size."""
    return all(not isinstance(value, str) or _dimension(value) in {"bytes", "rate", "count"} for value in values)


def _dimension(text: str) -> str:
    try:
        return parse_quantity(text)[1]
    except ScenarioError:
        return ""


def _place(at: Coordinates, axes: dict[str, tuple[Coordinate, ...]]) -> list[int]:
    return [axes[axis].index(value) for axis, value in at.items()]


def _panels(cells: Iterable[Result], others: Sequence[str]) -> list[tuple[Coordinates, list[Result]]]:
    """Cells by where they lie on these axes."""
    groups: dict[tuple[Coordinate, ...], list[Result]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell.scenario.at[axis] for axis in others), []).append(cell)
    return [(dict(zip(others, values, strict=True)), group) for values, group in groups.items()]


def _panel(at: Coordinates, cells: Sequence[Result]) -> Panel:
    along = tuple(list(cell.scenario.at.values())[-1] for cell in cells)
    metrics = {metric.name: metric for cell in cells for metric in cell.metrics}
    targets = [target.name for target in cells[0].scenario.targets]
    return Panel(
        at=at,
        along=along,
        cells=tuple(cell.scenario.name for cell in cells),
        curves=tuple(_curve(cells, along, name, metric) for metric in metrics.values() for name in targets),
    )


def _curve(cells: Sequence[Result], along: Sequence[Coordinate], target: str, metric: Metric) -> Curve:
    points = tuple(measure(cell.trials, target, metric, limits_of(cell.scenario, metric)) for cell in cells)
    good = [(x, cell) for x, cell in zip(along, cells, strict=True) if _has(cell, target, metric)]
    grown = _exponents(good, target, metric) if is_size(along) else (None, None)
    return Curve(target=target, metric=metric, points=points, exponent=grown[0], top=grown[1])


def _has(cell: Result, target: str, metric: Metric) -> bool:
    """Whether any trial gave a value: a cell in which all failed is no part of a slope."""
    return any(sample(trial, metric.name) is not None for trial in cell.trials if trial.target == target)


def _exponents(
    cells: Sequence[tuple[Coordinate, Result]], target: str, metric: Metric
) -> tuple[Growth | None, Growth | None]:
    """Over all sizes, and over the two largest; of less than three sizes nothing is said."""
    if len(cells) < 3:
        return None, None
    ordered = sorted(((amount(x) or 0.0, cell) for x, cell in cells), key=lambda each: each[0])
    found = []
    for some in (ordered, ordered[-2:]):
        blocks = _blocks([cell for _, cell in some], target, metric.name)
        found.append(exponent([size for size, _ in some], blocks))
    return found[0], found[1]


def _blocks(cells: Sequence[Result], target: str, metric: str) -> list[list[float]]:
    """The values of a target in the order of the cells, block by block, where each cell has one."""
    values = [
        {trial.block: sample(trial, metric) for trial in cell.trials if trial.target == target and not trial.warmup}
        for cell in cells
    ]
    blocks = [[found.get(number) for found in values] for number in sorted(values[0])] if values else []
    return [[value for value in block if value is not None] for block in blocks if None not in block]


def _round_trips(cells: Sequence[Result]) -> Iterable[RoundTrips]:
    others = [axis for axis in cells[0].scenario.at if not axis.startswith("link.")]
    targets = [target.name for target in cells[0].scenario.targets]
    for at, group in _panels([cell for cell in cells if cell.scenario.link.only_delays], others):
        for target in targets:
            good = [cell for cell in group if any(trial.ok for trial in cell.trials if trial.target == target)]
            rtts = tuple(cell.scenario.link.rtt for cell in good)
            found = slope(rtts, _blocks(good, target, "startup.ready"))
            if found is not None and math.isfinite(found.estimate):
                yield RoundTrips(target=target, at=at, rtts=rtts, growth=found)
