"""How a program did, on a page: for its end, or whenever it is asked."""

from __future__ import annotations

import heapq
import sys
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.units import format_duration, format_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.monitor.calls import CallTimes
    from perfkit.monitor.snapshot import Snapshot
    from perfkit.monitor.timing import Times

_WIDTH: Final = 30  # of names
_SLOW: Final = 5
_LEAKS: Final = 3
_HEAD: Final = ("count", "p50", "p95", "p99", "longest")


def write(snapshot: Snapshot, where: str) -> None:
    """To a file, as JSON where its name ends so, or to stderr (``-``). Raises OSError."""
    if where.endswith(".json"):
        Path(where).write_bytes(msgspec.json.encode(snapshot))
    elif where == "-":
        sys.stderr.write(render(snapshot))
    else:
        Path(where).write_text(render(snapshot))


def render(snapshot: Snapshot) -> str:
    """As text, 80 columns. What there is nothing of is left out."""
    lines = [
        *_process(snapshot),
        *_table("API", map(_call, snapshot.api), *_HEAD),
        *_table("of that", _parts(snapshot.api), "", "wait", "transfer", "decode", "failed"),
        *_table("operations", (_times(each.name, each.times) for each in snapshot.operations), *_HEAD),
        *_table("limiters", (_times(each.name, each.wait) for each in snapshot.limiters), *_HEAD),
        *_table("components", _components(snapshot), "CPU", "sections", "holds"),
        *_table("caches", _caches(snapshot), "hits", "misses", "ratio"),
        *_table("queues", ((each.name, str(each.depth), str(each.peak)) for each in snapshot.queues), "depth", "peak"),
        *_table("watches", _watches(snapshot), "events", "stale", "restarts"),
        *_table("start", ((mark.name, format_value(mark.seconds, "time")) for mark in snapshot.start), "after"),
        *_slow(snapshot),
    ]
    return "\n".join(lines) + "\n"


def _process(snapshot: Snapshot) -> Iterator[str]:
    memory, cpu, gc = snapshot.memory, snapshot.cpu, snapshot.gc
    rss, peak = (
        "not measurable" if size is None else format_value(size, "bytes") for size in (memory.rss, memory.peak)
    )
    yield f"{snapshot.at} · watched for {format_duration(snapshot.uptime)}"
    yield f"memory   {rss}, peak {peak}"
    now, most = format_value(cpu.share, "ratio"), format_value(cpu.peak, "ratio")
    yield f"CPU      {format_value(cpu.seconds, 'time')}, now {now}, peak {most}"
    yield f"threads  {snapshot.threads}, tasks {snapshot.tasks}"
    if snapshot.loop.lag.count:
        lag = snapshot.loop.lag
        yield f"loop     lag p99 {format_value(lag.p99, 'time')}, longest {format_value(lag.longest, 'time')}"
    runs = "/".join(map(str, gc.runs))
    yield f"GC       {runs} runs, {format_value(gc.seconds, 'time')}, longest {format_value(max(gc.longest), 'time')}"
    if snapshot.alerts:
        yield f"ALERTS   {', '.join(snapshot.alerts)}"
    for name, least in heapq.nlargest(_LEAKS, snapshot.leaks.items(), key=itemgetter(1)):
        yield f"LEAK?    +{least} or more at each look: {name[-_WIDTH:]}"


def _table(title: str, rows: Iterable[tuple[str, ...]], *head: str) -> Iterator[str]:
    rows = list(rows)
    if rows:
        yield ""
        for row in ((title, *head), *rows):
            name = row[0] if len(row[0]) <= _WIDTH else f"{row[0][: _WIDTH - 1]}…"
            yield f"{name:<{_WIDTH}}{''.join(f'{cell:>10}' for cell in row[1:])}".rstrip()


def _call(call: CallTimes) -> tuple[str, ...]:
    return _times(f"{call.verb} {call.resource}", call.total)


def _parts(calls: Iterable[CallTimes]) -> Iterator[tuple[str, ...]]:
    """Medians."""
    for call in calls:
        medians = (
            format_value(part.p50, "time") if part.count else "" for part in (call.wait, call.transfer, call.decode)
        )
        yield (f"{call.verb} {call.resource}", "", *medians, str(call.failed))


def _times(name: str, times: Times) -> tuple[str, ...]:
    return (
        name,
        str(times.count),
        *(format_value(each, "time") for each in (times.p50, times.p95, times.p99, times.longest)),
    )


def _components(snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    for part in snapshot.components:
        held = "" if part.bytes is None else format_value(part.bytes, "bytes")
        yield part.name, format_value(part.cpu, "time"), str(part.sections), held


def _caches(snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    for cache in snapshot.caches:
        yield (
            cache.name,
            str(cache.hits),
            str(cache.misses),
            "" if cache.ratio is None else format_value(cache.ratio, "ratio"),
        )


def _watches(snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    for watch in snapshot.watches:
        stale = "" if watch.staleness is None else format_value(watch.staleness, "time")
        yield watch.resource, str(watch.events), stale, str(sum(watch.restarts.values()))


def _slow(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.slow:
        yield ""
        yield f"slow operations: {snapshot.slow_seen}, the last {min(_SLOW, len(snapshot.slow))}"
        for each in snapshot.slow[-_SLOW:]:
            what = " ".join(f"{key}={value}" for key, value in each.attributes.items())
            yield f"  {each.at}  {format_value(each.seconds, 'time'):>8}  {each.operation}  {what}".rstrip()
