"""An HTML page: one file without scripts, fonts or images from elsewhere, so that it opens anywhere and can be kept."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.views.grids import Cell, Grid

STYLE: Final = """
:root { color-scheme: light dark; --line: #2563eb; --worse: #dc2626; --better: #16a34a; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 920px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin: 2rem 0 .3rem }
svg { width: 100%; height: auto } svg text { font-size: 12px; fill: currentColor }
.s0 { --line: #2563eb } .s1 { --line: #d97706 } .s2 { --line: #16a34a } .s3 { --line: #9333ea } .s4 { --line: #dc2626 }
.s1 .median { stroke-dasharray: 8 3 } .s2 .median { stroke-dasharray: 2 3 } .s3 .median { stroke-dasharray: 8 3 2 3 }
svg .named { fill: var(--line) } .axis { stroke: currentColor; opacity: .25 } .band { fill: var(--line); opacity: .18 }
.median { fill: none; stroke: var(--line); stroke-width: 2 } .label { fill: var(--line) }
.worse { stroke: var(--worse) } .better { stroke: var(--better) } .step { stroke-dasharray: 4 3 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin-top: .5rem }
th, td { padding: .1rem .7rem; text-align: right } th:first-child, td:first-child { text-align: left }
td { border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent) }
"""


def document(title: str, body: Iterable[str]) -> str:
    """The whole of it, of parts that are HTML already."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    top = f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>'
    content = "\n".join(body)
    return f"{top}\n<body>\n{content}\n</body></html>\n"


def heading(text: str) -> str:
    """The first line as a heading, the others below it."""
    first, *others = text.splitlines()
    return "".join([f"<h1>{escape(first)}</h1>", *map(paragraph, others)])


def paragraph(text: str) -> str:
    """A line of text."""
    return f"<p>{escape(text)}</p>"


def table(grid: Grid) -> str:
    """A grid with its title above and its footer below."""
    title = f"<h2>{escape(grid.title)}</h2>" if grid.title else ""
    return f"{title}{bare_table(grid)}{''.join(map(paragraph, grid.footer))}"


def bare_table(grid: Grid) -> str:
    """Header and rows of a grid; the style of a cell is its class."""
    head = "".join(_titled(each) for each in grid.header)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in grid.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _titled(title: str) -> str:
    """A column's title; a corner without one is no header that a screen reader would read out."""
    return f'<th scope="col">{escape(title).replace(chr(10), "<wbr>")}</th>' if title else "<td></td>"


def _cell(cell: Cell) -> str:
    style = str(getattr(cell, "style", ""))
    return f'<td class="{escape(style)}">{escape(str(cell))}</td>' if style else f"<td>{escape(str(cell))}</td>"


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Places of an SVG line."""
    return " ".join(f"{x},{y}" for x, y in pairs)
