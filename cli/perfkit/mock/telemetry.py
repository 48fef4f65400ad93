"""What ``/metrics`` tells: requests answered, how long they took, what is going on now, and how much is stored.

The names and labels are the API server's, a subset of them, in the Prometheus text format.
"""

from __future__ import annotations

import contextlib
import resource
import time
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perfkit.mock.access import Attempt
    from perfkit.mock.exchange import Exchange

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS: Final = (
    *(0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0),
    *(30.0, 45.0, 60.0),
)
_VERBS: Final = {"create": "POST", "update": "PUT", "deletecollection": "DELETECOLLECTION"}
_READING: Final = frozenset({"get", "list", "watch", "head"})

Labels = tuple[tuple[str, str], ...]
_FLOW: Final[Labels] = (("flow_schema", "global-default"), ("priority_level", "global-default"))


class _Times:
    """How long requests took, counted by ``_BOUNDS``."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_BOUNDS, seconds)] += 1
        self.total += seconds


class Meters:
    """Counts of a server since its start or last reset."""

    def __init__(self) -> None:
        self.clear()
        self.inflight: Counter[str] = Counter()  # by "readOnly" and "mutating"

    def clear(self) -> None:
        """Start anew."""
        self._requests: Counter[Labels] = Counter()
        self._times: dict[Labels, _Times] = {}
        self._rejected = 0

    @contextlib.contextmanager
    def seat(self, attempt: Attempt) -> Iterator[None]:
        """Count a request as in flight; a watch takes no seat."""
        kind = "readOnly" if attempt.verb in _READING else "mutating"
        taken = attempt.verb != "watch"
        self.inflight[kind] += taken
        try:
            yield
        finally:
            self.inflight[kind] -= taken

    def answered(self, exchange: Exchange) -> None:
        """Count a request that has its answer."""
        if exchange.request is None:
            return
        labels = _labels(exchange, exchange.request.attempt)
        status = exchange.entry.status
        self._requests[("code", str(status)), *labels] += 1
        self._rejected += status == 429
        times = self._times.get(labels)
        if times is None:
            times = self._times[labels] = _Times()
        times.add((time.monotonic_ns() - exchange.entry.ns) / 1e9)

    def text(self, watches: Mapping[str, int], objects: Mapping[str, int]) -> bytes:
        """The whole exposition. ``watches`` are the open ones and ``objects`` those stored, both by resource."""
        return "".join(f"{line}\n" for line in self._lines(watches, objects)).encode()

    def _lines(self, watches: Mapping[str, int], objects: Mapping[str, int]) -> Iterator[str]:
        kinds = {kind: self.inflight[kind] for kind in ("mutating", "readOnly")}
        yield from _family(
            "apiserver_current_inflight_requests", "gauge", "Requests being served.", _by("request_kind", kinds)
        )
        yield from _family(
            "apiserver_flowcontrol_rejected_requests_total",
            "counter",
            "Requests rejected by priority and fairness.",
            {_FLOW: self._rejected},
        )
        opened: dict[Labels, float] = {
            (("resource", name), ("verb", "WATCH")): number for name, number in sorted(watches.items())
        }
        yield from _family("apiserver_longrunning_requests", "gauge", "Watches that are open.", opened)
        yield from _family("apiserver_request_total", "counter", "Requests answered.", self._requests)
        yield from self._durations()
        yield from _family("apiserver_storage_objects", "gauge", "Objects stored.", _by("resource", objects))
        yield from _process()

    def _durations(self) -> Iterator[str]:
        name = "apiserver_request_duration_seconds"
        yield from _heading(name, "histogram", "Response latency.")
        for labels, times in self._times.items():
            below = 0
            for bound, count in zip((*map(repr, _BOUNDS), "+Inf"), times.counts, strict=True):
                below += count
                yield f"{name}_bucket{_written((*labels, ('le', bound.removesuffix('.0'))))} {below}"
            yield f"{name}_sum{_written(labels)} {times.total}"
            yield f"{name}_count{_written(labels)} {below}"


def _labels(exchange: Exchange, attempt: Attempt) -> Labels:
    plural, _, part = attempt.resource.partition("/")
    scope = "resource" if attempt.name else "namespace" if attempt.namespace else "cluster" if plural else ""
    segments = exchange.path.split("/")
    version = segments[3 if attempt.group else 2] if plural else ""
    return (
        ("component", "apiserver"),
        ("dry_run", exchange.query.get("dryRun", "")),
        ("group", attempt.group),
        ("resource", plural),
        ("scope", scope),
        ("subresource", part),
        ("verb", _VERBS.get(attempt.verb, attempt.verb.upper())),
        ("version", version),
    )


def _process() -> Iterator[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds: dict[Labels, float] = {(): used.ru_utime + used.ru_stime}
    yield from _family("process_cpu_seconds_total", "counter", "CPU time of the server's process.", seconds)


def _by(label: str, values: Mapping[str, int]) -> dict[Labels, float]:
    return {((label, key),): value for key, value in values.items()}


def _family(name: str, kind: str, help_: str, values: Mapping[Labels, float]) -> Iterator[str]:
    yield from _heading(name, kind, help_)
    for labels, value in values.items():
        yield f"{name}{_written(labels)} {value}"


def _heading(name: str, kind: str, help_: str) -> Iterable[str]:
    return f"# HELP {name} {help_}", f"# TYPE {name} {kind}"


def _written(labels: Labels) -> str:
    """``{a="b"}``; JSON escapes what Prometheus does, and a little more."""
    pairs = ",".join(f"{name}={msgspec.json.encode(value).decode()}" for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""
