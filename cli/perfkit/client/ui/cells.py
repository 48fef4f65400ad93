"""Text as it may stand on a screen: without control characters, at a known width."""

from __future__ import annotations

from typing import Final, Literal

from rich.cells import cell_len, set_cell_size

REPLACEMENT: Final = "�"

Tone = Literal[
    "plain", "header", "title", "dim", "key", "good", "waiting", "bad", "ending", "done", "cursor", "error", "found"
]
"""How a stretch of text looks; what that is in colours only the canvas knows."""

Line = tuple[tuple[str, Tone], ...]
"""A line of the screen: stretches of text, left to right."""


def clean(text: str) -> str:
    """Printable characters only: names and logs may hold escape sequences, and marks that turn text around."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\t\n" else REPLACEMENT for c in text)


def width(text: str) -> int:
    """Columns of clean text."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, columns: int) -> str:
    """Exactly so many columns: filled with blanks, or cut with an ellipsis."""
    wide = width(text)
    if wide <= columns:
        return text + " " * (columns - wide)
    return set_cell_size(text, columns - 1) + "…" if columns > 0 else ""


def squeeze(text: str, columns: int) -> str:
    """Exactly so many columns, cut in the middle: names differ at their ends, and begin with what they are of."""
    if width(text) <= columns or columns < 3 or not text.isascii():
        return fit(text, columns)
    tail = (columns - 1) // 2
    return f"{text[: columns - 1 - tail]}…{text[len(text) - tail :]}"


def cut(line: Line, columns: int) -> Line:
    """The line at exactly that width; its last tone fills it."""
    kept: list[tuple[str, Tone]] = []
    for text, tone in line:
        wide = width(text)
        if wide > columns:
            kept.append((fit(text, columns), tone))
            return tuple(kept)
        kept.append((text, tone))
        columns -= wide
    if columns:
        kept.append((" " * columns, kept[-1][1] if kept else "plain"))
    return tuple(kept)
