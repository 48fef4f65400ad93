"""Latency as the client sees it: the server's log of requests joined with the link's log of bytes.

A request begins when its last bytes were taken from the client and ends when the last of its answer was written to the
client. The two logs share the port of the relay's connection to the server. Only the server knows where requests and
answers lie in the encrypted stream: by when a request had arrived and when its answer had been handed over. All that
the relay has read by then, before it heard of the client again, is of that answer, headers, frames and all. This holds
where one request at a time is in flight on a connection: what shares it with another, or with a watch, is approximate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING

import msgspec

from perfkit.network.edges import Edge, read_edges

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from perfkit.model.requests import Entry
    from perfkit.model.windows import Window

PASSED = frozenset({Edge.FROM_CLIENT, Edge.TO_SERVER, Edge.FROM_SERVER, Edge.TO_CLIENT})
TLS_RECORD, TLS_OVERHEAD = 16384, 22  # bytes that a record holds at most, and adds at least
SETTLED = 20_000_000  # ns after which the relay has read what the server handed over, where it waits for nothing else
SMALL = 64 * 1024  # bytes: the body of an answer that a person waits for as a whole, such as one object or one page


class Latency(msgspec.Struct, frozen=True):
    """One answer: of which request, when that came to the server, when the client sent it and had its answer (ns)."""

    number: int
    ns: int
    sent_ns: int
    had_ns: int
    verb: str
    bytes: int
    exact: bool  # not in flight together with another on one connection

    @property
    def seconds(self) -> float:
        """How long the client waited."""
        return (self.had_ns - self.sent_ns) / 1e9

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """By what ``api.latency`` is split; a request that concerns no resource has no verb."""
        size = ("size", "small" if self.bytes <= SMALL else "large")
        return (("verb", self.verb), size) if self.verb else (size,)


class Latencies(msgspec.Struct, frozen=True):
    """In order of arrival."""

    answers: tuple[Latency, ...] = ()

    @property
    def approximate(self) -> int:
        """How many were in flight together with another on one connection."""
        return sum(not answer.exact for answer in self.answers)

    @property
    def had(self) -> dict[int, int]:
        """By the number of its request, when the client had an answer (ns), where that is known exactly."""
        return {answer.number: answer.had_ns for answer in self.answers if answer.exact}

    @property
    def values(self) -> tuple[float, ...]:
        """Seconds."""
        return tuple(answer.seconds for answer in self.answers)

    def parts(self) -> dict[str, list[float]]:
        """Seconds by label, as ``{verb=list}``; those of all without one."""
        found: dict[str, list[float]] = defaultdict(list)
        for answer in self.answers:
            for label in ("", *(f"{{{key}={value}}}" for key, value in answer.labels)):
                found[label].append(answer.seconds)
        return found

    def within(self, window: Window) -> Latencies:
        """Those that were asked for in it."""
        return Latencies(tuple(answer for answer in self.answers if window.holds(answer.ns)))


class _Passage:
    """How many bytes had passed one edge of a connection, and when."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.totals: list[int] = []

    def add(self, ns: int, total: int) -> None:
        self.times.append(ns)
        self.totals.append(total)

    def by(self, ns: int) -> int:
        """Bytes that had passed by then."""
        at = bisect_right(self.times, ns)
        return self.totals[at - 1] if at else 0

    def after(self, ns: int) -> float:
        """When the first byte passed after that; infinite: none did."""
        at = bisect_right(self.times, ns)
        return self.times[at] if at < len(self.times) else inf

    def reached(self, total: int) -> int | None:
        """When so many had passed; None: never."""
        at = bisect_left(self.totals, total)
        return self.times[at] if at < len(self.times) else None


def latencies(requests: Iterable[Entry], edges: Path) -> Latencies:
    """Join requests with the log of the link that they came over. Raises ValueError for a file that is no such log."""
    connections = _connections(edges)
    all_of_them = list(requests)
    shared = _shared(all_of_them)
    follows = _followed(all_of_them)
    answers = []
    for request in all_of_them:
        passed = _connection_of(request, connections) if request.answered else None
        span = _span(request, passed, follows[request.number]) if passed is not None else None
        if span is not None:
            exact = request.number not in shared
            answers.append(Latency(request.number, request.ns, *span, request.verb, request.bytes, exact))
    return Latencies(tuple(answers))


def _shared(requests: Iterable[Entry]) -> set[int]:
    """The numbers of those that were in flight together with another on their port; a watch is so until its end."""
    open_ones: dict[int, list[tuple[float, int]]] = defaultdict(list)  # port → (end in ns, number)
    shared: set[int] = set()
    for request in requests:
        others = [each for each in open_ones[request.port] if each[0] > request.ns]
        if others:
            shared |= {request.number, *(number for _, number in others)}
        open_ones[request.port] = [*others, (request.last_ns or inf, request.number)]
    return shared


def _followed(requests: Iterable[Entry]) -> dict[int, float]:
    """By its number, when the next request came on a request's port; infinite: none did."""
    found: dict[int, float] = {}
    last: dict[int, int] = {}  # port → number
    for request in requests:
        found[request.number] = inf
        if request.port in last:
            found[last[request.port]] = request.ns
        last[request.port] = request.number
    return found


def _connections(edges: Path) -> dict[int, list[tuple[int, dict[Edge, _Passage]]]]:
    """Port of the relay's connection to the server → when it was opened, and its four edges, each time it was."""
    ports: dict[int, list[tuple[int, dict[Edge, _Passage]]]] = defaultdict(list)
    passages: dict[int, dict[Edge, _Passage]] = defaultdict(lambda: defaultdict(_Passage))
    for record in read_edges(edges):
        if record.edge is Edge.OPENED:
            ports[record.total].append((record.ns, passages[record.connection]))
        elif record.edge in PASSED:
            passages[record.connection][record.edge].add(record.ns, record.total)
    return ports


def _connection_of(
    request: Entry, connections: dict[int, list[tuple[int, dict[Edge, _Passage]]]]
) -> dict[Edge, _Passage] | None:
    """The connection that had the request's port when it came; None where the log has none."""
    had = [passed for opened, passed in connections.get(request.port, ()) if opened <= request.ns]
    return had[-1] if had else None


def _span(request: Entry, passed: dict[Edge, _Passage], followed: float) -> tuple[int, int] | None:
    """When the client sent it, and had its answer (ns).

    None where its bytes are not in the log, as those of an answer that the client never got.
    """
    began = passed[Edge.FROM_CLIENT].reached(passed[Edge.TO_SERVER].by(request.ns))
    ended = _ended(request, passed, followed)
    return None if began is None or ended is None else (began, ended)


def _ended(request: Entry, passed: dict[Edge, _Passage], followed: float) -> int | None:
    """When the client had all that the server sent before it heard of the client again."""
    sent, come = passed[Edge.FROM_SERVER], passed[Edge.TO_CLIENT]
    overhead = -(-request.bytes // TLS_RECORD) * TLS_OVERHEAD
    least = sent.by(request.ns) + max(1, request.bytes + overhead)
    read = sent.reached(least)
    if read is None or request.last_ns is None:
        return None
    heard = min(followed, passed[Edge.TO_SERVER].after(request.last_ns))
    whole = sent.by(int(min(heard, max(read, request.last_ns) + SETTLED)))
    return come.reached(max(least, whole)) or come.reached(least)
