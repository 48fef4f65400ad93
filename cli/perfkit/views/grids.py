"""Results laid out: one target, versions side by side, or a ranking, as grids that a terminal or Markdown shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.statistics.analysis import Comparison, Ranking, Survey
from perfkit.views.text import LATE_NOTE, counted, median, noise_floor, percent, span, spread, times, value, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Measured, Row, Section, Summary
    from perfkit.statistics.ranking import Place
    from perfkit.statistics.verdict import Judgement

STYLES: Final = {"regressed": "bold red", "unclear": "yellow", "improved": "green", "not comparable": "yellow"}
LOUD: Final = frozenset({"regressed", "unclear"})
FLOOR: Final = "floor"
BROKEN: Final = Text("EXCEEDED", style="bold red")

MARK: Final = "!"
LEGEND: Final = f"{MARK} exceeds its limit"

Cell = str | Text


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: lines of text above and below, column titles, rows. The first column is left-aligned, others right."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)
    spare: str = ""  # the column that gives way where a terminal is too narrow for all


def grids(section: Section) -> list[Grid]:
    """One section of an analysis as grids of at most 80 columns."""
    match section:
        case Survey():
            return [_survey(section)]
        case Comparison():
            return [_comparison(section)]
        case Ranking():
            return _ranking(section)


def late_note(summaries: Iterable[Summary]) -> list[str]:
    """What the mark of a late relay means, where there is one."""
    return [LATE_NOTE] if any(summary.late for summary in summaries) else []


def _survey(survey: Survey) -> Grid:
    grid = Grid(_name(survey.target), ("", "median", "spread", "lowest", "highest", "n", "limit", ""), spare="lowest")
    for row in survey.rows:
        metric, summary = row.metric, row.summary
        lowest, highest = (value(v, metric) for v in (summary.lowest, summary.highest))
        good = str(summary.n - summary.failed)
        middle = (median(summary, metric), spread(summary.spread))
        broken: Cell = BROKEN if row.broken else ""
        grid.rows.append((metric.name, *middle, lowest, highest, good, written(row.limits), broken))
    grid.footer.extend(late_note(row.summary for row in survey.rows))
    return grid


def _comparison(comparison: Comparison) -> Grid:
    kind = "" if comparison.paired else " · unpaired: other sessions, so doubt the times"
    trials = counted(comparison.pairs, "pair" if comparison.paired else "trial")
    title = f"{_name(comparison.base, 'base')} → {_name(comparison.head, 'head')} · {trials}{kind}"
    grid = Grid(title, ("", *comparison_header(comparison)), spare=FLOOR)
    grid.rows.extend((row.metric.name, *comparison_cells(row, comparison)) for row in comparison.rows)
    grid.footer.extend(late_note(summary for row in comparison.rows for summary in (row.base, row.head)))
    if comparison.versions:
        grid.footer.append(_overall(comparison))
    return grid


def _overall(comparison: Comparison) -> str:
    """The verdict of the whole in one line: ``REGRESSED: cpu.seconds +31 %, api.requests +50 %``."""
    overall = comparison.overall
    if comparison.failures.verdict in {"regressed", "base_failed"}:
        return f"{overall.upper()}: {comparison.failures.reason}"
    if overall == "ok":
        return "ok: nothing gated is worse by more than its limit"
    rows = [row for row in comparison.rows if row.metric.gated and row.verdict == overall]
    changes = [f"{row.metric.name} {percent(row.judgement.change)}" for row in rows if row.judgement]
    return f"{overall.upper() if overall in LOUD else overall}: {', '.join(changes)}"


def comparison_header(comparison: Comparison) -> tuple[str, ...]:
    """The titles of ``comparison_cells``."""
    return ("base", "head", "change", "interval", *((FLOOR,) if comparison.noise else ()), "limit", "verdict")


def comparison_cells(row: Row, comparison: Comparison) -> tuple[Cell, ...]:
    """One metric of base and head, without its name."""
    judgement = row.judgement
    floor = (_floor(row),) if comparison.noise else ()
    return (
        median(row.base, row.metric),
        median(row.head, row.metric),
        "–" if judgement is None else percent(judgement.change),
        _interval(judgement),
        *floor,
        judgement.limit if judgement else "",
        BROKEN if row.broken else verdict_of(row, versions=comparison.versions),
    )


def _interval(judgement: Judgement | None) -> str:
    if judgement is None:
        return "–"
    return "exact" if judgement.exact else span(judgement.low, judgement.high)


def _floor(row: Row) -> str:
    """The smallest change that this machine tells; ``exact`` where the metric never varies, here or in A/A."""
    exact = row.judgement is not None and row.judgement.exact
    return noise_floor(0.0 if exact else row.floor)


def verdict_of(row: Row, *, versions: bool) -> Text:
    """The verdict in a word, loud where it is gated; of different programs the difference in words."""
    if row.head.median is None:  # no trial gave a value: where the base has one, the head failed, or has no such thing
        return Text("–") if row.base.median is None or row.judgement is None else Text("failed", style="bold red")
    word = row.verdict
    shown = word if versions else difference_in_words(row)
    return Text(shown.upper() if row.metric.gated and word in LOUD and versions else shown, style=STYLES.get(word, ""))


def difference_in_words(row: Row) -> str:
    """Of different programs nothing regresses: ``1.8 × slower``, ``2.3 × less``, ``alike``, ``unclear``."""
    judgement = row.judgement
    if judgement is None or row.verdict in {"unclear", "not comparable"}:
        return row.verdict
    if row.verdict == "ok" or judgement.change is None or judgement.change <= -1:
        return "alike" if row.verdict == "ok" else row.verdict
    ratio = 1 + judgement.change
    worse, better = ("slower", "faster") if row.metric.kind == "time" else ("more", "less")
    return f"{times(ratio)} {worse}" if ratio >= 1 else f"{times(1 / ratio)} {better}"


def _ranking(ranking: Ranking) -> list[Grid]:
    """Two grids, the gated metrics first; a line of medians and one of doubts for each target."""
    title = f"{counted(ranking.blocks, 'block')} of {len(ranking.targets)} targets, best first"
    found = []
    for gated in (True, False):
        metrics = [ranked.metric for ranked in ranking.metrics if ranked.metric.gated is gated]
        grid = Grid(title if gated else "", ("", *(metric.name for metric in metrics)))
        for number, name in enumerate(ranking.order, start=1):
            rows = [row for row in ranking.rows[name] if row.metric.gated is gated]
            grid.rows.append((f"{number} {name}", *(_median(row) for row in rows)))
            doubts = [_doubt(ranking, row, name) for row in rows]
            grid.rows.extend([("", *doubts)] if any(map(str, doubts)) else [])
        found.append(grid)
    found[-1].footer.extend(_held(ranking))
    gated_orders = [f"{r.metric.name}: {_order(r.places)}" for r in ranking.metrics if r.metric.gated]
    found[-1].footer.extend(gated_orders)
    found[-1].footer.extend(late_note(row.summary for rows in ranking.rows.values() for row in rows))
    return found


def _held(ranking: Ranking) -> list[str]:
    """The limits that targets are held to, in the words of a sweep."""
    rows = ranking.rows[ranking.order[0]]
    written = [f"{row.metric.name} {each.written}" for row in rows for each in row.limits if not each.against_base]
    return [f"limits: {', '.join(written)}  ({LEGEND})"] if written else []


def _median(row: Measured) -> str | Text:
    text = median(row.summary, row.metric)
    return Text(f"{text} {MARK}", style="bold red") if row.broken else text


def _doubt(ranking: Ranking, row: Measured, name: str) -> Text:
    """Spread, and how many times the best; dim, since it is the doubt beside the number."""
    places = next(ranked.places for ranked in ranking.metrics if ranked.metric.name == row.metric.name)
    place = next(place for place in places if place.target == name)
    parts = [times(place.ratio)] if place.ratio is not None and place.rank > 1 else []
    parts.append(spread(row.summary.spread))
    if row.summary.failed:  # of a metric that a client never has, such as latency where it only watches, none did
        ready = next(each.summary for each in ranking.rows[name] if each.metric.name == "startup.ready")
        parts = [f"{ready.failed} of {ready.n} failed"] if ready.failed else parts if row.summary.median else []
    return Text("  ".join(filter(None, parts)), style="dim")


def _order(places: Sequence[Place]) -> str:
    """``lean < lightkube (4.1 ×, 4.0 … 4.2) = kr8s (…)``: a tie that is shown, ``?`` where more trials are needed."""
    text = ""
    for before, place in zip((None, *places), places, strict=False):
        sign = "" if before is None else _sign(before, place)
        text += f"{sign}{place.target}{_ratio(place) if before is not None else ''}"
    return text


def _sign(before: Place, place: Place) -> str:
    if before.rank != place.rank:
        return " < "
    return " = " if place.decided else " ? "


def _ratio(place: Place) -> str:
    if place.ratio is None:
        return " (failed)"
    if place.low is None or place.high is None or abs(place.high) == float("inf"):
        return f" ({times(place.ratio)})"
    return f" ({times(place.ratio)}, {place.low:.2f} … {place.high:.2f})"


def _name(target: TargetSpec, role: str = "") -> str:
    """``base k9s 0.50``, of k9s@0.50 too; a target that is named by its role is not named twice, nor its version."""
    name = target.name.removesuffix(f"@{target.version}")
    version = target.version if target.version not in name else ""
    return " ".join(filter(None, ("" if name == role else role, name, version)))
