"""One request to the mock, as its record keeps it: a line of JSON. Fields with their default are left out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
FLOW_NS = 100_000_000  # width of the slices in which a watch's flow is counted


def turned(path: Path) -> Path:
    """What a record that is full is renamed to; another one begins at ``path``."""
    return path.with_name(f"{path.name}.1")


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request and what became of it. Times are CLOCK_MONOTONIC nanoseconds; ``bytes`` counts the sent body."""

    number: int = 0  # by arrival, from 0
    ns: int = 0
    tick: int = 0  # as of which it was answered: 10 ms each, from the reset
    method: str = ""
    path: str = ""
    query: str = ""  # selectors and paging are in it
    port: int = 0  # of the client's socket: tells connections apart
    http: str = ""
    agent: str = ""
    verb: str = ""  # empty where no resource is concerned
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    status: int = 0
    bytes: int = 0
    objects: int = 0  # in the answer; of a watch, in its initial state
    fault: str = ""  # the kinds of the faults that struck it, with commas between
    first_ns: int | None = None
    last_ns: int | None = None  # None: still open
    retry_after: float | None = None  # seconds that the answer asked the client to wait
    events: int = 0  # changes that a watch has delivered after its initial state
    behind: int = 0  # changes that it had not taken when it ended
    flow: dict[int, list[int]] = {}  # ns of a slice's start // FLOW_NS → [events, bytes] delivered in it
    lags: dict[int, dict[int, int]] = {}  # the same slices → upper bound of a bucket (ns) → events that late

    def strike(self, kind: str) -> None:
        """Note a fault."""
        self.fault = f"{self.fault},{kind}" if self.fault else kind

    @property
    def answered(self) -> bool:
        """Whether it is a question with an end: a watch is none."""
        return self.last_ns is not None and self.verb != "watch"

    @property
    def writes(self) -> bool:
        """Whether it asks for a change of an object, or of several."""
        return self.verb in WRITES

    @property
    def what(self) -> str:
        """The resource with its subresource, as RBAC writes it; ``nonresource`` where none is concerned."""
        return "/".join(filter(None, (self.resource, self.subresource))) or "nonresource"

    @property
    def action(self) -> str:
        """The verb; of what concerns no resource the method."""
        return self.verb or self.method.lower()
