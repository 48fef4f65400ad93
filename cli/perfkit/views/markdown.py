"""Results as Markdown, for a pull request or a release note."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.views.grids import Grid


def document(title: str, grids: Iterable[Grid], notes: Sequence[str]) -> str:
    """A heading, the tables, the notes as a list."""
    parts = [f"### {_escape(title)}", *(_grid(grid) for grid in grids)]
    if notes:
        parts.append("\n".join(f"- {_escape(note.strip())}" for note in notes))
    return "\n\n".join(parts) + "\n"


def tables(grids: Iterable[Grid]) -> str:
    """Tables alone."""
    return "\n\n".join(map(_grid, grids)) + "\n"


def _grid(grid: Grid) -> str:
    lines = [f"**{_escape(grid.title)}**", ""] if grid.title else []
    lines.append(_line(title.replace("\n", "") for title in grid.header))
    lines.append("|" + "|".join([":--", *["--:"] * (len(grid.header) - 1)]) + "|")
    lines.extend(_line(str(cell) for cell in row) for row in grid.rows)
    if grid.footer:
        lines += ["", *(f"{_escape(line)}  " for line in grid.footer)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _escape(text: str) -> str:
    """Text of targets and files stays text: no cell, tag, link or emphasis comes of it."""
    for letter in "\\`*_[]<>|#":
        text = text.replace(letter, "\\" + letter)
    return text.replace("\n", " ")
