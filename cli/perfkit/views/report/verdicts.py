"""The verdict on each chapter in a line, the gravest first; of two releases each metric by its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

from perfkit.statistics.analysis import Comparison, Measured, Ranking, Survey
from perfkit.statistics.sweeps import Changes, Sweep
from perfkit.views.grids import Grid, comparison_cells, difference_in_words
from perfkit.views.overview import gravity, worst_row
from perfkit.views.sweep import where
from perfkit.views.text import beside, counted, percent, span, times, value, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.views.report.content import Chapter

GRAVEST_FIRST: Final = ("failed", "regressed", "exceeded", "unclear", "improved", "ok", "measured")
KINDS: Final = {"failed": "bad", "regressed": "bad", "exceeded": "bad", "unclear": "doubt", "improved": "good"}
GROUPS: Final = {
    "regressed": "Regressed",
    "improved": "Improved",
    "unclear": "Unclear",
    "ok": "No worse than its limit",
}
MOST: Final = 3  # things that a line names
LONGEST: Final = 140  # characters of a reason, which stands below in full


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, whose, and what it rests on. ``size`` sorts those of one word, the worst first."""

    word: str
    about: str
    told: str
    size: float = 0.0
    shown: str = ""  # in place of the word, where it is about different programs

    @property
    def place(self) -> tuple[int, float]:
        """What sorts."""
        return GRAVEST_FIRST.index(self.word), self.size

    @property
    def written(self) -> str:
        """The word as a person reads it, loud where something is wrong."""
        loud = self.word.upper() if self.word in {"failed", "regressed", "exceeded"} else self.word
        return self.shown or loud

    @property
    def kind(self) -> str:
        """How it looks."""
        return "plain" if self.shown else KINDS.get(self.word, "good" if self.word == "ok" else "plain")


def verdict(chapter: Chapter) -> Verdict:
    """The gravest of a chapter's sections, with what of it exceeds a limit."""
    found = [each for section in chapter.sections for each in _section(section)]
    failing = _failing(chapter)
    return min([*found, *failing], key=lambda each: each.place)


def _section(section: Any) -> Iterator[Verdict]:
    match section:
        case Comparison():
            yield _compared(section, "")
            yield from _exceeded([(section.head.name, row.metric.name, bool(row.broken)) for row in section.rows])
        case Survey():
            yield Verdict("measured", section.target.name, _medians(section.rows))
            yield from _limits(section.rows, section.target.name)
        case Ranking():
            yield _ranked(section)
            yield from _exceeded(
                [(name, row.metric.name, bool(row.broken)) for name, rows in section.rows.items() for row in rows]
            )
        case Sweep() | Changes():
            yield from _sweep(section)


def _sweep(section: Sweep | Changes) -> Iterator[Verdict]:
    yield from (_compared(each.comparison, where(each.at)) for each in section.changes)
    if isinstance(section, Changes):
        return
    about = ", ".join(section.targets)
    cells = sum(len(panel.along) for panel in section.panels)
    over = ", ".join(section.axes)
    if not section.changes:
        yield Verdict("measured", about, f"{counted(cells, 'cell')} over {over}")
    points = [
        (curve.target, curve.metric.name, point, where({**panel.at, over: coordinate}))
        for panel in section.panels
        for curve in panel.curves
        for coordinate, point in zip(panel.along, curve.points, strict=True)
    ]
    broken = [f"{metric} of {target} at {place}" for target, metric, point, place in points if point.broken]
    if broken:
        yield Verdict("exceeded", about, _few(broken))
    elif any(point.limits for _, _, point, _ in points) and not section.changes:
        yield Verdict("ok", about, f"within its limits in {counted(cells, 'cell')} over {over}", -1.0)


def _compared(comparison: Comparison, place: str) -> Verdict:
    row = worst_row(comparison)
    about = " → ".join(dict.fromkeys((comparison.base.name, comparison.head.name)))
    grave = gravity(comparison)
    overall = comparison.overall
    if comparison.failures.verdict in {"regressed", "base_failed"} or row is None or row.judgement is None:
        return Verdict(overall, about, " · ".join(filter(None, (place, comparison.failures.reason))), grave[1])
    judgement = row.judgement
    interval = "exact" if judgement.exact else span(judgement.low, judgement.high)
    told = f"{row.metric.name} {percent(judgement.change)} ({interval})"
    shown = "" if comparison.versions else difference_in_words(row)
    return Verdict(overall, about, " · ".join(filter(None, (place, told))), grave[1], shown)


def _beside_its_limits(row: Measured) -> str:
    limits = written(row.broken)
    return f"{beside(row.summary.median, row.metric, row.broken)}, limit {limits}"


def _limits(measured: Iterable[Measured], about: str) -> Iterator[Verdict]:
    limited = [row for row in measured if row.limits and row.summary.median is not None]
    broken = [f"{row.metric.name} {_beside_its_limits(row)}" for row in limited if row.broken]
    if broken:
        yield Verdict("exceeded", about, _few(broken))
    elif any(not limit.against_base for row in limited for limit in row.limits):
        yield Verdict("ok", about, f"within {counted(len(limited), 'limit')}")


def _exceeded(found: Sequence[tuple[str, str, bool]]) -> Iterator[Verdict]:
    broken = [f"{metric} of {name}" for name, metric, exceeded in found if exceeded]
    if broken:
        yield Verdict("exceeded", ", ".join(dict.fromkeys(name for name, _, wrong in found if wrong)), _few(broken))


def _ranked(ranking: Ranking) -> Verdict:
    ready = next(each for each in ranking.metrics if each.metric.name == "startup.ready")
    parts = [
        place.target if place.ratio is None or not number else f"{place.target} ({times(place.ratio)})"
        for number, place in enumerate(ready.places)
    ]
    return Verdict("measured", ", ".join(ranking.order), f"by startup.ready: {', '.join(parts)}")


def _medians(measured: Iterable[Measured]) -> str:
    rows = [row for row in measured if row.metric.gated and row.summary.median is not None]
    return ", ".join(f"{row.metric.name} {value(row.summary.median, row.metric)}" for row in rows)


def _failing(chapter: Chapter) -> Iterator[Verdict]:
    """Lanes without a good trial: whatever else is said, they failed."""
    dead = [lane for lane in chapter.lanes if lane.trials and not any(trial.ok for trial in lane.trials)]
    if dead:
        reasons: dict[str, list[str]] = {}
        for lane in dead:
            reasons.setdefault(lane.trials[-1].reason, []).append(lane.whole_name)
        told = [
            f"{', '.join(names)}: {shorten(reason, LONGEST, placeholder=' …')}" for reason, names in reasons.items()
        ]
        yield Verdict("failed", ", ".join(dict.fromkeys(lane.name for lane in dead)), _few(told))


def _few(found: Sequence[str]) -> str:
    more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
    return "; ".join(found[:MOST]) + more


# ---- two releases


def by_verdict(chapters: Iterable[Chapter], names: tuple[str, str]) -> list[Grid]:
    """What changed from one release to the other: a table for each verdict, a row for each gated metric."""
    header = ("", *names, "change", "interval", "limit")
    grids = {word: Grid(title, header) for word, title in GROUPS.items()}
    for chapter in chapters:
        for place, comparison in _comparisons(chapter.sections):
            for row in comparison.rows:
                if row.metric.gated and row.judgement is not None:
                    name = " · ".join(filter(None, (chapter.name, place, row.metric.name)))
                    base, head, change, interval, *_, limit, _ = comparison_cells(row, comparison)
                    grids[row.verdict].rows.append((name, base, head, change, interval, limit))
    return [grid for grid in grids.values() if grid.rows]


def _comparisons(sections: Iterable[Any]) -> Iterator[tuple[str, Comparison]]:
    for section in sections:
        if isinstance(section, Comparison):
            yield "", section
        elif isinstance(section, Changes):
            yield from ((where(each.at), each.comparison) for each in section.changes)
