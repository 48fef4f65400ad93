"""The API requests of one trial over time: waiting for the first byte, then until the last, or open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.model.units import format_value
from perfkit.views.curve import Span
from perfkit.views.grids import Grid
from perfkit.views.report.figure import Row, bar, figure, round_ticks, rows, table
from perfkit.views.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.requests import Entry
    from perfkit.views.report.content import Exhibit

MOST: Final = 40  # requests
HEIGHT: Final = 18
LONGEST_PATH: Final = 60  # characters


def waterfall(exhibit: Exhibit) -> str:
    """The figure; nothing without requests."""
    entries = exhibit.requests
    if not entries:
        return ""
    shown = entries[:MOST]
    origin = exhibit.trial.origin_ns or entries[0].ns
    end = max(each.last_ns or each.first_ns or each.ns for each in shown)
    span = Span(0.0, max(end - origin, 1) / 1e9, logarithmic=False)
    lines = [_row(each, origin, span) for each in shown]
    cut = f" The first {MOST} of {counted(len(entries), 'request')} are shown." if len(entries) > MOST else ""
    remark = (
        f"Since exec. Pale: waiting for the first byte; full: until the last; outlined: a watch, or not ended.{cut}"
    )
    title = f"API requests of {exhibit.name}"
    return figure(title, rows(lines, round_ticks(span, "time"), HEIGHT), table(_grid(shown, origin, title)), [remark])


def _row(entry: Entry, origin: int, span: Span) -> Row:
    def share(ns: int) -> float:
        return min(1.0, max(0.0, span.share((ns - origin) / 1e9)))

    first = entry.ns if entry.first_ns is None else entry.first_ns
    shapes = bar(share(entry.ns), share(first), 4, 10, "wait")
    if entry.last_ns is None or entry.verb == "watch":
        begin, end = share(first), 1.0 if entry.last_ns is None else share(entry.last_ns)
        shapes += bar(begin, end, 4.5, 9, "open")
    else:
        shapes += bar(share(first), share(entry.last_ns), 4, 10, "send")
    told, status = _lasted(entry), str(entry.status or "…")
    words = f"{what(entry)} at {_since(entry.ns, origin)}, {told}, status {status}"
    return Row(what(entry), shapes, told, words, "bad" if entry.status >= 400 else "c0", status)


def what(entry: Entry) -> str:
    """``list pods``; of what concerns no resource method and path."""
    if entry.verb:
        return f"{entry.verb} {entry.what}"
    path = entry.path if len(entry.path) <= LONGEST_PATH else f"{entry.path[: LONGEST_PATH - 1]}…"
    return f"{entry.method} {path}"


def _lasted(entry: Entry) -> str:
    return "open" if entry.last_ns is None else format_value((entry.last_ns - entry.ns) / 1e9, "time")


def _since(ns: int, origin: int) -> str:
    return format_value((ns - origin) / 1e9, "time")


def _grid(entries: Sequence[Entry], origin: int, title: str) -> Grid:
    grid = Grid(
        title, ("", "namespace", "query", "at", "first byte", "last byte", "status", "size", "objects", "events")
    )
    for each in entries:
        first = "–" if each.first_ns is None else _since(each.first_ns, each.ns)
        status = f"{each.status or '…'}{f' ({each.fault})' if each.fault else ''}"
        counts = (f"{each.objects:,}" if each.objects else "", f"{each.events:,}" if each.events else "")
        where = (each.namespace, each.query if len(each.query) <= LONGEST_PATH else f"{each.query[:LONGEST_PATH]}…")
        times = (_since(each.ns, origin), first, _lasted(each))
        grid.rows.append((what(each), *where, *times, status, format_value(each.bytes, "bytes"), *counts))
    return grid
