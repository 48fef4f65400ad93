"""A screen as SVG: stands alone, needs no font of its own, one ``text`` for each stretch of one style."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from perfkit.terminal.screen import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.terminal.screen import Grid, Row, Style

WIDTH: Final = 8.4  # pixels of a cell
HEIGHT: Final = 18
BASE: Final = 13.5  # pixels from the top of a cell to the line that letters stand on
FOREGROUND: Final = "#d8d8d8"
BACKGROUND: Final = "#16181d"
BASIC: Final = (
    "#1d1f21", "#cc6666", "#b5bd68", "#f0c674", "#81a2be", "#b294bb", "#8abeb7", "#c5c8c6",
    "#666666", "#d54e53", "#b9ca4a", "#e7c547", "#7aa6da", "#c397d8", "#70c0b1", "#eaeaea",
)  # fmt: skip


def svg(screen: Grid) -> str:
    """The picture."""
    across, down = screen.columns * WIDTH + 16, screen.height * HEIGHT + 16
    cells = "\n".join(piece for y, row in enumerate(screen.rows) for piece in _row(y, row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down}" width="{across:g}" height="{down}" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">\n'
        f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>\n'
        f'<g transform="translate(8 8)">\n{cells}\n</g>\n</svg>\n'
    )


def _row(y: int, row: Row) -> Iterator[str]:
    x = 0
    for style, cells in groupby(zip(row.characters, row.styles, strict=True), key=lambda cell: cell[1]):
        text = [character for character, _ in cells]
        yield from _stretch(x, y, text, style)
        x += len(text)


def _stretch(x: int, y: int, cells: list[str], style: Style) -> Iterator[str]:
    ink, paper = _colour(style.foreground, FOREGROUND), _colour(style.background, BACKGROUND)
    if style.reverse:
        ink, paper = paper, ink
    left, across = x * WIDTH, len(cells) * WIDTH
    if paper != BACKGROUND:
        yield f'<rect x="{left:g}" y="{y * HEIGHT}" width="{across:g}" height="{HEIGHT}" fill="{paper}"/>'
    first = next((index for index, cell in enumerate(cells) if cell != BLANK), len(cells))
    if text := "".join(cells[first:]).rstrip():
        end = len(cells) - next(index for index, cell in enumerate(reversed(cells)) if cell != BLANK)
        yield (
            f'<text x="{(x + first) * WIDTH:g}" y="{y * HEIGHT + BASE:g}" fill="{ink}"{_looks(style)} '
            f'textLength="{(end - first) * WIDTH:g}" lengthAdjust="spacingAndGlyphs">{escape(_printable(text))}</text>'
        )


def _looks(style: Style) -> str:
    looks = {
        ' font-weight="bold"': style.bold,
        ' font-style="italic"': style.italic,
        ' text-decoration="underline"': style.underline,
        ' opacity="0.6"': style.dim,
    }
    return "".join(look for look, on in looks.items() if on)


def _printable(text: str) -> str:
    """What XML can hold: no lone surrogates, no characters that are none; and blanks that no reader takes away."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text).replace(BLANK, "\xa0")


def _colour(written: str, default: str) -> str:
    if not written:
        return default
    return written if written.startswith("#") else palette(int(written))


def palette(number: int) -> str:
    """Colour ``number`` of the 256 of xterm: 16 basic ones, a cube of 6 × 6 × 6, 24 greys."""
    if number < 16:
        return BASIC[number]
    if number >= 232:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    number -= 16
    return "#" + "".join(
        f"{55 + level * 40 if level else 0:02x}" for level in (number // 36, number // 6 % 6, number % 6)
    )
