"""What the link carried in a trial, and how long the target waited for its answers."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfkit.model.histogram import Histogram
from perfkit.network.edges import Edge, read_edges
from perfkit.network.greeting import handshakes
from perfkit.network.latency import latencies
from perfkit.statistics.estimate import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.model.protocols import Link
    from perfkit.model.relay import RelayStats
    from perfkit.model.requests import Entry
    from perfkit.model.windows import Window


@dataclass(frozen=True, slots=True)
class Carriage:
    """Values of the trial's metrics, what makes them doubtful in words, and when the target had which answer (ns)."""

    values: dict[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    had: dict[int, int] = field(default_factory=dict)  # by the request's number, where it is known


NO_LINK = Carriage()


def chance_of(seed: int, block: int) -> int:
    """The seed of a link's chance: both sides of a pair lose the same packets, as far as they send alike."""
    return int.from_bytes(hashlib.sha256(f"{seed} {block}".encode()).digest()[:6])


def carriage(
    link: Link, requests: Sequence[Entry], edges: Path, windows: Sequence[Window], ends: Sequence[RelayStats]
) -> Carriage:
    """Read off the link's counters and the two logs, which are complete by now. Raises LinkError.

    ``ends`` are the counters at the end of each step; a step that failed has none.
    """
    stats = link.stats()
    values = {
        "link.bytes": float(stats.down),
        "link.bytes_sent": float(stats.up),
        "link.connections": float(stats.connections),
        "link.retransmissions": float(stats.retransmissions),
        "link.lateness.p99": stats.late_p99 / 1e9,
    }
    values |= _counters(windows, [*ends, stats]) | _bytes(edges, windows) | _handshakes(edges, windows)
    doubts = [f"the link's relay was late: p99 {stats.late_p99 / 1e6:.1f} ms"] if stats.late else []
    found = latencies(requests, edges)
    for prefix, some in {"": found, **{f"{window.name}/": found.within(window) for window in windows}}.items():
        values |= {
            f"{prefix}api.latency.p{share}{label}": nearest_rank(seconds, share)
            for label, seconds in some.parts().items()
            for share in (50, 95, 99)
        }
    if found.approximate:
        doubts.append(
            f"{found.approximate} of {len(found.values)} latencies are approximate: requests were in flight together"
        )
    return Carriage(values, tuple(doubts), found.had)


def _counters(windows: Sequence[Window], ends: Sequence[RelayStats]) -> dict[str, float]:
    """By how much the counters rose in each window; how late the relay was where it woke up at all."""
    values: dict[str, float] = {}
    connections = again = 0
    before: Counter[int] = Counter()
    for window, end in zip(windows, ends, strict=False):
        values[f"{window.name}/link.connections"] = float(end.connections - connections)
        values[f"{window.name}/link.retransmissions"] = float(end.retransmissions - again)
        lateness = Counter(dict(end.lateness))
        late = Histogram()
        late.merge(lateness - before)
        if late.buckets():
            values[f"{window.name}/link.lateness.p99"] = late.quantile(0.99) / 1e9
        connections, again, before = end.connections, end.retransmissions, lateness
    return values


def _bytes(edges: Path, windows: Sequence[Window]) -> dict[str, float]:
    """What passed in each window, both ways."""
    metrics = {Edge.TO_CLIENT: "link.bytes", Edge.TO_SERVER: "link.bytes_sent"}
    values = {f"{window.name}/{metric}": 0.0 for window in windows for metric in metrics.values()}
    passed: dict[tuple[int, int], int] = {}
    for ns, total, connection, edge in read_edges(edges):
        if edge in metrics:
            size = total - passed.get((connection, edge), 0)
            passed[connection, edge] = total
            for window in windows:
                if window.holds(ns):
                    values[f"{window.name}/{metrics[edge]}"] += size
    return values


def _handshakes(edges: Path, windows: Sequence[Window]) -> dict[str, float]:
    """How many there were, and of each outcome, throughout the trial and in each window."""
    found = handshakes(edges)
    parts = Counter(
        f"{prefix}api.handshakes{{outcome={outcome.name.lower()}}}"
        for ns, outcome in found
        for prefix in ("", *(f"{window.name}/" for window in windows if window.holds(ns)))
    )
    return {"api.handshakes": float(len(found))} | {part: float(count) for part, count in parts.items()}
