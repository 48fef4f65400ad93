"""``perfkit run`` from start to exit code: prepare, execute each scenario, show what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.commands.execution import execute, open_journal
from perfkit.commands.output import Output, of_result, show
from perfkit.commands.preparation import prepare, prepare_resumed
from perfkit.errors import Exit, PerfkitError
from perfkit.statistics.analysis import Comparison, Ranking, Survey, analyse
from perfkit.views.console import stderr
from perfkit.views.data import RUN_SCHEMA
from perfkit.views.notes import next_steps
from perfkit.views.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.commands.execution import Finished
    from perfkit.commands.preparation import Choices
    from perfkit.statistics.analysis import Section


def run_all(choices: Choices, output: Output, *, strict: bool) -> Exit:
    """Run all scenarios asked for, one after another under one label; the exit code of the worst.

    Raises:
        PerfkitError: the run cannot start or go on; what had finished before is shown first.
    """
    finished: list[Finished] = []
    prepared = [] if choices.resume else prepare(choices)
    with open_journal(choices) as journal:
        for each in prepared or prepare_resumed(choices, journal):
            for warning in each.warnings:
                stderr().print(f"! {warning}", markup=False, soft_wrap=True, style="yellow")
            try:
                done = execute(each, journal, Progress().on, dry_run=choices.dry_run)
            except PerfkitError:
                _show(finished, output)
                raise
            finished += [done] if done else []
        if choices.dry_run:
            journal.clear()
            return Exit.OK
    analysed = _show(finished, output)
    return max((exit_code(sections, strict=strict) for sections in analysed), key=_gravity)


def exit_code(sections: Sequence[Section], *, strict: bool) -> Exit:
    """What the sections of one result mean to a script (design, section 4)."""
    return max((_section_code(section, strict=strict) for section in sections), key=_gravity, default=Exit.OK)


def _section_code(section: Section, *, strict: bool) -> Exit:
    match section:
        case Comparison():
            return _comparison_code(section, strict=strict)
        case Survey():
            if all(row.summary.failed == row.summary.n for row in section.rows):
                return Exit.TARGET_FAILED
            return Exit.REGRESSED if any(row.broken for row in section.rows) else Exit.OK
        case Ranking():
            rows = [row for rows in section.rows.values() for row in rows]
            if all(row.summary.failed == row.summary.n for row in rows):
                return Exit.TARGET_FAILED
            return Exit.REGRESSED if any(row.broken for row in rows) else Exit.OK


def _comparison_code(comparison: Comparison, *, strict: bool) -> Exit:
    """Of different programs the difference is a finding, not a failure; a broken absolute limit is one of either."""
    if comparison.overall == "failed":
        return Exit.TARGET_FAILED
    if comparison.broken or (comparison.overall == "regressed" and comparison.versions):
        return Exit.REGRESSED
    if strict and comparison.overall == "unclear":
        return Exit.UNCLEAR
    return Exit.OK


def _gravity(code: Exit) -> int:
    """A confirmed regression outweighs doubt; a target that never worked outweighs both."""
    return (Exit.OK, Exit.UNCLEAR, Exit.REGRESSED, Exit.TARGET_FAILED).index(code)


def _show(finished: Sequence[Finished], output: Output) -> list[list[Section]]:
    """Everything that finished on stdout, what to type next on stderr."""
    analysed = [analyse(each.result) for each in finished]
    if not finished:
        return analysed
    shown = [
        of_result(each.result, sections, str(each.path)) for each, sections in zip(finished, analysed, strict=True)
    ]
    show(output, shown, RUN_SCHEMA)
    last = finished[-1]
    console = stderr()
    console.print(f"\nResult {last.path}", markup=False, soft_wrap=True, style="dim")
    for number, step in enumerate(next_steps(last.result, analysed[-1])):
        console.print(f"{'      ' if number else 'Next  '}{step}", markup=False, soft_wrap=True)
    return analysed
