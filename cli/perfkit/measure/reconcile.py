"""How an operator deals with objects: the mock's log of changes and its record of requests, joined.

A write of the target *concerns* an object if it is about the object itself or a subresource of it; about one that names
it in its ownerReferences; or, where that has no owner, about one of the same namespace whose name is the object's, or
begins with that and a hyphen. Events and leases concern none. Each write is laid to the last cause: the last change of
the object by a step, or a later launch of the target, if the object had been dealt with before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from perfkit.model.windows import Window
from perfkit.statistics.estimate import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from perfkit.model.requests import Entry

PERCENTILES: Final = ("p50", "p95", "p99")
UNCONCERNED: Final = frozenset({"events", "events.events.k8s.io", "leases.coordination.k8s.io"})
CONFLICT: Final = 409


class Spot(NamedTuple):
    """Where an object is."""

    resource: str
    namespace: str
    name: str


class Deed(msgspec.Struct, frozen=True):
    """A change that a step (``user``) or the target (``client``) made, as the log of changes has it."""

    ns: int
    by: Literal["client", "cluster", "churn", "user"]
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: str
    namespace: str
    name: str
    uid: str = ""
    owners: tuple[str, ...] = ()

    @property
    def spot(self) -> Spot:
        """Where the object is."""
        return Spot(self.resource, self.namespace, self.name)


@dataclass(slots=True)
class Cause:
    """What gave reason to write about an object: a change, or a start of the target, in the step of that name."""

    ns: int
    step: str
    start: bool = False
    writes: list[int] = field(default_factory=list)  # ns of what the target wrote about the object until the next


def read_deeds(path: Path) -> list[Deed]:
    """What steps and clients changed, in order. Raises OSError."""
    deeds = (msgspec.json.decode(line, type=Deed) for line in path.read_bytes().splitlines())
    return [deed for deed in deeds if deed.by in {"user", "client"}]


def reconcile_values(deeds: Sequence[Deed], asked: Sequence[Entry], windows: Sequence[Window]) -> dict[str, float]:
    """Of the trial and of each step; nothing where no step changed an object. All times are on one clock.

    A start's writes are of its step only: the trial's own are for each change.
    """
    causes = _causes(deeds, asked, windows)
    changes = [cause for cause in causes if not cause.start]
    if not changes:
        return {}
    steps: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        steps[cause.step].append(cause)
    backlogs = {step: backlog for step, of_it in steps.items() if (backlog := _backlog(of_it)) is not None}
    values = _told(changes, "") | ({"reconcile.backlog": max(backlogs.values())} if backlogs else {})
    for step, of_it in steps.items():
        values |= _told(of_it, f"{step}/")
    values |= {f"{step}/reconcile.backlog": backlog for step, backlog in backlogs.items()}
    return values | _conflicts(asked, windows)


# ---- which write is laid to what


class _Event(NamedTuple):
    """What happened: a step changed an object, a launch began, the target wrote, an object was gone."""

    ns: int
    kind: Literal["change", "launch", "write", "end"]
    what: Deed | Window | Spot


def _causes(deeds: Sequence[Deed], asked: Iterable[Entry], windows: Sequence[Window]) -> list[Cause]:
    """All causes with the writes laid to them, in the order of the causes."""
    ledger = _Ledger(windows)
    changes = (_Event(deed.ns, "change", deed) for deed in deeds if deed.by == "user" and deed.type != "DELETED")
    launches = (_Event(window.start_ns, "launch", window) for window in windows if window.do == "launch")
    created = (_Event(deed.ns, "write", deed.spot) for deed in deeds if deed.by == "client" and deed.type == "ADDED")
    gone = (_Event(deed.ns, "end", deed.spot) for deed in deeds if deed.type == "DELETED")
    ledger.note_owners(deeds)
    for event in sorted([*changes, *launches, *created, *gone, *_written(asked)], key=lambda event: event.ns):
        ledger.note(event)
    return ledger.causes


def _written(asked: Iterable[Entry]) -> Iterator[_Event]:
    """Granted changes of objects that were there, also those that changed nothing; when they arrived."""
    for entry in asked:
        if entry.verb in {"update", "patch", "delete"} and 200 <= entry.status < 300:
            yield _Event(entry.ns, "write", Spot(entry.resource, entry.namespace, _name(entry)))


def _name(entry: Entry) -> str:
    """The object's name, which ends the path but for a subresource."""
    path = entry.path.rstrip("/").removesuffix(f"/{entry.subresource}" if entry.subresource else "")
    return path.rpartition("/")[2]


class _Ledger:
    """Lays each write to its cause."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self.causes: list[Cause] = []
        self._of: dict[Spot, Cause] = {}  # the last cause of each object that steps changed
        self._owners: dict[Spot, tuple[str, ...]] = {}
        self._spots: dict[str, Spot] = {}  # of those objects, by UID

    def note_owners(self, deeds: Iterable[Deed]) -> None:
        """Remember who owns what, however late that is told: a deletion is the last that is heard of an object."""
        for deed in deeds:
            if deed.by == "user":
                self._spots[deed.uid] = deed.spot
            elif deed.owners:
                self._owners[deed.spot] = deed.owners

    def note(self, event: _Event) -> None:
        """The next that happened."""
        match event.what:
            case Deed():
                self._begin(event.what.spot, Cause(event.ns, self._step(event.ns)))
            case Spot() if event.kind == "end":
                self._of.pop(event.what, None)
            case Spot():
                for spot in self._concerned(event.what):
                    self._of[spot].writes.append(event.ns)
            case Window():
                for spot, cause in list(self._of.items()):
                    if cause.writes or cause.start:
                        self._begin(spot, Cause(event.ns, event.what.name, start=True))

    def _begin(self, spot: Spot, cause: Cause) -> None:
        self.causes.append(cause)
        self._of[spot] = cause

    def _step(self, ns: int) -> str:
        return next((window.name for window in self._windows if window.holds(ns)), "")

    def _concerned(self, spot: Spot) -> set[Spot]:
        """The objects that a write is about."""
        if spot.resource in UNCONCERNED:
            return set()
        if spot in self._of:
            return {spot}
        owners = self._owners.get(spot)
        if owners is not None:
            return {self._spots[uid] for uid in owners if self._spots.get(uid) in self._of}
        return {each for each in self._of if each.namespace == spot.namespace and _named_after(spot.name, each.name)}


def _named_after(name: str, other: str) -> bool:
    return name == other or name.startswith(f"{other}-")


# ---- what is told of it


def _told(causes: Sequence[Cause], prefix: str) -> dict[str, float]:
    """What causes of one kind, changes or starts, led to."""
    values = {f"{prefix}reconcile.writes": sum(len(cause.writes) for cause in causes) / len(causes)}
    changes = [cause for cause in causes if not cause.start]
    if changes:
        values[f"{prefix}reconcile.missed"] = float(sum(not cause.writes for cause in changes))
    handled = [cause for cause in changes if cause.writes]
    for name, index in (("latency", 0), ("settled", -1)):
        seconds = [(cause.writes[index] - cause.ns) / 1e9 for cause in handled]
        values |= {
            f"{prefix}reconcile.{name}.{stat}": nearest_rank(seconds, int(stat[1:])) for stat in PERCENTILES if seconds
        }
    return values


def _backlog(causes: Iterable[Cause]) -> float | None:
    """Seconds from the last change until the last object had its first write; None: none had any."""
    changes = [cause for cause in causes if not cause.start]
    firsts = [cause.writes[0] for cause in changes if cause.writes]
    return max(0.0, (max(firsts) - max(cause.ns for cause in changes)) / 1e9) if firsts else None


def _conflicts(asked: Iterable[Entry], windows: Iterable[Window]) -> dict[str, float]:
    """Writes that were refused as outdated, and those that repeat them, of the trial and in each window."""
    refused: list[int] = []
    repeated: list[int] = []
    open_: set[tuple[str, str, str]] = set()
    for entry in asked:
        key = (entry.agent, entry.method, entry.path)
        if not entry.writes or entry.verb == "create":
            continue
        if key in open_:
            repeated.append(entry.ns)
            open_.remove(key)
        if entry.status == CONFLICT:
            refused.append(entry.ns)
            open_.add(key)
    values = {}
    for name, times in (("conflicts", refused), ("retries", repeated)):
        values[f"reconcile.{name}"] = float(len(times))
        values |= {f"{window.name}/reconcile.{name}": float(sum(map(window.holds, times))) for window in windows}
    return values
