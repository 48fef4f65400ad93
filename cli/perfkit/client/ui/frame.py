"""What stands around a page: where one is, which namespaces have a digit, what is wrong, which keys do what. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from perfkit.client.ui.cells import clean, cut, width
from perfkit.model.units import format_value

if TYPE_CHECKING:
    from perfkit.client.ui.cells import Line, Tone
    from perfkit.client.ui.desk import Desk
    from perfkit.model.readings import Readings

SMALLEST: Final = (40, 8)  # columns and rows below which nothing can be shown
ALWAYS: Final = (("?", "help"), (":", "go"), ("q", "quit"), ("ctrl-p", "performance"))


def head(desk: Desk, readings: Readings | None, columns: int) -> list[Line]:
    """Context and server, what this program needs; below, namespaces with their digits."""
    session = desk.session
    where = f"{session.context}  {session.server}" if session else "not connected"
    needs = _needs(readings)
    room = columns - width(needs)
    first = (*cut((("perfkit lean  ", "title"), (clean(where), "plain")), room), (needs, "dim"))
    numbered = [(0, "all", ""), *((at, name, name) for at, name in enumerate(desk.favourites, 1))]
    second: list[tuple[str, Tone]] = []
    for digit, said, name in numbered:
        second += [(f"<{digit}>", "key"), (f" {clean(said)}  ", "title" if name == desk.namespace else "dim")]
    return [cut(first, columns), cut(tuple(second), columns)]


def rule(title: str, columns: int) -> Line:
    """The line above a page, with its title."""
    text = f"── {clean(title)} " if title else ""
    return cut(((text, "title"), ("─" * max(0, columns - width(text)), "dim")), columns)


def foot(desk: Desk, columns: int) -> Line:
    """What is being typed; else what is wrong, what was done, what keys do here."""
    if desk.typing is not None:
        return cut(desk.typing.line(), columns)
    if desk.problem:
        return cut(((f"! {clean(desk.problem)}", "error"),), columns)
    if desk.message:
        return cut(((clean(desk.message), "title"),), columns)
    hints: list[tuple[str, Tone]] = []
    own = dict(desk.page.hints if desk.page else ())
    for key, what in (*own.items(), *((key, what) for key, what in ALWAYS if key not in own)):
        hints += [(f"<{key}>", "key"), (f" {what}  ", "dim")]
    return cut(tuple(hints), columns)


def trouble(desk: Desk, columns: int) -> list[Line]:
    """What is wrong, whole, for where there is no page: the line at the foot may be too short for it."""
    return [cut(((line, "error"),), columns) for line in wrap(clean(desk.problem), max(columns, 1))]


def too_small(columns: int, rows: int) -> list[Line]:
    """What to say where there is no room for anything; nothing where there is."""
    if columns >= SMALLEST[0] and rows >= SMALLEST[1]:
        return []
    text = f"terminal too small: {columns}×{rows}, at least {SMALLEST[0]}×{SMALLEST[1]}"
    return [cut(((text[at : at + columns], "error"),), columns) for at in range(0, len(text), max(columns, 1))]


def _needs(readings: Readings | None) -> str:
    if readings is None:
        return ""
    cpu = "" if readings.cpu is None else f"CPU {format_value(readings.cpu, 'ratio')}"
    memory = "" if readings.memory is None else f"memory {format_value(readings.memory, 'bytes')}"
    return "  ".join(each for each in (cpu, memory) if each) + " "
