"""Select graphic rendition: how ``ESC [ … m`` changes the style of what is drawn next."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from perfkit.terminal.screen import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

ON: Final = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
OFF: Final = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",)}

# The first of eight codes, what they colour, and the first colour's number.
SIMPLE: Final = ((30, "foreground", 0), (40, "background", 0), (90, "foreground", 8), (100, "background", 8))


@lru_cache(4096)
def restyled(style: Style, parameters: str) -> Style:
    """The style after a sequence with these parameters; what is not understood changes nothing."""
    codes = iter(parameters.split(";"))
    for written in codes:
        code, _, detail = written.partition(":")
        style = _apply(style, int(code) if code.isdigit() else 0 if not code else -1, iter(detail.split(":")), codes)
    return style


def _apply(style: Style, code: int, detail: Iterator[str], codes: Iterator[str]) -> Style:
    if code == 0:
        return PLAIN
    if code in ON:
        return _with(style, **{ON[code]: True})
    if code in OFF:
        return _with(style, **dict.fromkeys(OFF[code], False))
    if code in {38, 48}:
        first = next(detail, "")
        colour = _extended(first, detail) if first else _extended(next(codes, ""), codes)
        return _with(style, **{"foreground" if code == 38 else "background": colour})
    return _simple(style, code)


def _with(style: Style, **changes: Any) -> Style:
    return style._replace(**changes)


def _simple(style: Style, code: int) -> Style:
    if code == 39:
        return style._replace(foreground="")
    if code == 49:
        return style._replace(background="")
    for first, field, number in SIMPLE:
        if first <= code < first + 8:
            return _with(style, **{field: str(code - first + number)})
    return style


def _extended(kind: str, rest: Iterator[str]) -> str:
    """``5;N``: of the palette; ``2;R;G;B``: itself (after a colon there may be a colour space before, left empty)."""
    if kind == "5":
        number = next(rest, "")
        return number if number.isdigit() and int(number) < 256 else ""
    if kind != "2":
        return ""
    parts = [part for part in (next(rest, ""), next(rest, ""), next(rest, "")) if part.isdigit()]
    if len(parts) == 2:
        parts.append(next(rest, ""))
    if len(parts) != 3 or not all(part.isdigit() and int(part) < 256 for part in parts):
        return ""
    return "#" + "".join(f"{int(part):02x}" for part in parts)
