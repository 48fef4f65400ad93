"""Cells of a matrix folded into one thing to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from perfkit.commands.asked_metrics import matches
from perfkit.commands.output import Shown
from perfkit.model.units import format_duration
from perfkit.statistics.sweeps import Change, Changes, sweep
from perfkit.views.notes import STOPPED
from perfkit.views.sweep import where
from perfkit.views.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Comparison

MOST_PLACES: Final = 3  # cells that a note names


@dataclass(frozen=True, slots=True)
class Cell:
    """One result as it is shown by itself."""

    result: Result
    shown: Shown


def by_sweep(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Neighbours of one sweep together; a result of no matrix is alone."""
    return [
        list(group)
        for _, group in groupby(cells, key=lambda cell: cell.result.scenario.sweep or cell.result.scenario.name)
    ]


def folded(cells: Sequence[Cell], asked: Sequence[str] = ()) -> Shown:
    """All cells of a matrix as one, or the only result as it is; ``asked``: patterns of metrics to show as well."""
    if len(cells) == 1:
        return cells[0].shown
    cells = sorted(cells, key=lambda cell: cell.result.scenario.place)
    results = [cell.result for cell in cells]
    section = sweep(results, [cell.shown.sections for cell in cells], _shown(results, asked))
    return Shown(
        title=f"{_headline(results)}\n{_summary(results)}",
        scenario=section.name,
        sections=[section],
        notes=_notes(cells),
        data={"scenario": section.name, "cells": [cell.result.scenario.name for cell in cells]},
        plots=True,
        cells=[cell.shown for cell in cells],
    )


def folded_changes(cells: Sequence[Cell], comparisons: Sequence[Comparison], asked: Sequence[str] = ()) -> Shown:
    """Two sweeps compared, ``cells`` of the head: the change of each cell in one table."""
    results = [cell.result for cell in cells]
    pairs = sorted(zip(results, comparisons, strict=True), key=lambda pair: pair[0].scenario.place)
    changes = tuple(Change(at=result.scenario.at, comparison=comparison) for result, comparison in pairs)
    name = results[0].scenario.sweep
    titles = list(dict.fromkeys(line for cell in cells for line in cell.shown.title.splitlines()[1:]))
    return Shown(
        title="\n".join([_headline(results), *titles]),
        scenario=name,
        sections=[Changes(name=name, shown=_shown(results, asked), changes=changes)],
        notes=_notes(cells),
        data={"scenario": name, "cells": [result.scenario.name for result in results]},
        cells=[cell.shown for cell in cells],
    )


def _shown(results: Sequence[Result], asked: Sequence[str]) -> tuple[str, ...]:
    """The metrics that the scenario chose, or else the gated ones; those with a limit in any cell; those asked for."""
    chosen = results[0].scenario.show
    limited = {limit.metric for result in results for limit in result.scenario.limits}
    metrics = {metric.name: metric for result in results for metric in result.metrics}
    return tuple(
        name
        for name, metric in metrics.items()
        if name in limited or matches(name, (*chosen, *asked)) or (metric.gated and not chosen)
    )


def _headline(results: Sequence[Result]) -> str:
    """``latency · mock small, 1,000 pods, seed 1 · 6 cells over link.name``; what an axis sets is left out."""
    scenarios = [result.scenario for result in results]
    axes = list(scenarios[0].at)
    pods = {result.fingerprint.experiment.get("cluster.pods", "") for result in results}
    shapes = {scenario.cluster.shape for scenario in scenarios}
    links = {str(scenario.link) for scenario in scenarios}
    cluster = [
        f"{scenarios[0].cluster.kind} {shapes.pop() if len(shapes) == 1 else ''}".strip(),
        *(f"{int(each):,} pods" for each in pods if each and len(pods) == 1),
        f"seed {scenarios[0].cluster.seed}",
    ]
    over = f"{counted(len(results), 'cell')} over {' × '.join(axes)}"
    parts = [scenarios[0].sweep, ", ".join(cluster), *(links if len(links) == 1 else ()), over]
    return " · ".join(parts)


def _summary(results: Sequence[Result]) -> str:
    """How much was run, for how long, and what of it failed, target by target."""
    trials = [trial for result in results for trial in result.trials if not trial.warmup]
    names = [target.name for target in results[0].scenario.targets]
    failed = "/".join(str(sum(not trial.ok for trial in trials if trial.target == name)) for name in names)
    spent = format_duration(max(result.elapsed for result in results))
    stopped = sorted({STOPPED.get(result.stopped, result.stopped) for result in results} - {""})
    return " · ".join([counted(len(trials), "trial"), spent, f"failed {failed}", *stopped])


def _notes(cells: Sequence[Cell]) -> list[str]:
    """What is said below the cells' own tables, each kind once, with the cells that it is said of."""
    said: dict[str, list[tuple[str, Cell]]] = {}
    for cell in cells:
        for note in dict.fromkeys(cell.shown.notes if cell.result.trials else ()):
            said.setdefault(_kind(note), []).append((note, cell))
    ran = sum(bool(cell.result.trials) for cell in cells)
    return [_note(found, ran) for found in said.values() if found[0][0][:1] != " " or len(found) == ran]


def _note(found: Sequence[tuple[str, Cell]], cells: int) -> str:
    note = found[0][0]
    if len(found) == cells:
        return _ranged([each for each, _ in found])
    places = [where(cell.result.scenario.at) for _, cell in found]
    shown = ", ".join(places[:MOST_PLACES]) + (" …" if len(places) > MOST_PLACES else "")
    return f"{note}  (in {len(found)} of {counted(cells, 'cell')}: {shown})"


def _ranged(notes: Sequence[str]) -> str:
    """Notes of one kind as one, with the span of the numbers in which they differ: ``mock 1% … 14%``."""
    words = zip(*(note.split(" ") for note in notes), strict=True)
    return " ".join(_span(each) for each in words)


def _span(words: Sequence[str]) -> str:
    """The smallest and the largest; of words without a number the first."""
    known = sorted(set(words), key=lambda word: (_number(word), word))
    if _number(known[0]) == _number(known[-1]):
        return words[0]
    return f"{known[0].rstrip(',')} … {known[-1]}"


def _number(word: str) -> float:
    """The first number in a word, which may have none."""
    match = re.search(r"\d[\d,]*(?:\.\d+)?", word)
    return float(match[0].replace(",", "")) if match else 0.0


def _kind(note: str) -> str:
    """A note without its numbers; those in names, such as p50, are none."""
    return re.sub(r"(?<![A-Za-z\d])\d[\d,.]*|[,.]", "", note)
