"""What the cluster holds now: the generated collections, an overlay of what changed, and the events of the change.

Objects in the overlay keep their past states as long as the event window reaches, so that a page, or a LIST at a
resourceVersion, sees one moment. ``reset`` drops overlay and events: the store is as new.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right, insort
from collections import deque
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from perfkit.mock.agenda import TICKS, Ticks
from perfkit.mock.generator.collection import NOTHING
from perfkit.mock.load import Load
from perfkit.mock.resources.custom import DEFINITIONS
from perfkit.mock.resources.description import Facts  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.mock.resources.registry import Catalog
from perfkit.mock.waste import Waste

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.population import Population
    from perfkit.mock.resources.description import Resource

WINDOW = 5_000  # events kept a resource, of some 15 KB each; the API server keeps 100 to 102,400
LAST_KEY = chr(0x10FFFF)


class Stored(msgspec.Struct, frozen=True):
    """A changed object as JSON without kind and apiVersion."""

    key: str
    body: bytes
    facts: Facts


Author = Literal["client", "cluster", "churn", "user"]  # who makes a change; the user: a step of a scenario
Run = range | Stored  # neighbouring generated objects by position, or one changed object


class Event(msgspec.Struct, frozen=True):
    """A change: the object after it (of a deletion: as it last was), and the object before it and its facts."""

    version: int
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Stored
    before: Run | None
    was: Facts | None
    ns: int = msgspec.field(default_factory=monotonic_ns)  # when it was made; never shown to a client


class Change(msgspec.Struct, frozen=True):
    """Put ``object`` (whole, as JSON data) at ``key``, or delete what is there (``object`` None)."""

    resource: Resource
    key: str
    object: Mapping[str, Any] | None


class Shelf:
    """The objects of one resource."""

    def __init__(self, collection: Collection, version: int) -> None:
        self.collection = collection
        self.floor = version  # the oldest state that can still be shown
        self._events: deque[Event] = deque()
        self._forgotten = 0  # events that have left the window
        self._keys: list[str] = []
        self._history: dict[str, list[tuple[int, Stored | None]]] = {}
        self._owned: dict[str, set[str]] = {}  # keys of changed objects by the UIDs of their owners

    def runs(self, low: str, high: str, version: int) -> Iterator[Run]:
        """The objects whose keys are in [low, high) as they were at ``version``, in order."""
        position, end = self.collection.bisect(low), self.collection.bisect(high)
        for key in self._keys[bisect_left(self._keys, low) : bisect_left(self._keys, high)]:
            known, stored = self._overlaid(key, version)
            if not known:
                continue
            at = self.collection.bisect(key)
            if at > position:
                yield range(position, at)
            if stored is not None:
                yield stored
            position = at + self._generated(at, key)
        if end > position:
            yield range(position, end)

    def changed_between(self, low: str, high: str) -> list[str]:
        """The keys in [low, high) of what was changed; what is gone may be among them."""
        return self._keys[bisect_left(self._keys, low) : bisect_left(self._keys, high)]

    def one(self, key: str, version: int) -> Run | None:
        """The object at ``key``, or None."""
        if key in self._history:
            known, stored = self._overlaid(key, version)
            if known:
                return stored
        position = self.collection.bisect(key)
        return range(position, position + 1) if self._generated(position, key) else None

    def bodies(self, runs: Iterable[Run]) -> Iterator[bytes]:
        """The objects as JSON without kind and apiVersion."""
        for run in runs:
            if isinstance(run, Stored):
                yield run.body
            else:
                yield from self.collection.bodies(run.start, run.stop)

    def facts(self, run: Run) -> Facts:
        """What selectors see of a run's first object."""
        return run.facts if isinstance(run, Stored) else self.collection.facts(run.start)

    def facts_or_none(self, run: Run | None) -> Facts | None:
        """What selectors see of an object that may not be there."""
        return None if run is None else self.facts(run)

    def keys(self, low: str, high: str, version: int) -> Iterator[str]:
        """The keys in [low, high) of the objects as they were at ``version``, in order."""
        for run in self.runs(low, high, version):
            yield from self.keys_of(run)

    def keys_of(self, run: Run) -> Iterator[str]:
        """The keys of a run's objects."""
        return iter([run.key]) if isinstance(run, Stored) else map(self.collection.key, run)

    def size(self, version: int) -> int:
        """How many objects there were at ``version``."""
        return sum(1 if isinstance(run, Stored) else len(run) for run in self.runs("", LAST_KEY, version))

    def every_fact(self, version: int) -> Iterator[Facts]:
        """What selectors see of each object as it was at ``version``."""
        for run in self.runs("", LAST_KEY, version):
            if isinstance(run, Stored):
                yield run.facts
            else:
                yield from map(self.collection.facts, run)

    def dependents(self, uid: str, version: int) -> list[str]:
        """The keys of the objects that name ``uid`` among their owners."""
        keys = set(self._owned.get(uid, ()))
        keys.update(map(self.collection.key, self.collection.dependents(uid)))
        return [key for key in sorted(keys) if (run := self.one(key, version)) and uid in self.facts(run).owners]

    def last_key(self, run: Run) -> str:
        """The key of a run's last object."""
        return run.key if isinstance(run, Stored) else self.collection.key(run.stop - 1)

    def events_after(self, version: int) -> Iterator[Event]:
        """Events newer than ``version``, oldest first, as long as they are in the window when they are asked for.

        The caller has checked ``version`` against ``floor``.
        """
        number = self._forgotten + bisect_right(self._events, version, key=lambda event: event.version)
        while 0 <= number - self._forgotten < len(self._events):
            yield self._events[number - self._forgotten]
            number += 1

    def last_state(self, event: Event) -> bytes:
        """The object before ``event`` with the event's resourceVersion: what a DELETED event shows."""
        assert event.before is not None
        obj = msgspec.json.decode(next(self.bodies([event.before])))
        obj["metadata"]["resourceVersion"] = str(event.version)
        return msgspec.json.encode(obj)

    def record(self, event: Event, window: int) -> None:
        """Keep an event and the state it led to; forget what has left the window."""
        state = None if event.type == "DELETED" else event.object
        history = self._history.get(event.object.key)
        if history is None:
            history = self._history[event.object.key] = []
            insort(self._keys, event.object.key)
        history.append((event.version, state))
        if state is not None:
            for uid in state.facts.owners:
                self._owned.setdefault(uid, set()).add(event.object.key)
        self._events.append(event)
        if len(self._events) > window:
            self._forget(self._events.popleft())

    def discard(self, waste: Waste) -> None:
        """Have all that changed freed; the shelf is not used any more."""
        for part in (self._history, self._events, self._owned):
            waste.add(part)

    def forget(self, version: int) -> None:
        """Forget all events, and what objects were before ``version``."""
        while self._events:
            self._forget(self._events.popleft())
        self.floor = version

    def _overlaid(self, key: str, version: int) -> tuple[bool, Stored | None]:
        """Whether the overlay says anything about ``key`` at ``version``, and what: None is a deletion."""
        history = self._history[key]
        index = bisect_right(history, version, key=lambda state: state[0])
        return (True, history[index - 1][1]) if index else (False, None)

    def _generated(self, position: int, key: str) -> bool:
        return position < len(self.collection) and self.collection.key(position) == key

    def _forget(self, event: Event) -> None:
        """Drop what an object was before ``event``, and all of it where nothing but its absence is left."""
        self.floor = event.version
        self._forgotten += 1
        key = event.object.key
        history = self._history[key]
        del history[: bisect_left(history, event.version, key=lambda state: state[0])]
        if history == [(event.version, None)] and not self._generated(self.collection.bisect(key), key):
            del self._history[key]
            del self._keys[bisect_left(self._keys, key)]
            for uid in event.object.facts.owners:
                self._owned.get(uid, set()).discard(key)


class Store:
    """All shelves and the one resourceVersion they share, and the clock that all writes go by."""

    def __init__(self, population: Population, window: int = WINDOW, clock: Ticks | None = None) -> None:
        self.clock = clock or Ticks()
        self._population = population
        self._window = window
        self._listeners: list[Callable[[Shelf], None]] = []
        self._observers: list[Callable[[Resource, Event], None]] = []
        self.author: Author = "client"
        self.load = Load()
        self.waste = Waste()
        self._shelves: dict[str, Shelf] = {}
        self.reset()

    def reset(self) -> None:
        """Return to the first state and tick."""
        self.clock.clear()
        self.load.clear()
        self.version = self._floor = self._population.version
        self.skew = 0
        for shelf in self._shelves.values():
            shelf.discard(self.waste)
        self._shelves = {
            name: Shelf(collection, self.version) for name, collection in self._population.collections.items()
        }
        self.catalog = Catalog(self._population.defined, self._population.missing)

    def forget_events(self) -> None:
        """Lose the window of events, as a server that restarts does: nobody can go on from the state of before."""
        self.version += 1
        self._floor = self.version
        for shelf in self._shelves.values():
            shelf.forget(self.version)

    @property
    def now(self) -> int:
        """Simulated time, seconds since 1970."""
        return self._population.epoch + self.clock.tick // TICKS + self.skew

    def shelf(self, resource: Resource) -> Shelf:
        """The objects of ``resource``."""
        return self.shelf_called(resource.shelf)

    def sizes(self) -> dict[str, int]:
        """How many objects there are, by resource."""
        return {name: shelf.size(self.version) for name, shelf in sorted(self._shelves.items())}

    def shelf_called(self, name: str) -> Shelf:
        """The objects of the resource with that qualified name."""
        shelf = self._shelves.get(name)
        if shelf is None:
            shelf = self._shelves[name] = Shelf(NOTHING, self._floor)
        return shelf

    def read(self, resource: Resource, key: str) -> dict[str, Any] | None:
        """The object at ``key`` as it is now, without kind and apiVersion, or None."""
        shelf = self.shelf(resource)
        run = shelf.one(key, self.version)
        if run is None:
            return None
        found: dict[str, Any] = msgspec.json.decode(next(shelf.bodies([run])))
        return found

    def on_change(self, listener: Callable[[Shelf], None]) -> None:
        """Have ``listener`` called with the shelf after each change."""
        self._listeners.append(listener)

    def on_event(self, observer: Callable[[Resource, Event], None]) -> None:
        """Have ``observer`` told of each change."""
        self._observers.append(observer)

    @contextlib.contextmanager
    def written_by(self, author: Author) -> Iterator[None]:
        """Changes within are the ``author``'s."""
        before, self.author = self.author, author
        try:
            yield
        finally:
            self.author = before

    def put(self, resource: Resource, stored: Stored) -> Event:
        """Put an object whose body bears the next resourceVersion already: the quick way, with nothing decoded."""
        shelf = self.shelf(resource)
        present = shelf.one(stored.key, self.version)
        self.version += 1
        kind: Literal["ADDED", "MODIFIED"] = "ADDED" if present is None else "MODIFIED"
        event = Event(self.version, kind, stored, present, shelf.facts_or_none(present))
        self._happened(resource, shelf, event)
        return event

    def apply(self, change: Change) -> Event:
        """Make a change at the next resourceVersion.

        Raises:
            KeyError: the object to delete does not exist.
        """
        shelf = self.shelf(change.resource)
        present = shelf.one(change.key, self.version)
        if change.object is None and present is None:
            raise KeyError(change.key)
        self.version += 1
        event = self._event(change, shelf, present)
        if change.resource is DEFINITIONS:
            self.catalog.define(change.key, change.object)
        self._happened(change.resource, shelf, event)
        return event

    def _happened(self, resource: Resource, shelf: Shelf, event: Event) -> None:
        shelf.record(event, self._window)
        if resource.qualified == "pods":
            self.load.note(event.object.key, self.now)
        for observer in self._observers:
            observer(resource, event)
        for listener in self._listeners:
            listener(shelf)

    def _event(self, change: Change, shelf: Shelf, present: Run | None) -> Event:
        obj = change.object
        if obj is None:
            assert present is not None
            obj = msgspec.json.decode(next(shelf.bodies([present])))
        kind: Literal["ADDED", "MODIFIED", "DELETED"] = (
            "DELETED" if change.object is None else "ADDED" if present is None else "MODIFIED"
        )
        return Event(self.version, kind, _stored(change, obj, self.version), present, shelf.facts_or_none(present))


def _stored(change: Change, obj: Mapping[str, Any], version: int) -> Stored:
    rest = {name: value for name, value in obj.items() if name not in {"kind", "apiVersion", "metadata"}}
    body = {"metadata": {**obj["metadata"], "resourceVersion": str(version)}, **rest}
    return Stored(change.key, msgspec.json.encode(body), change.resource.facts(body))
