"""Profiles in files: one summed up, two compared, a flamegraph of either."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from perfkit.errors import UsageError
from perfkit.profilers.difference import difference
from perfkit.profilers.files import read_profile
from perfkit.profilers.summary import summarise
from perfkit.storage.files import write_whole
from perfkit.views.data import document
from perfkit.views.profile import (
    DIFFERENCE_SCHEMA,
    SUMMARY_SCHEMA,
    also_data,
    costly_grid,
    difference_data,
    difference_grids,
    summary_data,
    summary_grids,
    value_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.model.profile import Profile
    from perfkit.views.grids import Grid


ALSO: Final = frozenset({"total_space", "leaked_space", "alloc_space", "steadily"})
ALSO_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class AskedProfiles:
    """Which files, and how to show them. ``output``: table, json or markdown."""

    files: tuple[Path, ...]
    output: str
    value: str = ""
    normalised: bool = False
    flamegraph: Path | None = None
    drawn: Literal["base", "head"] = "head"  # whose widths the flamegraph of a difference has


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """A summary or a difference, in all forms."""

    title: str
    grids: list[Grid]
    notes: list[str]
    data: dict[str, Any]


def compare_files(asked: AskedProfiles) -> None:
    """Sum up one file or compare two, on stdout; a flamegraph where one is asked for.

    Raises:
        UsageError: more than two, or values that do not go together.
        ResultError: a file is not there, or is no profile.
    """
    if len(asked.files) > 2:
        raise UsageError("more than two profiles", "name two: base first, then head")
    read = [read_profile(path) for path in asked.files]
    names = [path.name for path in asked.files]
    try:
        shown = _one(read[0], names[0], asked.value) if len(read) == 1 else _two(read, names, asked)
        if asked.flamegraph is not None:
            write_whole(asked.flamegraph, _picture(read, names, asked).encode())
    except KeyError as error:
        raise UsageError(f"no value {error.args[0]!r}", f"it has {value_line(read[0].values)}") from None
    schema = SUMMARY_SCHEMA if len(read) == 1 else DIFFERENCE_SCHEMA
    sys.stdout.write(written([shown], asked.output, schema))


def written(shown: Sequence[ShownProfile], output: str, schema: str) -> str:
    """In the format asked for. Raises UsageError for one that profiles are not told in."""
    if output == "json":
        return document(schema, (each.data | {"notes": each.notes} for each in shown))
    if output == "markdown":
        from perfkit.views import markdown

        return "\n".join(markdown.document(each.title, each.grids, each.notes) for each in shown)
    if output != "table":
        raise UsageError(f"-o {output}: profiles are told as table, json or markdown")
    return _tables(shown)


def _tables(shown: Sequence[ShownProfile]) -> str:
    from perfkit.views.console import stdout
    from perfkit.views.tables import say, show_grid, show_notes

    console = stdout()
    with console.capture() as captured:
        for number, each in enumerate(shown):
            say(console, f"\n{each.title}" if number else each.title)
            for grid in each.grids:
                show_grid(console, grid)
            show_notes(console, each.notes)
    return captured.get()


def _one(profile: Profile, name: str, value: str) -> ShownProfile:
    return summed_up(profile, name, value)


def summed_up(profile: Profile, title: str, value: str = "") -> ShownProfile:
    """A profile's summary. Raises KeyError where it has no such value."""
    summary = summarise(profile, value)
    also = [] if value else [summarise(profile, name, top=ALSO_ROWS) for name in _also(profile)]
    notes = [f"! {doubt}" for doubt in summary.doubts]
    if len(profile.values) > 1:
        notes.append(f"  --value: {value_line(profile.values)}")
    grids = [*summary_grids(summary), *(costly_grid(each) for each in also)]
    data = {"title": title} | summary_data(summary) | {"also": [also_data(each) for each in also]}
    return ShownProfile(title, [grid for grid in grids if grid.rows], notes, data)


def _also(profile: Profile) -> list[str]:
    """What else is told: of memory that is held who asked for most in all, of objects those that always grow."""
    return [each.name for each in profile.values if each.name in ALSO and each.name != profile.shown]


def compared(base: Profile, head: Profile, title: str, asked: AskedProfiles) -> ShownProfile:
    """What differs. Raises UsageError where the two have no value in common."""
    found = difference(base, head, asked.value, normalised=asked.normalised)
    grids = difference_grids(found)
    notes = [f"! {doubt}" for doubt in found.doubts] + ([] if grids else ["  nothing differs"])
    return ShownProfile(title, grids, notes, {"title": title} | difference_data(found))


def _two(read: Sequence[Profile], names: Sequence[str], asked: AskedProfiles) -> ShownProfile:
    return compared(read[0], read[1], f"{names[0]} → {names[1]}", asked)


def _picture(read: Sequence[Profile], names: Sequence[str], asked: AskedProfiles) -> str:
    from perfkit.views.flamegraph import difference_svg, flamegraph_svg

    if len(read) == 1:
        return flamegraph_svg(read[0], asked.value, names[0])
    return difference_svg(read[0], read[1], asked.value, normalised=asked.normalised, drawn=asked.drawn)
