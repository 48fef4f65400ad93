"""The report as Markdown, for a release note or a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.views import markdown
from perfkit.views.grids import Grid
from perfkit.views.report.verdicts import by_verdict, verdict
from perfkit.views.sections import UNBOUNDED, grids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.views.report.content import Report


def note(report: Report) -> str:
    """The verdicts; of two releases what changed, metric by metric, else the tables of each chapter."""
    summary = Grid("", ("scenario", "verdict", "target", "because of"))
    for chapter in report.chapters:
        each = verdict(chapter)
        summary.rows.append((chapter.name, each.written, each.about, each.told))
    parts = [markdown.document(report.title, [summary], list(report.remarks))]
    if report.release is not None:
        parts += [markdown.tables(by_verdict(report.chapters, report.release))]
        parts += [
            markdown.document(each.name, [], doubts) for each in report.chapters if (doubts := _doubts(each.notes))
        ]
        return "\n".join(parts)
    for chapter in report.chapters:
        found = [grid for section in chapter.sections for grid in grids(section, UNBOUNDED)]
        parts.append(markdown.document(chapter.title.splitlines()[0], found, list(chapter.notes)))
    return "\n".join(parts)


def _doubts(notes: Iterable[str]) -> list[str]:
    return [note for note in notes if note.startswith("!")]
