"""What a client asked of its cluster, as metrics: read off the record of requests, whole and in parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from perfkit.model.histogram import Histogram
from perfkit.model.requests import FLOW_NS, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from perfkit.model.windows import Window


class Amount(NamedTuple):
    """Something that adds up: when, of which request, and how much."""

    ns: int
    entry: Entry
    value: float = 1.0


def api_values(entries: Sequence[Entry], windows: Iterable[Window]) -> dict[str, float]:
    """All that adds up, whole and in parts, the chatter of idle windows, and how far behind watches ran.

    ``entries`` are in order of arrival; times of both are on one clock. A part that is zero is left out:
    ``model.result.sample`` knows it.
    """
    windows = tuple(windows)
    values: dict[str, float] = {}
    for name, count in _COUNTED.items():
        values |= _parts(name, list(count(entries)), windows)
    return values | _connections(entries, windows) | _chatter(entries, windows) | _lag(entries, windows)


# ---- what is counted


def _requests(entries: Iterable[Entry]) -> Iterator[Amount]:
    return (Amount(entry.ns, entry) for entry in entries)


def _errors(entries: Iterable[Entry]) -> Iterator[Amount]:
    return (Amount(entry.ns, entry) for entry in entries if entry.status >= 400)


def _bytes(entries: Iterable[Entry]) -> Iterator[Amount]:
    """An answer's bytes when it was asked for, those of a watch's events when they were delivered."""
    for entry in entries:
        flowed = 0
        for ns, (_, size) in _flow(entry):
            flowed += size
            yield Amount(ns, entry, size)
        yield Amount(entry.ns, entry, entry.bytes - flowed)


def _watch_events(entries: Iterable[Entry]) -> Iterator[Amount]:
    return (Amount(ns, entry, events) for entry in entries for ns, (events, _) in _flow(entry))


def _flow(entry: Entry) -> Iterator[tuple[int, list[int]]]:
    return ((_middle(slice_), sums) for slice_, sums in entry.flow.items())


def _middle(slice_: int) -> int:
    """When what was counted in a slice happened, on average (ns)."""
    return slice_ * FLOW_NS + FLOW_NS // 2


def _duplicates(entries: Iterable[Entry]) -> Iterator[Amount]:
    """A LIST that was answered before, the same; one that follows a watch that ended is a relist instead."""
    listed: set[tuple[str, ...]] = set()
    for entry, again in _reads(entries):
        key = _collection(entry)
        if entry.verb == "list":
            if key in listed and not again:
                yield Amount(entry.ns, entry)
            listed.add(key)


def _relists(entries: Iterable[Entry]) -> Iterator[Amount]:
    """The first read of a whole collection after a watch of it ended."""
    return (Amount(entry.ns, entry) for entry, again in _reads(entries) if again)


def _reads(entries: Iterable[Entry]) -> Iterator[tuple[Entry, bool]]:
    """Each read of a collection from its beginning, and whether it is the first after a watch of it ended."""
    ends: dict[tuple[str, ...], list[int]] = defaultdict(list)  # of the watches since the last read
    for entry in entries:
        key = _collection(entry)
        if _reads_all(entry) and 0 < entry.status < 400:
            lost = [end for end in ends[key] if end <= entry.ns]
            yield entry, bool(lost)
            ends[key] = [end for end in ends[key] if end > entry.ns]
        if entry.verb == "watch" and entry.last_ns is not None:
            ends[key].append(entry.last_ns)


def _watch_restarts(entries: Iterable[Entry]) -> Iterator[Amount]:
    """A watch of what was watched before, where that watch has ended."""
    ends: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for entry in entries:
        if entry.verb == "watch":
            key = _collection(entry)
            lost = [end for end in ends[key] if end <= entry.ns]
            if lost:
                ends[key].remove(lost[0])
                yield Amount(entry.ns, entry)
            if entry.last_ns is not None:
                ends[key].append(entry.last_ns)


def _behind(entries: Iterable[Entry]) -> Iterator[Amount]:
    """What the last watch of each collection had not taken: of one before it the next one took the rest."""
    last = {_collection(entry): entry for entry in entries if entry.verb == "watch"}
    return (Amount(entry.last_ns or entry.ns, entry, entry.behind) for entry in last.values())


def _retries(entries: Iterable[Entry]) -> Iterator[Amount]:
    return (Amount(entry.ns, entry) for entry, _ in _retried(entries))


def _impatient(entries: Iterable[Entry]) -> Iterator[Amount]:
    """Retries that came before the time that Retry-After asked for had passed."""
    for entry, refused in _retried(entries):
        if refused.retry_after is not None and entry.ns < (refused.last_ns or 0) + refused.retry_after * 1e9:
            yield Amount(entry.ns, entry)


def _retried(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Requests that repeat one that was refused with 429 or 5xx, with the refused one; each refusal counts once."""
    refused: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        key = (entry.agent, entry.method, entry.path, *map("=".join, _query(entry)))
        earlier = next((each for each in refused[key] if each.last_ns is not None and each.last_ns <= entry.ns), None)
        if earlier is not None:
            refused[key].remove(earlier)
            yield entry, earlier
        if entry.status == 429 or entry.status >= 500:
            refused[key].append(entry)


def _faults(entries: Iterable[Entry]) -> Iterator[Amount]:
    return (Amount(entry.ns, entry, entry.fault.count(",") + 1) for entry in entries if entry.fault)


_COUNTED: dict[str, Callable[[Sequence[Entry]], Iterator[Amount]]] = {
    "api.requests": _requests,
    "api.bytes_received": _bytes,
    "api.errors": _errors,
    "api.duplicates": _duplicates,
    "api.relists": _relists,
    "api.watch_restarts": _watch_restarts,
    "api.watch_events": _watch_events,
    "api.watch_behind": _behind,
    "api.faults": _faults,
    "api.retries": _retries,
    "api.retry_after_ignored": _impatient,
}


# ---- how it is told


def _parts(name: str, amounts: Sequence[Amount], windows: Iterable[Window]) -> dict[str, float]:
    """The whole, and each verb of each resource, throughout the trial and in each window."""
    parts: Counter[str] = Counter()
    for ns, entry, value in amounts:
        part = f"{name}{{resource={entry.what},verb={entry.action}}}"
        for prefix in _prefixes(ns, windows):
            parts[prefix + part] += value  # type: ignore[assignment]
    return {name: float(sum(amount.value for amount in amounts))} | {
        part: float(value) for part, value in parts.items() if value
    }


def _connections(entries: Iterable[Entry], windows: Iterable[Window]) -> dict[str, float]:
    """How many carried their first request in each window; that of a port used again counts as the former."""
    first: dict[int, int] = {}
    for entry in entries:
        first.setdefault(entry.port, entry.ns)
    return {f"{window.name}/api.connections": float(sum(map(window.holds, first.values()))) for window in windows}


def _chatter(entries: Iterable[Entry], windows: Iterable[Window]) -> dict[str, float]:
    """Requests a second in idle windows, each and all together."""
    times = [entry.ns for entry in entries]
    idle = {window.name: window for window in windows if window.do == "idle" and window.seconds > 0}
    counts = {name: sum(map(window.holds, times)) for name, window in idle.items()}
    values = {f"{name}/api.chattiness": counts[name] / window.seconds for name, window in idle.items()}
    if idle:
        values["api.chattiness"] = sum(counts.values()) / sum(window.seconds for window in idle.values())
    return values


def _lag(entries: Iterable[Entry], windows: Iterable[Window]) -> dict[str, float]:
    """How late events were, throughout and of each window those that were delivered in it; none where none was."""
    lags: defaultdict[str, Histogram] = defaultdict(Histogram)
    for slice_, counts in (each for entry in entries for each in entry.lags.items()):
        for prefix in _prefixes(_middle(slice_), windows):
            lags[prefix].merge(counts)
    return {
        f"{prefix}api.watch_lag.{stat}": lag.quantile(share) / 1e9
        for prefix, lag in lags.items()
        for stat, share in _LAG_SHARES.items()
    }


_LAG_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "peak": 1.0}


def _prefixes(ns: int, windows: Iterable[Window]) -> tuple[str, ...]:
    """What names begin with of that to which a moment belongs: of the trial, and of each window that holds it."""
    return ("", *(f"{window.name}/" for window in windows if window.holds(ns)))


# ---- what makes two requests the same

_VOLATILE = frozenset({"timeoutSeconds", "timeout"})  # drawn at random, or how long to wait: not what is asked for
_SELECTING = frozenset({"labelSelector", "fieldSelector"})


def _query(entry: Entry) -> list[tuple[str, str]]:
    pairs = parse_qsl(entry.query, keep_blank_values=True)
    return sorted(pair for pair in pairs if pair[0] not in _VOLATILE)


def _collection(entry: Entry) -> tuple[str, ...]:
    """Whose reading of what: user agent, path, selectors."""
    selectors = ("=".join(pair) for pair in _query(entry) if pair[0] in _SELECTING)
    return (entry.agent, entry.path.removesuffix("/"), *selectors)


def _reads_all(entry: Entry) -> bool:
    """Whether it reads a collection from its beginning: a first page, or a watch that starts with the present state."""
    query = dict(_query(entry))
    if entry.verb == "list":
        return not query.get("continue")
    if entry.verb != "watch":
        return False
    return query.get("sendInitialEvents") == "true" or query.get("resourceVersion", "") in {"", "0"}
