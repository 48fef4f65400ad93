"""A sweep laid out: a table and a curve for each metric that is gated or limited, and what was derived of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from perfkit.model.catalogue import CATALOGUE
from perfkit.statistics.growth import called
from perfkit.statistics.sweeps import amount
from perfkit.views.curve import Picture, Series
from perfkit.views.grids import LEGEND, MARK, Grid, comparison_cells, comparison_header, late_note, verdict_of
from perfkit.views.text import fixed, median, percent, spread, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.statistics.analysis import Comparison, Measured, Row
    from perfkit.statistics.growth import Growth
    from perfkit.statistics.sweeps import Change, Changes, Coordinate, Curve, Panel, Sweep
    from perfkit.views.grids import Cell

FEWEST: Final = 3  # blocks of which an estimate is told


@dataclass(frozen=True, slots=True)
class Column:
    """A title, and a cell in each row. ``brief``: the same without its spread."""

    title: str
    cells: tuple[Cell, ...]
    brief: tuple[Cell, ...]


def grids(sweep: Sweep, width: int) -> list[Grid]:
    """The tables of a sweep, each at most ``width`` columns wide where its contents allow that."""
    heads = dict.fromkeys(change.comparison.head.name for change in sweep.changes)
    found = [grid for head in heads for grid in _changes(sweep, head, width, blocks=len(heads) == 1)]
    if len(heads) != 1:
        found += [grid for panel in sweep.panels for grid in _panel(sweep, panel, width)]
    found[-1].footer.extend(_late(sweep))
    return [*found, *_growths(sweep), *_round_trips(sweep)]


def changes(section: Changes, width: int) -> list[Grid]:
    """Two sweeps compared: the change of each cell in one table, then the numbers metric by metric."""
    found = [_overview(section.changes, width), *_blocks(section.changes, section.shown)]
    rows = [row for change in section.changes for row in change.comparison.rows if row.metric.name in section.shown]
    found[-1].footer.extend(late_note(summary for row in rows for summary in (row.base, row.head)))
    return found


def pictures(sweep: Sweep) -> list[Picture]:
    """A curve for each metric that is shown, panel by panel; none over an axis of names, between which nothing lies."""
    panels = [panel for panel in sweep.panels if len(panel.along) > 1 and None not in map(amount, panel.along)]
    return [_picture(panel, metric) for panel in panels for metric in shown_metrics(sweep)]


def coordinate(each: Coordinate) -> str:
    """A value of an axis as a person reads it."""
    return each if isinstance(each, str) else f"{each:,}"


def where(at: Mapping[str, Coordinate]) -> str:
    """``cluster.pods 1,000 · link.rtt 50 ms``."""
    return " · ".join(f"{axis} {coordinate(each)}" for axis, each in at.items())


# ---- curves


def shown_metrics(sweep: Sweep) -> list[Metric]:
    """Those of ``Sweep.shown``."""
    known = {curve.metric.name: curve.metric for panel in sweep.panels for curve in panel.curves}
    return [known[name] for name in sweep.shown]


def _panel(sweep: Sweep, panel: Panel, width: int) -> list[Grid]:
    axis = list(sweep.axes)[-1]
    metrics = shown_metrics(sweep)
    if len(sweep.targets) == 1:
        curves = [_curve(panel, metric, sweep.targets[0]) for metric in metrics]
        columns = [_column(panel, curve, curve.metric.name) for curve in curves]
        found = _laid_out(_first(axis, panel), columns, width)
        found[-1].footer.extend(_limits(panel, curves))
        return [replace(found[0], title=_title(panel, sweep.targets[0])), *found[1:]]
    return [grid for metric in metrics for grid in _of_metric(sweep, panel, metric, width)]


def _of_metric(sweep: Sweep, panel: Panel, metric: Metric, width: int) -> list[Grid]:
    """One metric, a column for each target."""
    curves = [_curve(panel, metric, target) for target in sweep.targets]
    columns = [_column(panel, curve, curve.target) for curve in curves]
    found = _laid_out(_first(list(sweep.axes)[-1], panel), columns, width)
    found[-1].footer.extend(_limits(panel, curves[:1]))
    return [replace(found[0], title=_title(panel, metric.name)), *found[1:]]


def _late(sweep: Sweep) -> list[str]:
    shown = [each for panel in sweep.panels for each in panel.curves if each.metric.name in sweep.shown]
    return late_note(point.summary for curve in shown for point in curve.points)


def _title(panel: Panel, name: str) -> str:
    return " · ".join(filter(None, (where(panel.at), name)))


def _curve(panel: Panel, metric: Metric, target: str) -> Curve:
    return next(each for each in panel.curves if each.target == target and each.metric.name == metric.name)


def _first(axis: str, panel: Panel) -> Column:
    names = tuple(map(coordinate, panel.along))
    return Column(axis, names, names)


def _column(panel: Panel, curve: Curve, title: str) -> Column:
    ready = next(each for each in panel.curves if each.target == curve.target and each.metric.name == "startup.ready")
    pairs = list(zip(curve.points, ready.points, strict=True))
    return Column(
        title,
        tuple(_point(point, state, doubt=True) for point, state in pairs),
        tuple(_point(point, state, doubt=False) for point, state in pairs),
    )


def _point(point: Measured, ready: Measured, *, doubt: bool) -> Cell:
    """A median with its spread; in words what has none, and how many trials failed."""
    summary = point.summary
    if ready.summary.n == 0:
        return Text("not run", style="yellow")
    if summary.median is None:
        tried = f"failed {ready.summary.failed} of {ready.summary.n}"
        return Text(tried, style="bold red") if ready.summary.median is None else "–"
    parts = [median(summary, point.metric)]
    if ready.summary.failed:
        parts.append(f"{ready.summary.failed}/{ready.summary.n} failed")
    elif doubt and summary.spread:
        parts.append(spread(summary.spread))
    told = " ".join(filter(None, parts))
    return Text(f"{told} {MARK}", style="bold red") if point.broken else told


def _laid_out(first: Column, columns: Sequence[Column], width: int) -> list[Grid]:
    """The columns in one grid, their spreads left out where they would not fit; else in as many as are needed."""
    brief = any(_wide([first, *columns], brief=b) <= width for b in (False, True))
    short = _wide([first, *columns], brief=False) > width
    rows: list[list[Column]] = [[first]]
    for column in columns:
        if not brief and len(rows[-1]) > 1 and _wide([*rows[-1], column], brief=True) > width:
            rows.append([first])
        rows[-1].append(column)
    return [_grid(each, brief=short) for each in rows]


def _wide(columns: Iterable[Column], *, brief: bool) -> int:
    return sum(
        max(cell_len(str(cell)) for cell in (column.title, *(column.brief if brief else column.cells))) + 1
        for column in columns
    )


def _grid(columns: Sequence[Column], *, brief: bool) -> Grid:
    cells = [column.brief if brief else column.cells for column in columns]
    return Grid("", tuple(column.title for column in columns), list(zip(*cells, strict=True)))


def _limited(panel: Panel, curve: Curve) -> Iterator[tuple[str, str]]:
    """Each limit of a curve, and in which of its cells it holds."""
    for limit in dict.fromkeys(limit.written for point in curve.points for limit in point.limits):
        held = [any(each.written == limit for each in point.limits) for point in curve.points]
        places = [coordinate(each) for each, holds in zip(panel.along, held, strict=True) if holds]
        yield limit, "" if all(held) else f" at {', '.join(places)}"


def _limits(panel: Panel, curves: Iterable[Curve]) -> Iterator[str]:
    """``limits: startup.ready < 2 s at 1,000``; one that holds in every cell without them."""
    written = [f"{curve.metric.name} {limit}{place}" for curve in curves for limit, place in _limited(panel, curve)]
    if written:
        yield f"limits: {', '.join(written)}  ({LEGEND})"


def _growths(sweep: Sweep) -> list[Grid]:
    """The exponents of the cost against the size; ``top``: between the two largest sizes."""
    found = []
    metrics = shown_metrics(sweep)
    for panel in sweep.panels:
        title = _title(panel, f"exponent of the cost against {list(sweep.axes)[-1]}; top: between the two largest")
        grid = Grid(title, ("", "exponent", "interval", "", "top", "interval"))
        grid.rows.extend(_growth(curve) for curve in panel.curves if _enough(curve) and curve.metric in metrics)
        grid.footer.extend(_few(curve.exponent for curve in panel.curves if curve.metric in metrics))
        found += [grid] if grid.rows else []
    return found


def _growth(curve: Curve) -> tuple[Cell, ...]:
    assert curve.exponent is not None
    word = called(curve.exponent) if curve.exponent.known else "too few blocks"
    top = (_estimate(curve.top, 2), _ends(curve.top, 2)) if curve.top else ("–", "–")
    name = f"{curve.metric.name} of {curve.target}"
    return name, _estimate(curve.exponent, 2), _ends(curve.exponent, 2), word, *top


def _enough(curve: Curve) -> bool:
    return curve.exponent is not None and curve.exponent.blocks >= FEWEST


def _few(growths: Iterable[Growth | None]) -> list[str]:
    """Why there is no interval, where there is none."""
    return ["? six blocks give an interval"] if any(growth and not growth.known for growth in growths) else []


def _estimate(growth: Growth, digits: int) -> str:
    """Of one block or two nothing is told: that is anything."""
    return fixed(growth.estimate, digits) if growth.blocks >= FEWEST else "–"


def _ends(growth: Growth, digits: int) -> str:
    return f"{fixed(growth.low, digits)} … {fixed(growth.high, digits)}" if growth.known else "? … ?"


def _round_trips(sweep: Sweep) -> list[Grid]:
    """How many round trips pass until each target is ready: the slope of startup.ready over the link's round trip."""
    if not sweep.round_trips:
        return []
    several = any(each.at for each in sweep.round_trips)
    grid = Grid("round trips until ready", ("", *(("at",) if several else ()), "round trips", "interval", "over", "n"))
    for each in sweep.round_trips:
        growth = each.growth
        rtts = f"{min(each.rtts) * 1e3:g} … {max(each.rtts) * 1e3:g} ms"
        place = (where(each.at),) if several else ()
        grid.rows.append((each.target, *place, _estimate(growth, 1), _ends(growth, 1), rtts, str(growth.blocks)))
    grid.footer.extend(_few(each.growth for each in sweep.round_trips))
    return [grid]


def _picture(panel: Panel, metric: Metric) -> Picture:
    curves = [each for each in panel.curves if each.metric.name == metric.name]
    places = [number for each in panel.along if (number := amount(each)) is not None]
    return Picture(
        title=_title(panel, metric.name),
        labels=tuple(map(coordinate, panel.along)),
        places=tuple(places),
        series=tuple(Series(each.target, tuple(point.summary.median for point in each.points)) for each in curves),
        written=lambda number: value(number, metric),
    )


# ---- changes


def _changes(sweep: Sweep, head: str, width: int, *, blocks: bool) -> list[Grid]:
    chosen = [change for change in sweep.changes if change.comparison.head.name == head]
    return [_overview(chosen, width), *(_blocks(chosen, sweep.shown) if blocks else ())]


def _overview(found: Sequence[Change], width: int) -> Grid:
    """A row for each cell, a column for each gated metric: the change and its verdict, below it where it is narrow."""
    metrics = [metric for metric in CATALOGUE if metric.gated]
    first = found[0].comparison
    title = f"{first.base.name} → {first.head.name}: change and verdict in each cell"
    grid = Grid(title, (_axes(found), *(metric.name for metric in metrics)))
    for change in found:
        rows = _rows(change.comparison)
        grid.rows.append((_cell(change), *(_told(rows.get(metric.name), change.comparison) for metric in metrics)))
    wide = sum(max(cell_len(str(cell)) for cell in column) + 1 for column in zip(grid.header, *grid.rows, strict=True))
    if wide <= width:
        return grid
    return replace(grid, rows=[line for row in grid.rows for line in _on_two_lines(row)])


def _on_two_lines(row: tuple[Cell, ...]) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    parts = [_divided(cell) for cell in row[1:]]
    return (row[0], *(above for above, _ in parts)), ("", *(below for _, below in parts))


def _divided(cell: Cell) -> tuple[Cell, Cell]:
    change, _, word = str(cell).partition("  ")
    return change, Text(word, style=cell.style if isinstance(cell, Text) else "")


def _told(row: Row | None, comparison: Comparison) -> Cell:
    if row is None or (row.base.n == 0 and row.head.n == 0):
        return Text("not run", style="yellow")
    word = verdict_of(row, versions=comparison.versions)
    mark = f" {MARK}" if row.broken else ""
    if row.judgement is None or str(word) == "failed":
        return Text(f"{word}{mark}", style=word.style)
    return Text(f"{percent(row.judgement.change)}  {word}{mark}", style=word.style)


def _blocks(found: Sequence[Change], shown: Iterable[str]) -> list[Grid]:
    """A table for each metric that is shown: a row for each cell."""
    known = _metrics(found)
    grids_ = []
    for metric in (known[name] for name in shown if name in known):
        header = comparison_header(found[0].comparison)
        grid = Grid(metric.name, (_axes(found), *header), spare="floor")
        for change in found:
            row = _rows(change.comparison).get(metric.name)
            cells: tuple[Cell, ...] = ("–",) * len(header)
            if row is not None:
                cells = comparison_cells(row, change.comparison)
            grid.rows.append((_cell(change), *cells))
        grids_.append(grid)
    return grids_


def _metrics(found: Iterable[Change]) -> dict[str, Metric]:
    """All metrics of any cell, by name."""
    return {row.metric.name: row.metric for change in found for row in change.comparison.rows}


def _rows(comparison: Comparison) -> dict[str, Row]:
    return {row.metric.name: row for row in comparison.rows}


def _axes(found: Sequence[Change]) -> str:
    return " · ".join(axis.rpartition(".")[2].rpartition("/")[2] for axis in found[0].at)


def _cell(change: Change) -> str:
    return " · ".join(map(coordinate, change.at.values()))
