"""WATCH: the initial state, then changes as they come, in batches, as fast as the client reads them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import msgspec

from perfkit.mock.frames import Frames, frame
from perfkit.mock.reading import bodies, filtered, requested_format, selection
from perfkit.mock.store import LAST_KEY
from perfkit.mock.wire.options import parse_options
from perfkit.mock.wire.status import ApiError, expired, too_large_version
from perfkit.model.histogram import bucket
from perfkit.model.requests import FLOW_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.mock.exchange import Exchange
    from perfkit.mock.faults.board import Strike
    from perfkit.mock.faults.request import Request
    from perfkit.mock.store import Event, Shelf, Store
    from perfkit.mock.wire.places import Place
    from perfkit.model.faults import ApiFault

_BATCH = 0.01  # seconds; 20 watchers of 1,000 events/s cost a third of what they do at 1 ms
_BOOKMARKS = 60.0  # seconds between bookmarks, about what the API server does
_LONGEST = 1800.0  # seconds; the API server draws from this to its double
_GOODBYE = 0.02  # seconds for watches to end by themselves at a reset
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


class Bell:
    """What a watch waits for: rung when there is something to do."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.ended = False
        self.expired = False  # the watch shall end with the error that its state is too old
        self.silenced: ApiFault | None = None  # nothing is sent while this fault holds

    def ring(self) -> None:
        """There may be new events."""
        self._event.set()

    def end(self) -> None:
        """The watch is over: the client went, time is up, or the server is reset."""
        self.ended = True
        self._event.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._event.wait()
        self._event.clear()


class Watches:
    """All open watches. Changes ring the bells of those that look at what changed, at most once in _BATCH seconds."""

    def __init__(self, store: Store) -> None:
        self._tasks: dict[Bell, asyncio.Task[object]] = {}
        self._exchanges: dict[Bell, Exchange] = {}
        self._bells: defaultdict[Shelf, set[Bell]] = defaultdict(set)
        self._frames: WeakValueDictionary[tuple[object, ...], Frames] = WeakValueDictionary()
        self._rung: set[Shelf] = set()
        self._due: list[tuple[ApiFault, asyncio.TimerHandle]] = []
        self._store = store
        store.on_change(self._changed)

    async def serve(self, exchange: Exchange, place: Place, opened: Callable[[], None]) -> None:
        """Answer with a watch until it ends; ``opened`` is called once its initial state was sent. Raises ApiError."""
        shelf, bell = self._store.shelf(place.resource), Bell()
        watch = Watch(exchange, self._store, place, self._shared(exchange, place))
        task = asyncio.current_task()
        assert task is not None
        self._tasks[bell], self._exchanges[bell] = task, exchange
        self._bells[shelf].add(bell)
        for fault in exchange.strikes:
            self._interrupt(bell, fault)
        try:
            await watch.serve(bell, opened)
        finally:
            del self._tasks[bell], self._exchanges[bell]
            self._bells[shelf].discard(bell)
            if not self._bells[shelf]:
                del self._bells[shelf]

    def count(self) -> Counter[str]:
        """How many are open, by resource."""
        return Counter(exchange.entry.resource for exchange in self._exchanges.values())

    def strike(self, draw: Callable[[Request], Strike | None]) -> None:
        """Let a fault strike those of the open watches that ``draw`` picks, in the order in which they were opened."""
        for bell, exchange in list(self._exchanges.items()):
            assert exchange.request is not None
            strike = draw(msgspec.structs.replace(exchange.request, from_past=True))
            if strike is not None:
                exchange.entry.strike(strike.fault.kind)
                self._interrupt(bell, strike.fault)

    def release(self, fault: ApiFault) -> None:
        """Let watches that a fault has silenced go on."""
        for bell in self._tasks:
            if bell.silenced is fault:
                bell.silenced = None
                bell.ring()

    def spare(self, fault: ApiFault) -> None:
        """As ``release``; and watches that it would interrupt later are not."""
        for planned, timer in self._due:
            if planned is fault:
                timer.cancel()
        self._due = [(planned, timer) for planned, timer in self._due if planned is not fault]
        self.release(fault)

    def _interrupt(self, bell: Bell, fault: ApiFault) -> None:
        loop = asyncio.get_running_loop()
        self._due = [(planned, timer) for planned, timer in self._due if timer.when() >= loop.time()]
        self._due.append((fault, loop.call_later(fault.after, self._interrupt_now, bell, fault)))

    def _interrupt_now(self, bell: Bell, fault: ApiFault) -> None:
        if bell not in self._exchanges:
            return
        if fault.kind == "drop":
            self._exchanges[bell].cut()
        elif fault.kind == "silent":
            bell.silenced = fault
        else:
            bell.expired = True
            bell.end()

    async def end_all(self) -> None:
        """End every watch; those that a reader holds up are cut off."""
        tasks = list(self._tasks.values())
        for bell in self._tasks:
            bell.end()
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=_GOODBYE)
            for task in stuck:
                task.cancel()

    def _shared(self, exchange: Exchange, place: Place) -> Frames:
        """What all watches that ask for the same form of the same resource share. Raises ApiError."""
        shelf, resource = self._store.shelf(place.resource), place.resource
        # Both are kept alive by the frames, so their ids stay theirs.
        key = id(shelf), id(resource), exchange.header("accept"), exchange.query.get("includeObject", "")
        frames = self._frames.get(key)
        if frames is None:
            form = requested_format(exchange, self._store, place, lambda: self._store.now)
            frames = self._frames[key] = Frames(form, shelf, resource)
        return frames

    def _changed(self, shelf: Shelf) -> None:
        if shelf in self._bells:
            if not self._rung:
                asyncio.get_running_loop().call_later(_BATCH, self._ring)
            self._rung.add(shelf)

    def _ring(self) -> None:
        for shelf in self._rung:
            for bell in self._bells.get(shelf, ()):
                bell.ring()
        self._rung.clear()


class Watch:
    """One watch: what it selects, how it writes, and how far it has come (``_seen``, a resourceVersion)."""

    def __init__(self, exchange: Exchange, store: Store, place: Place, frames: Frames) -> None:
        self._options = parse_options(exchange.query)
        self._matches = selection(self._options, place)
        self._exchange = exchange
        self._store = store
        self._shelf = store.shelf(place.resource)
        self._low, self._high = place.prefix, place.prefix + LAST_KEY
        self._frames = frames
        self._first = True  # a Table names its columns in the first event
        self._seen = 0
        self._made: list[int] = []  # when the changes were made that are on their way to the socket

    async def serve(self, bell: Bell, opened: Callable[[], None]) -> None:
        """Send until the bell says it is over; ``opened`` is called once the initial state was sent."""
        if self._options.initial_events and self._options.bookmarks:  # WatchListCompression, on since Kubernetes 1.37
            self._exchange.compress()
        await self._exchange.open(bell.end)
        try:
            await self._begin()
            opened()
            await self._follow(bell)
            if bell.expired:
                raise expired(f"too old resource version: {self._seen} ({self._store.version})")
        except ApiError as error:
            await self._exchange.write([frame("ERROR", error.encode())])
        await self._exchange.finish()

    async def _begin(self) -> None:
        """Send the present state where it is asked for; raises ApiError for a state that can't be watched from."""
        asked = self._options.version or 0
        initial = self._options.initial_events
        if asked and not initial:
            if asked < self._shelf.floor:
                raise expired(f"too old resource version: {asked} ({self._shelf.floor})")
            self._seen = asked
            return
        if asked > self._store.version:
            raise too_large_version(asked, self._store.version)
        self._seen = self._store.version
        if initial is not False:
            await self._send_state()

    async def _send_state(self) -> None:
        runs = list(self._shelf.runs(self._low, self._high, self._seen))
        found = bodies(self._shelf, filtered(self._shelf, runs, self._matches))
        await self._exchange.write(self._added(body) if body else b"" for body in found)
        if self._options.bookmarks:
            await self._send_bookmark({"annotations": _INITIAL_END})

    async def _follow(self, bell: Bell) -> None:
        loop = asyncio.get_running_loop()
        end = loop.call_later(self._options.timeout_seconds or self._longest(), bell.end)
        due = loop.time() + _BOOKMARKS
        reminder = loop.call_at(due, bell.ring)
        try:
            while not bell.ended:
                await self._send_new(bell)
                await bell.wait()
                if loop.time() >= due:
                    due = loop.time() + _BOOKMARKS
                    reminder = loop.call_at(due, bell.ring)
                    await self._catch_up(bell)
        finally:
            end.cancel()
            reminder.cancel()
            self._exchange.entry.behind = self._behind()

    def _longest(self) -> float:
        """Seconds that it may last: of each watch others, so that clients do not come back all at once."""
        return Random(self._exchange.entry.number).uniform(_LONGEST, 2 * _LONGEST)

    async def _catch_up(self, bell: Bell) -> None:
        """Bookmark the present, which is newer than the last event where only other resources changed."""
        if bell.silenced is not None:
            return
        present = self._store.version
        await self._send_new(bell)
        if self._options.bookmarks and self._seen >= self._shelf.floor:
            self._seen = max(self._seen, present)
            await self._send_bookmark({})

    async def _send_new(self, bell: Bell) -> None:
        if bell.silenced is not None:
            return
        if self._seen < self._shelf.floor:  # the client read too slowly: a real server hangs up as well
            bell.end()
            return
        await self._exchange.write(self._changes(), self._note_delivery)

    def _changes(self) -> Iterator[bytes]:
        """What has happened since, read from the store only as fast as it is sent."""
        for event in self._shelf.events_after(self._seen):
            self._seen = event.version
            kind = self._kind(event)
            if kind:
                self._made.append(event.ns)
                yield self._change(kind, event)

    def _behind(self) -> int:
        """How many changes the socket has not taken."""
        return len(self._made) + sum(bool(self._kind(event)) for event in self._shelf.events_after(self._seen))

    def _kind(self, event: Event) -> str:
        """What an event is as the selectors let it be seen; empty where they hide it."""
        if not self._low <= event.object.key < self._high:
            return ""
        if self._matches is None:
            return event.type
        was = event.was is not None and self._matches(event.was)
        if event.type != "DELETED" and self._matches(event.object.facts):
            return "MODIFIED" if was else "ADDED"
        return "DELETED" if was else ""

    def _change(self, kind: str, event: Event) -> bytes:
        if self._first:
            return frame(kind, self._encoded(self._frames.body(kind, event)))
        return self._frames.change(kind, event)

    def _added(self, body: bytes) -> bytes:
        self._exchange.entry.objects += 1
        return frame("ADDED", self._encoded(body))

    def _note_delivery(self, size: int) -> None:
        """Note in the record that the socket has taken the changes made into frames since the last time.

        Block by block: while a client reads more slowly than the cluster changes, there is no end of new ones.
        """
        if not self._made:
            return
        now, entry = monotonic_ns(), self._exchange.entry
        lags = entry.lags.setdefault(now // FLOW_NS, {})
        for ns in self._made:
            late = bucket(now - ns)
            lags[late] = lags.get(late, 0) + 1
        flow = entry.flow.setdefault(now // FLOW_NS, [0, 0])
        flow[0] += len(self._made)
        flow[1] += size
        entry.events += len(self._made)
        self._made.clear()

    async def _send_bookmark(self, metadata: dict[str, Any]) -> None:
        body = msgspec.json.encode({"metadata": {"resourceVersion": str(self._seen), **metadata}})
        await self._exchange.write([frame("BOOKMARK", self._encoded(body))])

    def _encoded(self, body: bytes) -> bytes:
        form = self._frames.form
        encoded = form.single(body) if self._first else form.later(body)
        self._first = False
        return encoded
