"""Formats of results on stdout, and showing a result in one of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.commands.formats import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Section


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to show: a headline, sections, notes below them, and the data that goes before them in JSON."""

    title: str
    scenario: str
    sections: list[Any]  # what views.sections lays out; not named here, so that --help need not import it
    notes: list[str]
    data: dict[str, Any]
    grids: list[Any] = []  # tables before those of the sections
    instead: list[Any] = []  # tables that a person reads in place of those of the sections
    below: list[Any] = []  # tables after those of the sections
    plots: bool = False  # draw the intervals of comparisons below their tables, where there is a terminal's width
    explanations: list[Any] = []  # views.explain.Explanation
    cells: list[Shown] = []  # of a sweep: what its sections were made of, for formats that programs read


def show(output: Output, shown: Sequence[Shown], schema: str) -> None:
    """Write everything to stdout in one format."""
    sys.stdout.write(written(output, shown, schema))
    sys.stdout.flush()


def written(output: Output, shown: Sequence[Shown], schema: str) -> str:
    """Everything in one format."""
    writers = {
        Output.TABLE: _tables,
        Output.JSON: _json,
        Output.MARKDOWN: _markdown,
        Output.CSV: _csv,
        Output.HTML: _html,
    }
    return writers[output](shown, schema)


def deliver(text: str, output: str) -> None:
    """As ``deliver_bytes``, in UTF-8 whatever the terminal's: these are files for programs. Raises StorageError."""
    deliver_bytes(text.encode(errors="replace"), output)


def deliver_bytes(data: bytes, output: str) -> None:
    """Write a whole document to a path, told on stderr, or to stdout (``-``). Raises StorageError.

    A link is followed; a device or a pipe is written into and never replaced by a file.
    """
    import os
    from pathlib import Path

    from perfkit.storage.files import shown, write_whole, writing

    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(os.path.realpath(output))
    with writing(path):
        special = path.exists() and not path.is_file()
        if special:
            path.write_bytes(data)
    if not special:
        write_whole(path, data)
    sys.stderr.write(f"wrote {shown(path)}\n")


def of_result(result: Result, sections: list[Section], path: str) -> Shown:
    """A result with what is to be said of it."""
    from perfkit.commands.floors import with_floors
    from perfkit.views.against import against_base
    from perfkit.views.notes import notes, summary_line
    from perfkit.views.text import headline

    sections = with_floors(sections, result)
    return Shown(
        title=f"{headline(result)}\n{summary_line(result)}",
        scenario=result.scenario.name,
        sections=sections,
        instead=against_base(sections, result.scenario.show),
        notes=notes(result, sections),
        data={
            "scenario": result.scenario.name,
            "label": result.label,
            "path": path,
            "complete": result.complete,
            "stopped": result.stopped,
            "seed": result.seed,
            "at": result.scenario.at,
        },
    )


def _tables(shown: Sequence[Shown], _schema: str) -> str:
    from perfkit.views.console import stdout
    from perfkit.views.explain import lines
    from perfkit.views.sections import grids, plots
    from perfkit.views.tables import say, show_grid, show_notes

    console = stdout()
    with console.capture() as captured:
        for number, each in enumerate(shown):
            say(console, f"\n{each.title}" if number else each.title)
            for grid in (*each.grids, *each.instead):
                show_grid(console, grid)
            for section in () if each.instead else each.sections:
                for grid in grids(section, console.width):
                    show_grid(console, grid)
                for line in plots(section, console.width) if each.plots else ():
                    console.print(line, no_wrap=True)
            for grid in each.below:
                show_grid(console, grid)
            show_notes(console, each.notes)
            for text in lines(each.explanations, console.width):
                say(console, text)
    return captured.get()


def _json(shown: Sequence[Shown], schema: str) -> str:
    from perfkit.views.data import document

    return document(schema, (_entry(every) for each in shown for every in (*each.cells, each)))


def _entry(shown: Shown) -> dict[str, Any]:
    from perfkit.views.data import section_data

    entry = {**shown.data, "sections": [section_data(section) for section in shown.sections], "notes": shown.notes}
    if shown.explanations:
        entry["explanations"] = [
            {"metric": each.metric, "title": each.title, "parts": dict(each.parts)} for each in shown.explanations
        ]
    return entry


def _markdown(shown: Sequence[Shown], _schema: str) -> str:
    from perfkit.views.markdown import document

    return "\n".join(document(each.title, _all_grids(each), each.notes) for each in shown)


def _all_grids(shown: Shown) -> list[Any]:
    from perfkit.views.explain import grid
    from perfkit.views.sections import UNBOUNDED, grids

    sections = [each for section in shown.sections for each in grids(section, UNBOUNDED)]
    return [*shown.grids, *(shown.instead or sections), *shown.below, *map(grid, shown.explanations)]


def _csv(shown: Sequence[Shown], _schema: str) -> str:
    from perfkit.views.data import table

    flat = [every for each in shown for every in (each.cells or [each])]
    return table([((each.scenario, _at(each)), section) for each in flat for section in each.sections])


def _at(shown: Shown) -> str:
    """``cluster.pods=1000; link.rtt=50 ms``: where a cell lies in its matrix; empty without one."""
    return "; ".join(f"{axis}={value}" for axis, value in shown.data.get("at", {}).items())


def _html(shown: Sequence[Shown], _schema: str) -> str:
    from perfkit.statistics.sweeps import Sweep
    from perfkit.views.page import document, heading, paragraph, table
    from perfkit.views.sweep import pictures
    from perfkit.views.sweep_page import curve

    body = []
    for each in shown:
        body.append(heading(each.title))
        body += [
            curve(picture) for section in each.sections if isinstance(section, Sweep) for picture in pictures(section)
        ]
        body += [table(grid) for grid in _all_grids(each)]
        body += [paragraph(note) for note in each.notes]
    return document(shown[0].title.splitlines()[0], body)
