"""``perfkit history`` from arguments to exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.commands.asked_metrics import matches, with_metrics
from perfkit.errors import Exit, ResultError, UsageError
from perfkit.statistics.analysis import limits_of
from perfkit.statistics.history import trend
from perfkit.storage.history import Point, read_history, scenarios, series_of
from perfkit.storage.names import did_you_mean
from perfkit.storage.project import DEFAULT_SCENARIO, find_project
from perfkit.views import data, history, markdown
from perfkit.views.text import counted, headline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.storage.history import History, Release
    from perfkit.views.history import Track


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    scenario: str | None = None
    metrics: tuple[str, ...] = ()
    target: str | None = None
    since: str | None = None
    alert: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to show. ``alerts``: of each the lines that tell it."""

    scenario: str
    title: str
    extent: str  # which labels
    tracks: list[Any]  # views.history.Track
    alerts: list[list[str]]
    notes: list[str]


def show_history(choices: Choices, output: str) -> Exit:
    """Write the history of a scenario to stdout; the exit code.

    Raises:
        ResultError, UsageError: there is no result of what was asked for.
    """
    page = _page(choices, read_history(_scenario(choices.scenario)))
    short = choices.alert and output in {"table", "markdown"}
    writers = {"table": _table, "json": _json, "markdown": _markdown, "csv": _csv, "html": _html}
    sys.stdout.write(_alert(page, output) if short else writers[output](page))
    sys.stdout.flush()
    return Exit.REGRESSED if choices.alert and page.alerts else Exit.OK


def _page(choices: Choices, found: History) -> Page:
    releases = [
        msgspec.structs.replace(each, result=with_metrics(each.result, choices.metrics))
        for each in _since(found.releases, choices.since)
    ]
    if not releases:
        raise ResultError(
            f"no results of scenario {found.scenario!r}",
            did_you_mean(found.scenario, scenarios()) or f"make one: perfkit run {found.scenario}",
        )
    programs = _programs(releases, choices.target)
    metrics = _metrics(programs, choices.metrics)
    tracks = [
        track for points in programs.values() for metric in metrics for track in _tracks(points, metric, found.scenario)
    ]
    return Page(
        scenario=found.scenario,
        title=headline(releases[-1].result),
        extent=_extent(releases),
        tracks=tracks,
        alerts=[
            *filter(None, (_dead(points, found.scenario) for points in programs.values())),
            *(history.alert(track, alarm) for track in tracks if not track.apart for alarm in track.trend.alarms),
        ],
        notes=[*(f"! left out: {problem}" for problem in found.problems), *_apart(tracks)],
    )


def _scenario(name: str | None) -> str:
    """The scenario asked for, the project's, or the only one that has results."""
    if name is not None:
        return name.rpartition("/")[2].removesuffix(".toml")
    project = find_project()
    usual, known = project.scenario if project else DEFAULT_SCENARIO, scenarios()
    if usual in known or not known:
        return usual
    if len(known) == 1:
        return known[0]
    raise UsageError("the history of which scenario?", f"there are results of {', '.join(known)}")


def _since(releases: Sequence[Release], label: str | None) -> Sequence[Release]:
    if label is None:
        return releases
    known = [release.label for release in releases]
    if label not in known:
        raise UsageError(f"no result labelled {label!r}", did_you_mean(label, known) or "perfkit list results")
    return releases[known.index(label) :]


def _programs(releases: Sequence[Release], target: str | None) -> dict[str, list[Point]]:
    """Program → its points. Of several targets of one program in a result the last one, the head, stands for it."""
    found: dict[str, list[Point]] = {}
    for release in releases:
        own = [Point(release=release, target=spec.name) for spec in release.result.scenario.targets]
        heads = {point.program: point for point in own if target in {None, point.target}}
        for program, point in heads.items():
            found.setdefault(program, []).append(point)
    if found:
        return found
    known = sorted({spec.name for release in releases for spec in release.result.scenario.targets})
    raise UsageError(
        f"no result has a target {target!r}", did_you_mean(target or "", known) or f"targets are {', '.join(known)}"
    )


def _metrics(programs: dict[str, list[Point]], wanted: Sequence[str]) -> list[Metric]:
    """The metrics asked for, as the newest result describes them."""
    results = sorted((p.release for points in programs.values() for p in points), key=lambda each: each.created)
    known = {metric.name: metric for release in results for metric in release.result.metrics}
    for pattern in wanted:
        if not any(matches(name, [pattern]) for name in known):
            raise UsageError(
                f"no metric {pattern!r} in these results",
                did_you_mean(pattern, known) or f"there are {', '.join(known)}",
            )
    asked = [metric for name, metric in known.items() if matches(name, wanted)]
    return asked or [metric for metric in known.values() if metric.gated]


def _tracks(points: Sequence[Point], metric: Metric, scenario: str) -> list[Track]:
    """A track for each series of labels that may be compared, the newest first."""
    having = [point for point in points if any(each.name == metric.name for each in point.release.result.metrics)]
    return [
        history.Track(
            scenario=scenario,
            points=series.points,
            trend=trend(
                metric,
                [point.samples(metric.name) for point in series.points],
                limits_of(series.points[-1].release.result.scenario, metric),
            ),
            apart=series.differs,
        )
        for series in series_of(having, metric)
    ]


def _dead(points: Sequence[Point], scenario: str) -> list[str]:
    """What to tell where every trial of the newest label failed, and nothing else can be said of it."""
    newest = points[-1]
    trials = [t for t in newest.release.result.trials if t.target == newest.target and not t.warmup]
    if not trials or any(trial.ok for trial in trials):
        return []
    failed = f"{len(trials)} of {counted(len(trials), 'trial')}"
    return [f"{scenario}: {newest.program} failed in {failed} of {newest.release.label}", f"  {trials[-1].reason}"]


def _extent(releases: Sequence[Release]) -> str:
    first, last = releases[0].label, releases[-1].label
    return f"{counted(len(releases), 'label')}: {history.shortened(first)} … {history.shortened(last)}"


def _apart(tracks: Iterable[Track]) -> list[str]:
    """Which results were not mixed with the newest, and why, once for all metrics."""
    reasons = {reason: None for track in tracks for reason in track.apart}
    return [f"! stand apart, since not comparable with the newest: {reason}" for reason in reasons]


def _table(page: Page) -> str:
    from perfkit.views.console import stdout
    from perfkit.views.tables import say, show_grid, show_notes

    console = stdout()
    with console.capture() as captured:
        say(console, f"{page.title}\n{page.extent}")
        for track in page.tracks:
            show_grid(console, history.with_curve(track, min(console.width, 80)))
        show_notes(console, page.notes)
    return captured.get()


def _markdown(page: Page) -> str:
    return markdown.document(
        f"{page.title} · {page.extent}", [history.grid(track) for track in page.tracks], page.notes
    )


def _json(page: Page) -> str:
    entry = {
        "scenario": page.scenario,
        "alerts": ["\n".join(lines) for lines in page.alerts],
        "series": [history.track_data(track) for track in page.tracks],
        "notes": page.notes,
    }
    return data.document(history.SCHEMA, [entry])


def _csv(page: Page) -> str:
    return history.table(page.tracks)


def _html(page: Page) -> str:
    from perfkit.views.history_page import page as written  # only here

    return written(f"{page.title} · {page.extent}", page.tracks, page.notes)


def _alert(page: Page, output: str) -> str:
    """Only what has regressed, fit for a chat or a mail; a line that says so where nothing has."""
    told = page.alerts or [[f"{page.scenario}: nothing gated has regressed; {page.extent}"]]
    if output == "markdown":
        return markdown.document(
            f"perfkit history {page.scenario}", [], [" · ".join(map(str.strip, lines)) for lines in told]
        )
    return "\n".join([line for lines in told for line in lines] + page.notes) + "\n"
