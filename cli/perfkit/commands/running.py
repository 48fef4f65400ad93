"""``perfkit run`` from start to exit code: prepare, execute each scenario, show what came out."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from perfkit.commands.asked_metrics import check_patterns, with_metrics
from perfkit.commands.execution import execute, open_journal
from perfkit.commands.exit_codes import exit_code, worst
from perfkit.commands.output import of_result, show
from perfkit.commands.preparation import prepare, prepare_resumed
from perfkit.commands.profiling import profile_each, tell_profiles
from perfkit.commands.real_clusters import confirm
from perfkit.commands.scattered import run_scattered
from perfkit.commands.sweeping import Cell, by_sweep, folded
from perfkit.errors import Exit, PerfkitError, UsageError
from perfkit.model.scenario import Idle, Stir
from perfkit.model.units import format_duration
from perfkit.profilers.tools import find_tools
from perfkit.statistics.analysis import analyse
from perfkit.views.console import stderr
from perfkit.views.data import RUN_SCHEMA
from perfkit.views.notes import next_steps
from perfkit.views.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.commands.choices import Choices
    from perfkit.commands.execution import Finished
    from perfkit.commands.formats import Output
    from perfkit.commands.preparation import Prepared
    from perfkit.commands.scattered import Place
    from perfkit.model.scenario import Scenario
    from perfkit.statistics.analysis import Section
    from perfkit.storage.journal import Journal

LONG_WARMUP: Final = 60.0  # seconds


def run_all(
    choices: Choices, output: Output, *, metrics: Sequence[str] = (), strict: bool, profilers: str = ""
) -> Exit:
    """Run all scenarios asked for, one after another under one label; the exit code of the worst.

    ``metrics``: patterns of those to show beside the usual ones. ``profilers``: those that look at trials of their own
    once all others are done.

    Raises:
        PerfkitError: the run cannot start or go on; what had finished before is shown first.
    """
    if choices.resume and choices.dry_run:
        raise UsageError("--dry-run plans a new run; --resume goes on with one", "leave one of them away")
    finished: list[Finished] = []
    tools = find_tools(profilers) if profilers else []
    prepared = [] if choices.resume else prepare(choices)
    with open_journal(choices) as journal:
        try:
            cells = prepared or prepare_resumed(choices, journal)
            confirm([each.scenario for each in cells], choices.consent)
            for done in run_each(cells, journal, dry_run=choices.dry_run):
                finished.append(done)  # noqa: PERF402 - what finished before an error is shown
        except PerfkitError:
            _show(_widened(finished, metrics), output, metrics)
            raise
    if choices.dry_run:
        return Exit.OK
    check_patterns([each.result for each in finished], metrics)
    analysed = _show(_widened(finished, metrics), output, metrics)
    if tools:
        tell_profiles(profile_each(cells, tools, "", journal.folder))
    return worst(exit_code(sections, strict=strict) for sections in analysed)


def run_spread(choices: Choices, place: Place, output: Output, *, metrics: Sequence[str] = (), strict: bool) -> Exit:
    """The same, with the blocks of one scenario on machines of a cluster. Raises PerfkitError."""
    if choices.resume or choices.dry_run:
        raise UsageError("--on runs all blocks at once: there is no --resume and no --dry-run", "leave it away")
    with open_journal(choices) as journal:
        done = run_scattered(choices, place, journal)
    check_patterns([done.result], metrics)
    return worst(exit_code(each, strict=strict) for each in _show(_widened([done], metrics), output, metrics))


def run_each(prepared: Iterable[Prepared], journal: Journal, *, dry_run: bool) -> Iterator[Finished]:
    """Run one scenario after another, the cells of a matrix together, with progress on stderr; a dry run finishes none.

    Raises:
        PerfkitError: the run cannot start or go on.
    """
    for _, group in groupby(prepared, key=lambda each: each.scenario.sweep or each.scenario.name):
        cells = list(group)
        for warning in dict.fromkeys(text for cell in cells for text in cell.warnings):
            stderr().print(f"! {warning}", markup=False, soft_wrap=True, style="yellow")
        if (least := warmup_seconds([cell.scenario for cell in cells])) >= LONG_WARMUP:
            said = (
                f"warm-up: {format_duration(least)} at least, then what the run will take is told; -w 0 leaves it out"
            )
            stderr().print(said, markup=False, soft_wrap=True)
        shows = {cell.scenario.name: Progress(cell.scenario.name if len(cells) > 1 else "") for cell in cells}
        try:
            yield from execute(cells, journal, lambda cell: shows[cell.scenario.name].on, dry_run=dry_run)  # noqa: B023 - called before the loop goes on
        finally:
            for progress in shows.values():
                progress.close()


def warmup_seconds(scenarios: Iterable[Scenario]) -> float:
    """How long the warm-ups take at least: as long as their steps last by themselves."""
    return sum(
        each.repeat.warmup * len(each.targets) * step.duration
        for each in scenarios
        for step in each.steps
        if isinstance(step, Idle | Stir)
    )


def _widened(finished: Iterable[Finished], metrics: Sequence[str]) -> list[Finished]:
    return [replace(each, result=with_metrics(each.result, metrics)) for each in finished]


def _show(finished: Sequence[Finished], output: Output, metrics: Sequence[str]) -> list[list[Section]]:
    """Everything that finished on stdout, what to type next on stderr."""
    analysed = [analyse(each.result) for each in finished]
    if not finished:
        return analysed
    cells = [
        Cell(each.result, of_result(each.result, sections, str(each.path)))
        for each, sections in zip(finished, analysed, strict=True)
    ]
    show(output, [folded(group, metrics) for group in by_sweep(cells)], RUN_SCHEMA)
    last = finished[-1]
    console = stderr()
    console.print(f"\nResult {last.path}", markup=False, soft_wrap=True, style="dim")
    for number, step in enumerate(next_steps(last.result, analysed[-1])):
        console.print(f"{'      ' if number else 'Next  '}{step}", markup=False, soft_wrap=True)
    return analysed
