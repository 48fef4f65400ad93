"""Readings as small tables of text, and tables as lines of a given width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from perfkit.model.units import format_duration, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.readings import Readings
    from perfkit.model.units import Dimension

NARROWEST: Final = 6  # columns that a name keeps


class Section(NamedTuple):
    """A title, the heads of the columns beside it, and rows of a name and its cells."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(readings: Readings) -> dict[str, Section]:
    """All there are, by key; those without rows too."""
    return {
        "requests": _requests(readings),
        "watches": _watches(readings),
        "caches": _caches(readings),
        "queues": _queues(readings),
        "slow": _slow(readings),
        "parts": _parts(readings),
        "switches": _switches(readings),
    }


def vitals(readings: Readings) -> list[str]:
    """What is told in a word each, the most important first."""
    gc = readings.gc
    counted = {
        "processes": readings.processes,
        "threads": readings.threads,
        "tasks": readings.tasks,
        "goroutines": readings.goroutines,
        "files": readings.descriptors,
    }
    return [
        *([] if readings.uptime is None else [f"up {format_duration(readings.uptime)}"]),
        *(f"{count:,} {_one(name) if count == 1 else name}" for name, count in counted.items() if count is not None),
        *([] if not readings.loop_lag else [f"loop p99 {_of(readings.loop_lag, 'time')}"]),
        *([] if gc is None else [f"GC {gc.runs:,}, longest {_of(gc.longest, 'time')}"]),
        *([] if readings.overhead is None else [f"watching costs {_of(readings.overhead, 'ratio')}"]),
    ]


def lines(section: Section, width: int, most: int) -> list[str]:
    """Title and heads, then ``most`` rows at most; cells are as wide as they must, the names get the rest.

    Columns in which nothing stands are left out, and the last ones where the width does not allow them.
    """
    section = _told(section)
    shown = section.rows[:most]
    table = [section.head, *(row[1:] for row in shown)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    while widths and width - sum(each + 1 for each in widths) < NARROWEST:
        widths.pop()  # the last columns matter least
    left = width - sum(each + 1 for each in widths)
    text = [_line(section.title, section.head, left, widths), *(_line(row[0], row[1:], left, widths) for row in shown)]
    more = len(section.rows) - len(shown)
    return [*text, f"… {more} more"] if more else text


def _told(section: Section) -> Section:
    """The section without columns that tell nothing."""
    told = [any(row[place] for row in section.rows) for place in range(1, len(section.head) + 1)]
    rows = tuple((row[0], *(cell for cell, tells in zip(row[1:], told, strict=True) if tells)) for row in section.rows)
    return Section(section.title, tuple(h for h, tells in zip(section.head, told, strict=True) if tells), rows)


def _line(name: str, cells: Sequence[str], left: int, widths: Sequence[int]) -> str:
    shown = name if len(name) <= left else f"{name[: left - 1]}…"
    return f"{shown:<{left}}" + "".join(f" {cell:>{width}}" for cell, width in zip(cells, widths, strict=False))


def _one(name: str) -> str:
    return name.removesuffix("es") if name == "processes" else name.removesuffix("s")


def _of(value: float | None, dimension: Dimension) -> str:
    return "–" if value is None else format_value(value, dimension)


def _requests(readings: Readings) -> Section:
    """Busiest first; a watch is told by its events, elsewhere."""
    ordered = sorted(readings.calls, key=lambda call: (-(call.rate or 0.0), -call.count, call.verb, call.resource))
    rows = [
        (
            f"{call.verb} {call.resource}".strip(),
            *(_of(each, "time") for each in (call.p50, call.p95, call.p99)),
            _of(call.rate, "rate"),
            f"{call.count:,}",
            f"{call.failed:,}" if call.failed else "",
            f"{call.under_way:,}" if call.under_way else "",
        )
        for call in ordered
    ]
    return Section("requests", ("p50", "p95", "p99", "rate", "count", "failed", "open"), tuple(rows))


def _watches(readings: Readings) -> Section:
    rows = [
        (
            watch.resource,
            _of(watch.rate, "rate"),
            _of(watch.staleness, "time"),
            f"{watch.events:,}",
            f"{watch.restarts:,}" if watch.restarts else "",
        )
        for watch in sorted(readings.watches, key=lambda watch: (-(watch.rate or 0.0), watch.resource))
    ]
    return Section("watches", ("rate", "stale", "events", "restarts"), tuple(rows))


def _caches(readings: Readings) -> Section:
    rows = [
        (
            cache.name,
            _of(cache.ratio, "ratio"),
            "" if cache.size is None else f"{cache.size:,}",
            "" if cache.bytes is None else format_value(cache.bytes, "bytes"),
            f"{cache.misses:,}",
        )
        for cache in readings.caches
    ]
    return Section("caches", ("hits", "size", "bytes", "misses"), tuple(rows))


def _queues(readings: Readings) -> Section:
    """Queues, and the limiters that let wait too."""
    rows = [
        (
            queue.name,
            "–" if queue.depth is None else f"{queue.depth:,}",
            _of(queue.wait, "time"),
            _of(queue.work, "time"),
            "" if queue.rate is None else format_value(queue.rate, "rate"),
            "" if queue.retries is None else f"{queue.retries:,}",
        )
        for queue in readings.queues
    ]
    rows += [(f"limiter {each.name}", "", _of(each.p95, "time"), "", "", "") for each in readings.limiters]
    return Section("queues", ("depth", "wait p95", "work p95", "rate", "retries"), tuple(rows))


def _slow(readings: Readings) -> Section:
    """The newest first."""
    rows = [(f"{each.at[11:19]} {each.name}", format_value(each.seconds, "time")) for each in reversed(readings.slow)]
    return Section("slow operations", ("took",), tuple(rows))


def _parts(readings: Readings) -> Section:
    rows = [(part.name, _of(part.cpu, "time"), _of(part.bytes, "bytes")) for part in readings.parts]
    return Section("components", ("CPU", "holds"), tuple(rows))


def _switches(readings: Readings) -> Section:
    rows = [(each.name, each.state or ("on" if each.on else "off")) for each in readings.switches]
    return Section("switches", ("",), tuple(rows))
