"""The start of a target as a row of moments, and what each stretch between two of them cost at the API.

Moments come from the record of the mock, from the edges of a link where there is one (connection, TLS), and from the
screen of a target in a terminal; only those that were seen are there. A stretch bears the name of the moment that ends
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfkit.model.requests import Entry

READY: Final = "ready"
_DISCOVERY: Final = ("/api", "/apis", "/openapi", "/version")


def moments(entries: Sequence[Entry], ready_ns: int | None) -> dict[str, int]:
    """What the record tells of a start: ns of each moment, up to *ready* where that was reached.

    ``entries`` are in order of arrival. Of discovery and of LISTs (all pages) the last answer counts that was asked for
    before the target was ready; of watches the first.
    """
    asked = [entry for entry in entries if ready_ns is None or entry.ns <= ready_ns]
    found = {
        "first_request": next((entry.ns for entry in asked), None),
        "first_response": next((entry.last_ns for entry in asked if entry.answered), None),
        "discovery": _last_answer(entry for entry in asked if _is_discovery(entry)),
        "list": _last_answer(entry for entry in asked if entry.verb == "list"),
        "watch": next((entry.ns for entry in asked if entry.verb == "watch" and entry.status < 400), None),
        READY: ready_ns,
    }
    return {name: ns for name, ns in found.items() if ns is not None and (ready_ns is None or ns <= ready_ns)}


def startup_values(entries: Sequence[Entry], at: Mapping[str, int], started: int) -> dict[str, float]:
    """Metrics of a start: seconds from exec to each moment, requests, round trips and bytes of each stretch and in all.

    ``at`` are all moments, of the record and others.
    """
    if not at:
        return {}
    values = {f"startup.{name}": (ns - started) / 1e9 for name, ns in at.items()}
    begun = started
    for name, ns in sorted(at.items(), key=lambda moment: moment[1]):
        values |= {f"startup.{what}{{phase={name}}}": cost for what, cost in _cost(entries, begun, ns).items()}
        begun = ns
    return values | {f"startup.{what}": cost for what, cost in _cost(entries, started, begun).items()}


def _cost(entries: Iterable[Entry], after: int, until: int) -> dict[str, float]:
    """Requests sent in a stretch; round trips and bytes of those answered in it."""
    entries = list(entries)
    answered = [entry for entry in entries if entry.last_ns is not None and after < entry.last_ns <= until]
    return {
        "requests": float(sum(after < entry.ns <= until for entry in entries)),
        "round_trips": float(_chain(answered)),
        "bytes": float(sum(entry.bytes for entry in answered)),
    }


def _chain(answered: Iterable[Entry]) -> int:
    """The longest chain of requests of which each was sent after the one before was answered.

    Taking whichever is answered first is the classic greedy choice, and the best.
    """
    length, free = 0, 0
    for entry in sorted(answered, key=lambda each: each.last_ns or 0):
        if entry.ns >= free and entry.last_ns is not None:
            length, free = length + 1, entry.last_ns
    return length


def _last_answer(entries: Iterable[Entry]) -> int | None:
    return max((entry.last_ns for entry in entries if entry.last_ns is not None), default=None)


def _is_discovery(entry: Entry) -> bool:
    return not entry.verb and entry.path.startswith(_DISCOVERY)
