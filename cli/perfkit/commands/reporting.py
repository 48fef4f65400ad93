"""``perfkit report`` from arguments to exit code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perfkit.commands import comparing
from perfkit.commands.asked_metrics import matches
from perfkit.commands.exhibits import compared_profiles, exhibit, flames
from perfkit.commands.formats import CheckOutput
from perfkit.commands.output import deliver
from perfkit.errors import Exit, UsageError
from perfkit.storage import labels
from perfkit.views.report.content import Chapter, Lane, Report
from perfkit.views.report.document import document
from perfkit.views.report.note import note
from perfkit.views.report.verdicts import verdict
from perfkit.views.sweep import coordinate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from perfkit.commands.comparing import Finding
    from perfkit.commands.matching import Side
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.views.report.content import Exhibit


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. ``names`` are results; none: the latest label."""

    names: tuple[str, ...]
    release: bool
    limits: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()  # patterns of those to show beside the usual ones


def write_report(asked: Asked, format_: str, output: str) -> Exit:
    """Write the report to a path or stdout (``-``); a report judges nothing, so that its exit code is 0.

    Raises:
        ResultError, UsageError, NotComparableError: what is asked for is not there, or not comparable.
        StorageError: the file cannot be written.
    """
    report = _report(asked)
    deliver(document(report) if format_ == "html" else note(report), output)
    return Exit.OK


def _report(asked: Asked) -> Report:
    if asked.release and len(asked.names) != 2:
        raise UsageError(f"--release is about two results, not {len(asked.names)}", "perfkit report --release v1 v2")
    groups = [asked.names] if asked.release or not asked.names else [(name,) for name in asked.names]
    found = [comparing.find(_compared(names, asked)) for names in groups]
    several = len(found) > 1
    chapters = [_chapter(each, asked, several=several) for findings, _ in found for each in findings]
    chapters.sort(key=lambda chapter: verdict(chapter).place)
    shown = list(dict.fromkeys(result.label for chapter in chapters for result in chapter.results))
    release = (asked.names[0], asked.names[1]) if asked.release else None
    return Report(
        title=f"{' → '.join(release)}: what changed" if release else f"perfkit: {', '.join(shown)}",
        chapters=[
            replace(chapter, anchor=anchor) for chapter, anchor in zip(chapters, _anchors(chapters), strict=True)
        ],
        remarks=list(dict.fromkeys(remark for _, remarks in found for remark in remarks)),
        release=release,
    )


def _compared(names: tuple[str, ...], asked: Asked) -> comparing.Asked:
    """The same as ``perfkit compare`` would be asked."""
    return comparing.Asked(
        words=names,
        limits=asked.limits,
        explain=False,
        plot=False,
        output=CheckOutput.HTML,
        fails=False,
        strict=False,
        shown=asked.metrics,
    )


def _anchors(chapters: Iterable[Chapter]) -> Iterator[str]:
    """A name for each chapter within the page."""
    taken = {"top", "verdicts", "environment"}
    for chapter in chapters:
        stem = re.sub(r"[^A-Za-z0-9]+", "-", chapter.name).strip("-") or "chapter"
        name = next(
            name
            for number in range(1, len(taken) + 2)
            if (name := stem if number == 1 else f"{stem}-{number}") not in taken
        )
        taken.add(name)
        yield name


# ---- one chapter


def _chapter(finding: Finding, asked: Asked, *, several: bool) -> Chapter:
    """``several``: whether there are chapters of other labels, so that its own must be told."""
    sides = sorted(finding.sides, key=lambda side: side.result.scenario.place)
    results = _results(sides)
    name = finding.shown.scenario if not finding.program or finding.name == finding.shown.scenario else finding.name
    names = _names(sides)
    closest = [side for side in sides if side.result.scenario.at == sides[-1].result.scenario.at]
    return Chapter(
        name=f"{name} ({sides[0].version})" if several else name,
        title=finding.shown.title,
        sections=finding.shown.sections,
        notes=finding.shown.notes,
        metrics=_metrics(results[-1], asked.metrics),
        lanes=[_lane(side, names) for side in sides],
        close=[_lane(side, names) for side in closest],
        exhibits=list(filter(None, (_exhibit(side, names) for side in closest))),
        results=results,
        limits=_limits(results),
        differences=compared_profiles(finding.evidence),
        flames=[each for place in _profiles(closest) for each in flames(*place)],
    )


def _results(sides: Sequence[Side]) -> list[Result]:
    found: list[Result] = []
    for side in sides:
        if not any(side.result is each for each in found):
            found.append(side.result)
    return found


def _names(sides: Sequence[Side]) -> dict[tuple[str, str], str]:
    """Version and target → the shortest name that tells them apart."""
    versions, targets = ({side.version for side in sides}, {side.target for side in sides})
    return {
        (side.version, side.target): side.target
        if len(versions) == 1
        else side.version
        if len(targets) == 1
        else f"{side.target} {side.version}"
        for side in sides
    }


def _lane(side: Side, names: dict[tuple[str, str], str]) -> Lane:
    at = " · ".join(map(coordinate, side.result.scenario.at.values()))
    trials = tuple(trial for trial in side.result.trials if trial.target == side.target and not trial.warmup)
    return Lane(names[side.version, side.target], trials, at)


def _exhibit(side: Side, names: dict[tuple[str, str], str]) -> Exhibit | None:
    lane = _lane(side, names)
    folder = side.path.parent / f"{side.result.scenario.name}{labels.ARTIFACTS}"
    return exhibit(lane, folder)


def _profiles(sides: Sequence[Side]) -> list[tuple[Path, str]]:
    """Folders of profiles, each once; with several, the version that one is of."""
    several = len({side.version for side in sides}) > 1
    folders = {
        side.path.parent / f"{side.result.scenario.name}{labels.PROFILES}": side.version if several else ""
        for side in sides
    }
    return list(folders.items())


def _metrics(result: Result, asked: Sequence[str]) -> list[Metric]:
    """The metrics whose trials are drawn: shown by the scenario, or gated; limited; asked for."""
    limited = {limit.metric for limit in result.scenario.limits}
    chosen = result.scenario.show
    return [
        metric
        for metric in result.metrics
        if metric.name in limited or matches(metric.name, (*chosen, *asked)) or (metric.gated and not chosen)
    ]


def _limits(results: Iterable[Result]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The absolute limits on each metric, in any cell: as written, and their numbers."""
    found: dict[str, dict[str, float]] = {}
    for each in (each for result in results for each in result.scenario.limits):
        absolute = {limit.written: limit.value for limit in each.limits if not limit.against_base}
        found.setdefault(each.metric, {}).update(absolute)
    return {metric: tuple(each.items()) for metric, each in found.items()}
