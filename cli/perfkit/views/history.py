"""Histories as people and programs read them: curves, tables, alerts, JSON and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.text import Text

from perfkit.statistics.estimate import median
from perfkit.views.grids import STYLES, Grid
from perfkit.views.text import counted, percent, span, spread, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.statistics.history import Change, Trend
    from perfkit.storage.history import Point

SCHEMA: Final = "perfkit.history/1"
BARS: Final = "▁▂▃▄▅▆▇█"
GAP: Final = "×"  # no good trial
FLATTEST: Final = 0.1  # a curve's height is at least so much of its top, so that noise looks like noise
LONGEST_LABEL: Final = 34  # columns; the rest of a table then fits 80
COMMIT: Final = 9  # digits
COLUMNS: Final = (
    *("scenario", "metric", "unit", "program", "series", "label", "created", "commit", "target"),
    *("n", "failed", "median", "q1", "q3", "lowest", "highest", "change", "step", "step_change", "low", "high"),
)


@dataclass(frozen=True, slots=True)
class Track:
    """One metric of one program over labels that may be compared. ``apart``: why they are no part of the newest."""

    scenario: str
    points: tuple[Point, ...]
    trend: Trend
    apart: tuple[str, ...] = ()

    @property
    def metric(self) -> Metric:
        """What was measured."""
        return self.trend.metric

    @property
    def program(self) -> str:
        """Whose history it is."""
        return self.points[-1].program

    def label(self, place: int) -> str:
        """The label at a place."""
        return self.points[place].release.label


def title(track: Track) -> str:
    """``startup.ready · lean · 24 labels``; and whether they stand apart from the newest ones."""
    apart = " that stand apart" if track.apart else ""
    return f"{track.metric.name} · {track.program} · {counted(len(track.points), 'label')}{apart}"


def curve(track: Track, width: int) -> list[str]:
    """A sparkline with its range, and a line of marks where it changes; at most ``width`` columns."""
    medians = [summary.median for summary in track.trend.summaries]
    known = [each for each in medians if each is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    ends = f"  {value(low, track.metric)} … {value(high, track.metric)}"
    each = -(-len(medians) // max(1, width - 2 - len(ends)))  # labels a column
    columns = [medians[start : start + each] for start in range(0, len(medians), each)]
    line = "".join(_bar(column, low, high) for column in columns)
    marks = [" "] * len(columns)
    for step in track.trend.steps:
        marks[step.first // each] = _arrow(step)
    below = "".join(marks).rstrip()
    return [f"  {line}{ends}", *([f"  {below}"] if below else [])]


def grid(track: Track) -> Grid:
    """A row a label, newest last; steps and drift below; at most 80 columns."""
    made = Grid(title(track), ("label", "median", "spread", "n", "change", ""))
    marks = {step.first: step for step in track.trend.steps}
    rows = zip(track.points, track.trend.summaries, track.trend.changes, strict=True)
    for place, (point, summary, change) in enumerate(rows):
        made.rows.append(
            (
                shortened(point.release.label),
                "failed" if summary.median is None else value(summary.median, track.metric),
                spread(summary.spread),
                str(summary.n - summary.failed),
                "" if place == 0 else percent(change),
                _mark(marks[place], track) if place in marks else "",
            )
        )
    for each in (*track.trend.steps, *filter(None, [track.trend.drift])):
        made.footer.extend([f"{where(track, each)}", f"  {told(track, each)}: {_word(each, track)}"])
    return made


def with_curve(track: Track, width: int) -> Grid:
    """The same for a terminal, its sparkline above it."""
    return replace(grid(track), title="\n".join(["", title(track), *curve(track, width)]))


def where(track: Track, change: Change) -> str:
    """``▲ v1.3.0 · commits 25df8551a..aaaa1112b``, or ``↗ drift over 10 labels, v1.1.0 … v1.9.0``."""
    if change is track.trend.drift:
        labels = (shortened(track.label(place)) for place in (change.first, change.last))
        arrow = "↗" if change.change > 0 else "↘"
        return f"{arrow} drift over {counted(_labels_between(track, change), 'label')}, {' … '.join(labels)}"
    commits = commits_of(track, change)
    return f"{_arrow(change)} {shortened(track.label(change.first))}" + (f" · commits {commits}" if commits else "")


def told(track: Track, change: Change) -> str:
    """``+14 % (+12 … +16 %), 612 ms → 701 ms, p 0.003, limit +5 %``."""
    doubt = "exact" if change.p_value is None else span(change.low, change.high)
    levels = f"{value(change.before, track.metric)} → {value(change.after, track.metric)}"
    chance = "" if change.p_value is None else f", p {change.p_value:.2g}"
    return f"{percent(change.change)} ({doubt}), {levels}{chance}, limit {change.limit}"


def alert(track: Track, change: Change) -> list[str]:
    """What a nightly job tells of a regression: what, since when, and what to look at."""
    newest = track.label(len(track.points) - 1)
    metric = f"{track.scenario}: {track.metric.name} of {track.program}"
    if change is track.trend.drift:
        first = track.label(change.first)
        return [
            f"{metric} drifts: {told(track, change)}",
            f"  over {counted(_labels_between(track, change), 'label')}, from {first} to {newest}",
            f"  perfkit compare {first}#{track.points[change.first].target} {newest}#{track.points[-1].target}",
        ]
    before = track.points[_previous(track, change)]
    after = track.points[change.first]
    seen = counted(len(track.points) - change.first, "label")
    commits = commits_of(track, change)
    return [
        f"{metric} regressed: {told(track, change)}",
        f"  since {after.release.label} (before: {before.release.label}), seen in {seen} up to {newest}",
        *([f"  git log --oneline {commits}"] if commits else []),
        f"  perfkit compare {before.release.label}#{before.target} {after.release.label}#{after.target}",
    ]


def commits_of(track: Track, change: Change) -> str:
    """``25df8551a..aaaa1112b``: what lies between a step and the label before; nothing where git does not know both."""
    ends = [track.points[place].release.commit[:COMMIT] for place in (_previous(track, change), change.first)]
    return "..".join(ends) if all(ends) and ends[0] != ends[1] else ""


def shortened(label: str, longest: int = LONGEST_LABEL) -> str:
    """A label of at most ``longest`` columns; of a longer one both ends."""
    if len(label) <= longest:
        return label
    half = (longest - 1) // 2
    return f"{label[:half]}…{label[-(longest - 1 - half) :]}"


def track_data(track: Track) -> dict[str, Any]:
    """A track as plain data."""
    trend = msgspec.to_builtins(track.trend)
    return {
        "metric": trend["metric"],
        "program": track.program,
        "apart": list(track.apart),
        "labels": [
            {**_facts(point), "summary": summary, "change": change}
            for point, summary, change in zip(track.points, trend["summaries"], trend["changes"], strict=True)
        ],
        "steps": [_change_data(track, step) for step in track.trend.steps],
        "drift": None if track.trend.drift is None else _change_data(track, track.trend.drift),
    }


def table(tracks: Iterable[Track]) -> str:
    """CSV with one row a metric and label; ``series`` counts what stands apart from the newest, 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    number = 0
    for track in tracks:
        number = number + 1 if track.apart else 1
        writer.writerows(_csv_rows(track, number))
    return text.getvalue()


def _csv_rows(track: Track, number: int) -> Iterator[list[object]]:
    metric = track.metric
    steps = {step.first: step for step in track.trend.steps}
    rows = zip(track.points, track.trend.summaries, track.trend.changes, strict=True)
    for place, (point, summary, change) in enumerate(rows):
        facts, step = _facts(point), steps.get(place)
        numbers = (summary.median, summary.q1, summary.q3, summary.lowest, summary.highest, change)
        judged = (step.word, step.change, step.low, step.high) if step else (None,) * 4
        yield [
            *(track.scenario, metric.name, metric.unit, track.program, number),
            *(facts["label"], facts["created"], facts["commit"], facts["target"], summary.n, summary.failed),
            *("" if each is None else each for each in (*numbers, *judged)),
        ]


def _change_data(track: Track, change: Change) -> dict[str, Any]:
    """A change with its labels; of a step also the commits it lies between."""
    commits = "" if change is track.trend.drift else commits_of(track, change)
    labels = {"first": track.label(change.first), "last": track.label(change.last)}
    return {**msgspec.to_builtins(change), **labels, "commits": commits}


def _facts(point: Point) -> dict[str, Any]:
    release = point.release
    return {
        "label": release.label,
        "created": release.created.isoformat(),
        "commit": release.commit,
        "target": point.target,
        "path": str(release.path),
    }


def _bar(column: Sequence[float | None], low: float, high: float) -> str:
    known = [each for each in column if each is not None]
    if not known:
        return GAP
    height = max(high - low, FLATTEST * abs(high)) or 1.0
    share = 0.5 + (median(known) - (low + high) / 2) / height
    return BARS[min(len(BARS) - 1, int(share * len(BARS)))]


def _arrow(step: Change) -> str:
    return "▲" if step.change > 0 else "▼"


def _mark(step: Change, track: Track) -> Text:
    return Text(f"{_arrow(step)} {_word(step, track)}", style=STYLES.get(step.word, ""))


def _word(change: Change, track: Track) -> str:
    return change.word.upper() if change.word == "regressed" and track.metric.gated else change.word


def _labels_between(track: Track, change: Change) -> int:
    """How many labels with a value a drift was seen in."""
    return sum(each.median is not None for each in track.trend.summaries[change.first : change.last + 1])


def _previous(track: Track, step: Change) -> int:
    """The place of the last label with a value before a step."""
    return next(place for place in range(step.first - 1, -1, -1) if track.trend.summaries[place].median is not None)
