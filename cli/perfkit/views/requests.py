"""Requests to a mock cluster for a person: summed up, line by line, or as a waterfall."""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from perfkit.model.units import format_value
from perfkit.views.grids import Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.measure.requests import Sum
    from perfkit.model.requests import Entry

SCHEMA: Final = "perfkit.requests/1"
LABEL: Final = 30  # columns of a waterfall before its bars
BARS: Final = 32
WAITING, SENDING, OPEN = "-", "█", "▶"
COLUMNS: Final = (
    *("number", "time", "verb", "resource", "namespace", "selectors", "method", "path", "query", "status", "bytes"),
    *("objects", "events", "first", "last", "connection", "http", "agent", "fault"),
)


def summary(sums: Sequence[Sum], title: str) -> Grid:
    """The table by verb and resource."""
    grid = Grid(title, ("", "requests", "open", "bytes", "errors", "events", "p50", "p99"))
    for each in sums:
        counts = (str(number) if number else "" for number in (each.open, each.errors, each.events))
        open_, errors, events = counts
        times = (_time(each.p50), _time(each.p99))
        size = format_value(each.bytes, "bytes")
        grid.rows.append((f"{each.verb} {each.resource}", f"{each.count:,}", open_, size, errors, events, *times))
    return grid


def line(entry: Entry) -> str:
    """One request: when, what, its answer, how long to its first and last byte, and whose."""
    what = " ".join(filter(None, (_what(entry), *(f"?{selector}" for selector in _selectors(entry)))))
    first = _time(None if entry.first_ns is None else (entry.first_ns - entry.ns) / 1e9)
    last = "open" if entry.last_ns is None else _time((entry.last_ns - entry.ns) / 1e9)
    size = format_value(entry.bytes, "bytes")
    events = f" {entry.events:,} events" if entry.events else ""
    events += f" ({entry.fault})" if entry.fault else ""
    whose = f":{entry.port} {entry.agent.partition(' ')[0]}"
    return f"{_clock(entry)}  {what}  {entry.status or '…'} {size}{events}  {first} / {last}  {whose}"


def waterfall(entries: Sequence[Entry]) -> list[str]:
    """Requests as bars over time, in 80 columns: waiting for the first byte, then until the last."""
    if not entries:
        return []
    begin = entries[0].ns
    end = max(entry.last_ns or entry.first_ns or entry.ns for entry in entries)
    scale = BARS / max(1, end - begin)
    return [
        f"{_cut(_what(entry), LABEL - 4):<{LABEL - 4}} {entry.status or '…':>3} "
        f"{_bar(entry, begin, scale)} {_offset(entry, begin)}"
        for entry in entries
    ]


def document(entries: Iterable[Entry], sums: Iterable[Sum]) -> str:
    """Both as one JSON document."""
    body = {
        "schema": SCHEMA,
        "summary": [msgspec.to_builtins(each) for each in sums],
        "requests": [_row(each) for each in entries],
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=1).decode() + "\n"


def json_line(entry: Entry) -> str:
    """One request as a line of JSON."""
    return msgspec.json.encode(_row(entry)).decode()


def table(rows: Iterable[Sequence[object]], header: Sequence[str] | None = None) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header is not None:
        writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def cells(entry: Entry) -> list[object]:
    """One request as a row of CSV, in the order of COLUMNS; what is not known is empty."""
    row = _row(entry)
    return ["" if row[name] is None else row[name] for name in COLUMNS]


def sum_cells(each: Sum) -> list[object]:
    """One sum as a row of CSV, in the order of its fields."""
    return ["" if value is None else value for value in msgspec.structs.astuple(each)]


def _row(entry: Entry) -> dict[str, Any]:
    """A request as data; times in seconds, ``first`` and ``last`` from its arrival."""
    return {
        "number": entry.number,
        "time": _wall(entry).isoformat(timespec="milliseconds"),
        "verb": entry.action,
        "resource": entry.what,
        "namespace": entry.namespace,
        "selectors": " ".join(_selectors(entry)),
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "status": entry.status,
        "bytes": entry.bytes,
        "objects": entry.objects,
        "events": entry.events,
        "first": None if entry.first_ns is None else (entry.first_ns - entry.ns) / 1e9,
        "last": None if entry.last_ns is None else (entry.last_ns - entry.ns) / 1e9,
        "connection": entry.port,
        "http": entry.http,
        "agent": entry.agent,
        "fault": entry.fault,
    }


def _what(entry: Entry) -> str:
    if not entry.resource:
        return f"{entry.action} {entry.path}"
    name = f" -n {entry.namespace}" if entry.namespace else ""
    return f"{entry.action} {entry.what}{name}"


def _selectors(entry: Entry) -> list[str]:
    return [value for name, value in parse_qsl(entry.query) if name in {"labelSelector", "fieldSelector"}]


def _bar(entry: Entry, begin: int, scale: float) -> str:
    start = min(BARS - 1, int((entry.ns - begin) * scale))
    first = BARS if entry.first_ns is None else int((entry.first_ns - begin) * scale)
    last = BARS - 1 if entry.last_ns is None else max(start + 1, int((entry.last_ns - begin) * scale))
    first = min(max(start, first), last - 1) if entry.last_ns is not None else min(max(start, first), last)
    bar = " " * start + WAITING * (first - start) + SENDING * (last - first) + (OPEN if entry.last_ns is None else "")
    return f"{bar:<{BARS}}"[:BARS]


def _offset(entry: Entry, begin: int) -> str:
    taken = "open" if entry.last_ns is None else _time((entry.last_ns - entry.ns) / 1e9)
    return f"+{_time((entry.ns - begin) / 1e9)} {taken}".replace("+0.00 ns", "+0")


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else format_value(seconds, "time")


def _clock(entry: Entry) -> str:
    return f"{_wall(entry):%H:%M:%S.%f}"[:-3]


def _wall(entry: Entry) -> datetime:
    """When it was, by the clock on the wall: both clocks are this machine's."""
    return datetime.fromtimestamp(time.time() - (time.monotonic_ns() - entry.ns) / 1e9).astimezone()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
