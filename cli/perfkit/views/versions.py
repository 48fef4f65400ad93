"""More than two versions: a column each, the change against the first below its median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.statistics.analysis import Row
from perfkit.views.grids import LOUD, STYLES, Grid, difference_in_words, late_note
from perfkit.views.history import shortened
from perfkit.views.text import median, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.statistics.verdict import Judgement
    from perfkit.statistics.versions import Versions, VersionsRow
    from perfkit.views.grids import Cell

NAMES: Final = 22  # columns of the metrics' names
COLUMN: Final = 13  # columns of a version, with the gap


def grids(section: Versions, width: int) -> list[Grid]:
    """Grids of at most ``width`` columns, the first version in each of them."""
    each = max(1, (width - NAMES) // COLUMN - 1)
    heads = range(1, len(section.names))
    found = [_grid(section, (0, *heads[start : start + each])) for start in range(0, len(heads), each)]
    found[-1].footer.extend(_steps(section))
    found[-1].footer.extend(late_note(summary for row in section.rows for summary in row.summaries))
    found[0] = Grid(_title(section), found[0].header, found[0].rows, found[0].footer)
    return found


def _title(section: Versions) -> str:
    """Over two lines, the second of which tells how it was compared."""
    kind = "paired" if section.paired else "unpaired: other sessions, so doubt the times"
    trials = "/".join(map(str, section.trials))
    return f"{' → '.join(section.names)}\nchanges and verdicts against {section.names[0]} · {trials} trials · {kind}"


def _grid(section: Versions, places: Sequence[int]) -> Grid:
    grid = Grid("", ("", *(_header(section.names[place]) for place in places)))
    for row in section.rows:
        grid.rows.append((row.metric.name, *(median(row.summaries[place], row.metric) for place in places)))
        grid.rows.append(("", *(_change(row, place) for place in places)))
        grid.rows.append(("", *(_verdict(section, row, place) for place in places)))
    return grid


def _header(name: str) -> str:
    return shortened(name, COLUMN - 1)


def _change(row: VersionsRow, place: int) -> Cell:
    """``best −16 %``: dim, but for the mark."""
    judgement = row.against_first[place]
    mark = _mark(row, place)
    change = "base" if place == 0 else percent(judgement.change if judgement else None)
    return Text(f"{mark} {change}".strip(), style={"best": "green", "worst": "red"}.get(mark, "dim"))


def _mark(row: VersionsRow, place: int) -> str:
    """Of several equally good or bad medians all are marked."""
    if row.best is None or row.worst is None:
        return ""
    marked = {row.summaries[row.best].median: "best", row.summaries[row.worst].median: "worst"}
    return marked.get(row.summaries[place].median, "")


def _verdict(section: Versions, row: VersionsRow, place: int) -> Cell:
    if place == 0:
        return ""
    judgement = row.against_first[place]
    return _word(section, row, judgement) if judgement else Text("refused", style=STYLES["not comparable"])


def _word(section: Versions, row: VersionsRow, judgement: Judgement) -> Text:
    """A verdict as in the table of two: loud where it is gated, ``1.8 × slower`` of different programs."""
    style = STYLES.get(judgement.verdict, "")
    if not section.versions:
        pair = Row(metric=row.metric, base=row.summaries[0], head=row.summaries[0], judgement=judgement)
        return Text(difference_in_words(pair), style=style)
    loud = row.metric.gated and judgement.verdict in LOUD
    return Text(judgement.verdict.upper() if loud else judgement.verdict, style=style)


def _steps(section: Versions) -> Iterator[str]:
    """``v1.2 since v1.1: cpu.seconds REGRESSED +31 %``: what changed between neighbours, gated metrics only."""
    for place in range(2, len(section.names)):
        told = [
            f"{row.metric.name} {_word(section, row, judgement)} {percent(judgement.change)}"
            for row in section.rows
            if row.metric.gated and (judgement := row.against_previous[place])
            if judgement.verdict in {"regressed", "improved"}
        ]
        if told and section.versions:
            yield f"{section.names[place]} since {section.names[place - 1]}: {', '.join(told)}"
