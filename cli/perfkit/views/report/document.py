"""The page: verdicts first, then a chapter for each scenario, then where it was measured."""

from __future__ import annotations

from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit import __version__
from perfkit.model.result import sample
from perfkit.views.grids import Grid
from perfkit.views.report.changes import changes
from perfkit.views.report.curve import curves
from perfkit.views.report.dots import constant, dots
from perfkit.views.report.environment import environment
from perfkit.views.report.figure import folded, scrolled, table
from perfkit.views.report.flames import flame
from perfkit.views.report.screens import screens
from perfkit.views.report.series import series
from perfkit.views.report.starts import starts
from perfkit.views.report.style import STYLE, THEMES
from perfkit.views.report.verdicts import by_verdict, verdict
from perfkit.views.report.waterfall import waterfall
from perfkit.views.sections import UNBOUNDED, grids
from perfkit.views.text import counted, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.views.report.content import Chapter, Exhibit, Report
    from perfkit.views.report.verdicts import Verdict

# Nothing can run, nothing can be fetched, whatever a pod is called: the page needs neither.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MOST_TRIALS: Final = 60  # rows of the table of trials

Judged = tuple["Chapter", "Verdict"]


def document(report: Report) -> str:
    """The whole page."""
    judged = [(chapter, verdict(chapter)) for chapter in report.chapters]
    body = [
        _top(report),
        "<main>",
        _verdicts(judged),
        *_release(report),
        *(_chapter(each) for each in judged),
        _environment(report.chapters),
        "</main>",
        f'<footer class="foot"><p>perfkit {escape(__version__)}. This page needs nothing but itself.</p></footer>',
    ]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(report.title)}</title><style>{STYLE}</style>"
    )
    content = "\n".join(body)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body id="top">\n{content}\n</body></html>\n'


def _top(report: Report) -> str:
    results = [result for chapter in report.chapters for result in chapter.results]
    trials = sum(not trial.warmup for result in results for trial in result.trials)
    days = sorted({result.created[:10] for result in results})
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    facts = f"{counted(len(report.chapters), 'scenario')} · {counted(trials, 'trial')} · measured {span}"
    lines = "".join(f'<p class="small muted">{escape(line.strip())}</p>' for line in [facts, *report.remarks])
    choices = "".join(
        f'<label><input type="radio" name="theme" id="theme-{theme}"{" checked" if theme == "auto" else ""}>'
        f"{theme.capitalize()}</label>"
        for theme in THEMES
    )
    themes = f'<fieldset class="themes" aria-label="Colours">{choices}</fieldset>'
    return f"<header><div><h1>{escape(report.title)}</h1>{lines}</div>{themes}</header>"


def _verdicts(judged: Sequence[Judged]) -> str:
    rows = "".join(
        f'<tr><td><a href="#{chapter.anchor}">{escape(chapter.name)}</a></td><td>{_badge(each)}</td>'
        f"<td>{escape(each.about)}</td><td>{escape(each.told)}</td></tr>"
        for chapter, each in judged
    )
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("scenario", "verdict", "target", "because of"))
    return (
        f'<h2 id="verdicts">Verdicts</h2><table class="words"><thead><tr>{titles}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{_doubts([chapter for chapter, _ in judged])}"
    )


def _badge(each: Verdict) -> str:
    return f'<span class="verdict {each.kind}">{escape(each.written)}</span>'


def _doubts(chapters: Sequence[Chapter]) -> str:
    """All warnings at one place, folded; each stands with its chapter as well."""
    having = [(chapter, _warnings(chapter.notes)) for chapter in chapters]
    number = sum(len(warnings) for _, warnings in having)
    if not number:
        return ""
    items = "".join(
        f'<p><a href="#{chapter.anchor}">{escape(chapter.name)}</a></p>{_notes(warnings)}'
        for chapter, warnings in having
        if warnings
    )
    return f"<details><summary>{counted(number, 'warning')}</summary>{items}</details>"


def _warnings(notes: Iterable[str]) -> list[str]:
    return [note for note in notes if note.startswith("!")]


def _notes(notes: Iterable[str]) -> str:
    """Warnings first."""
    notes = sorted(notes, key=lambda note: not note.startswith("!"))
    items = "".join(
        f'<li class="doubt">{escape(note)}</li>' if note.startswith("!") else f"<li>{escape(note.strip())}</li>"
        for note in notes
    )
    return f'<ul class="notes">{items}</ul>' if items else ""


def _release(report: Report) -> Iterator[str]:
    """What changed, verdict by verdict, between two releases."""
    if report.release is None:
        return
    yield f"<section><h2>From {escape(report.release[0])} to {escape(report.release[1])}</h2>"
    for grid in by_verdict(report.chapters, report.release):
        yield f"<h3>{escape(grid.title)}</h3>{table(grid)}"
    yield "</section>"


def _chapter(judged: Judged) -> str:
    chapter, each = judged
    first, *others = chapter.title.splitlines()
    about = " · ".join(filter(None, (first.partition(" · ")[2], *others)))
    head = (
        f'<header><h2 id="{chapter.anchor}-title">{escape(chapter.name)}</h2>'
        f'<p>{_badge(each)} {escape(each.told)}</p><p class="small muted">{escape(about)}</p></header>'
    )
    content = "".join(_parts(chapter))
    back = '<p class="small up"><a href="#verdicts">Back to the verdicts</a></p>'
    return (
        f'<section class="chapter" id="{chapter.anchor}" aria-labelledby="{chapter.anchor}-title">'
        f"{head}{content}{back}</section>"
    )


def _parts(chapter: Chapter) -> Iterator[str]:
    yield _notes(chapter.notes)
    for grid in (grid for section in chapter.sections for grid in grids(section, UNBOUNDED)):
        yield _titled(grid, chapter.name)
    for section in chapter.sections:
        yield from changes(section)
        yield from curves(section)
    yield _folded(
        "Every trial, cell by cell" if any(lane.cell for lane in chapter.lanes) else "",
        [dots(chapter, metric) for metric in chapter.metrics],
    )
    yield _constants(chapter)
    yield _trials(chapter)
    yield from starts(chapter.close)
    for exhibit in chapter.exhibits:
        yield from _closely(exhibit)
    yield from (_titled(grid, chapter.name) for grid in chapter.differences)
    yield from map(flame, chapter.flames)


def _titled(grid: Grid, otherwise: str) -> str:
    title = f"<h3>{escape(grid.title)}</h3>" if grid.title else ""
    return f"{title}{table(grid, grid.title or otherwise)}"


def _constants(chapter: Chapter) -> str:
    """What never varies, in a line."""
    found = [(metric, number) for metric in chapter.metrics if (number := constant(chapter, metric)) is not None]
    several = sum(len(lane.trials) for lane in chapter.lanes) > 1
    told = ", ".join(f"{metric.name} {value(number, metric)}" for metric, number in found if several)
    return f'<p class="small muted">The same in every trial: {escape(told)}.</p>' if told else ""


def _folded(title: str, figures: Iterable[str]) -> str:
    """Figures; under a title, where there is one, to be opened."""
    content = "".join(figures)
    return f"<details><summary>{escape(title)}</summary>{content}</details>" if title and content else content


def _closely(exhibit: Exhibit) -> Iterable[str]:
    return chain([waterfall(exhibit)], series(exhibit), screens(exhibit))


def _trials(chapter: Chapter) -> str:
    """What each trial gave, in order of execution: the numbers behind the dots."""
    several = len({lane.name for lane in chapter.lanes}) > 1 or any(lane.cell for lane in chapter.lanes)
    grid = Grid(
        "Trials", ("trial", *(["target"] if several else []), *(metric.name for metric in chapter.metrics), "outcome")
    )
    trials = [(lane, trial) for lane in chapter.lanes for trial in lane.trials]
    for lane, trial in trials[:MOST_TRIALS]:
        values = (value(sample(trial, metric.name), metric) for metric in chapter.metrics)
        outcome = "ok" if trial.ok else Text(f"{trial.outcome}: {trial.reason}", style="bold red")
        grid.rows.append((str(trial.index), *([lane.whole_name] if several else []), *values, outcome))
    cut = f"; the first {MOST_TRIALS} of {len(trials):,}" if len(trials) > MOST_TRIALS else ""
    return folded(f"All trials{cut}", chapter.name, table(grid))


def _environment(chapters: Iterable[Chapter]) -> str:
    results = [result for chapter in chapters for result in chapter.results]
    parts = []
    for grid in environment(results):
        rows = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in grid.rows)
        titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in grid.header)
        content = f'<table class="words"><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>'
        parts.append(f"<h3>{escape(grid.title)}</h3>{scrolled(content, grid.title)}")
    return f'<section class="chapter" id="environment"><h2>Environment</h2>{"".join(parts)}</section>'
