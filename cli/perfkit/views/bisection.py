"""What a bisection found: the commit as git would tell it, the comparisons that prove it, and every step."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.result import sample
from perfkit.statistics.analysis import limits_of, summarise
from perfkit.statistics.crossing import judged_alone, pairs
from perfkit.storage.files import shown
from perfkit.storage.limits import named
from perfkit.views import markdown
from perfkit.views.console import stdout
from perfkit.views.data import document, section_data
from perfkit.views.grids import Grid, grids
from perfkit.views.notes import comparison_notes
from perfkit.views.tables import say, show_grid, show_notes
from perfkit.views.text import counted, percent, span, value

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Comparison
    from perfkit.statistics.verdict import Judgement
    from perfkit.storage.bisections import Bisection
    from perfkit.targets.repository import Ancestor

SCHEMA: Final = "perfkit.bisect/1"
WIDEST: Final = 36  # characters of a commit and its subject in a table of 80 columns


@dataclass(frozen=True, slots=True)
class Step:
    """One commit that was asked about, against the good one."""

    commit: Ancestor
    answer: str
    reason: str  # where it was skipped
    result: Result | None  # all its pairs


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found. ``comparison``: of the commit named with its parent, where that works, else with the good."""

    bisection: Bisection
    folder: Path
    steps: tuple[Step, ...]
    suspects: tuple[Ancestor, ...]
    probability: float
    comparison: Comparison | None
    doubt: str


def show(output: str, report: Report) -> None:
    """Write a report to stdout as ``table``, ``markdown`` or ``json``."""
    writers = {"table": _table, "markdown": _markdown, "json": _json}
    sys.stdout.write(writers[output](report))
    sys.stdout.flush()


def _table(report: Report) -> str:
    console = stdout()
    with console.capture() as captured:
        show_grid(console, _steps(report))
        say(console, "")
        for line in _finding(report):
            say(console, line)
        for grid in _comparison(report):
            say(console, "")
            show_grid(console, grid)
        show_notes(console, _notes(report))
    return captured.get()


def _markdown(report: Report) -> str:
    finding = [line.strip() for line in _finding(report) if line]
    return markdown.document(finding[0], [*_comparison(report), _steps(report)], [*finding[1:], *_notes(report)])


def _json(report: Report) -> str:
    now = report.bisection
    entry: dict[str, Any] = {
        "label": now.label,
        "path": shown(report.folder),
        "scenario": now.scenario.name,
        "metric": now.metric,
        "find": now.find,
        "good": now.good[0],
        "bad": now.bad[0],
        "first_parent": now.first_parent,
        "suspects": [_commit_data(each) for each in report.suspects],
        "probability": report.probability,
        "steps": [_step_data(step, now) for step in report.steps],
        "comparison": None if report.comparison is None else section_data(report.comparison),
        "notes": _notes(report),
    }
    return document(SCHEMA, [entry])


def _commit_data(commit: Ancestor) -> dict[str, str]:
    return {"commit": commit.id, "author": commit.author, "date": commit.date, "subject": commit.subject}


def _step_data(step: Step, bisection: Bisection) -> dict[str, Any]:
    data = {**_commit_data(step.commit), "answer": step.answer, "reason": step.reason}
    if step.result is None:
        return {**data, "pairs": 0, "judgement": None}
    judgement = _judged(step.result, bisection)
    return {**data, "pairs": len(pairs(step.result)[0]), "judgement": msgspec.to_builtins(judgement)}


def _finding(report: Report) -> list[str]:
    """The commit as git tells it; where several are left, each in a line."""
    word = "bad" if report.bisection.find == "regressed" else "new"
    certain = f"{report.probability:.1%}".replace("%", " %")
    if len(report.suspects) != 1:
        told = [f"  {each.short} {each.date[:10]} {each.author}: {each.subject}" for each in report.suspects]
        return [f"the first {word} commit is one of {len(report.suspects)} ({certain}):", *told]
    (commit,) = report.suspects
    return [
        f"{commit.id} is the first {word} commit ({certain})",
        f"Author: {commit.author}",
        f"Date:   {commit.date}",
        "",
        f"    {commit.subject}",
    ]


def _steps(report: Report) -> Grid:
    now = report.bisection
    good = f"{now.good[1]} {now.good[0][:7]}" if not now.good[0].startswith(now.good[1]) else now.good[0][:7]
    title = f"{now.scenario.name} · {now.metric} against {good} · {counted(len(report.steps), 'commit')} asked"
    grid = Grid(title, ("commit", "answer", "good", "here", "change", "interval", "pairs"))
    grid.rows.extend(_step(step, now) for step in report.steps)
    return grid


def _step(step: Step, bisection: Bisection) -> tuple[str, ...]:
    name = _shortened(f"{step.commit.short} {step.commit.subject}")
    if step.result is None:
        return name, step.answer, "–", "–", "–", "–", "0"
    metric, judged = named(bisection.metric), _judged(step.result, bisection)
    base, head = pairs(step.result)
    good, here = (summarise([sample(trial, metric.name) for trial in side]).median for side in (base, head))
    interval = "exact" if judged.exact else span(judged.low, judged.high)
    return name, step.answer, value(good, metric), value(here, metric), percent(judged.change), interval, str(len(base))


def _judged(result: Result, bisection: Bisection) -> Judgement:
    metric = named(bisection.metric)
    return judged_alone(*pairs(result), metric, limits_of(bisection.scenario, metric))


def _shortened(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _notes(report: Report) -> list[str]:
    skipped = [f"! {step.commit.short} skipped: {step.reason}" for step in report.steps if step.reason]
    doubt = [f"! {report.doubt}"] if report.doubt else []
    doubts = [] if report.comparison is None else comparison_notes(report.comparison)
    return [*doubt, *skipped, *doubts, f"every sitting: {shown(report.folder)}"]


def _comparison(report: Report) -> list[Grid]:
    return [] if report.comparison is None else grids(report.comparison)
