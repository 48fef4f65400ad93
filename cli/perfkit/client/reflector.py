"""Keeps a replica as the cluster is: load a first state, follow what changes, begin anew where that cannot go on.

The first state comes as a stream (WatchList: ``sendInitialEvents``, Kubernetes 1.32 and later) or, where the server
refuses that, by LIST in pages, as client-go does it. A watch that drops is resumed from the last version seen; one that
cannot be (410) begins anew. Until a new state is complete the old one is served: readers never see half of one.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from perfkit.client.backoff import Backoff
from perfkit.client.collector import off_while_loading
from perfkit.client.problems import ApiError, CancelledError, ConnectionLostError
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.client.api import Api
    from perfkit.client.connection import Connection
    from perfkit.client.ingest import Batch, Ingest
    from perfkit.client.limiter import Limiter
    from perfkit.client.meters import Meters
    from perfkit.client.originals import Originals
    from perfkit.client.replica import Replica
    from perfkit.client.table import Table

WATCH: Final = {"watch": "true", "allowWatchBookmarks": "true"}
WATCH_LIST: Final = WATCH | {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}


class Source(NamedTuple):
    """What is watched (a collection, and which of it by selectors), and what every request goes through."""

    api: Api
    limiter: Limiter
    meters: Meters
    resource: str
    path: str
    selectors: dict[str, str]


class Reflector:
    """``run`` works in the calling thread, ``start`` in one of its own.

    ``report`` gets one line when the watch is lost: why, and how long the wait is. ``idle`` is called now and then
    while nothing happens.
    """

    def __init__(
        self,
        source: Source,
        ingest: Ingest,
        replica: Replica,
        report: Callable[[str], None] = lambda _: None,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._source, self._ingest, self._replica = source, ingest, replica
        self._report, self._idle = report, idle
        self._options = source.api.options
        self._meter = source.meters.watching(source.resource)
        self._backoff = Backoff(self._options.backoff_first, self._options.backoff_longest)
        self._expired = False  # the server no longer holds our version
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of its own, until ``stop`` or the end of the process."""
        name = f"perfkit-watch-{self._source.resource}"
        self._thread = threading.Thread(target=self._run_kept, name=name, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread of ``start`` to end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def stop(self) -> None:
        """End ``run``, whatever it is waiting for. What is held stays."""
        self._stopping.set()
        if self._connection is not None:
            self._connection.cancel()

    def run(self) -> None:
        """Load, and keep up until ``stop``.

        Raises:
            ClusterError: the first state could not be loaded. Once it is held, failures are waited out; and so is, at
                any time, a server that is only too busy.
        """
        try:
            while not self._stopping.is_set():
                self._pause(self._attempt())
        except ClusterError as error:
            self._replica.failure = error
            self._replica.health.lost(error.message)
            raise
        finally:
            self._replica.settled.set()

    def _run_kept(self) -> None:
        with suppress(ClusterError):  # whoever waits for the first state is told
            self.run()

    def _attempt(self) -> ClusterError | None:
        """Load or resume, and follow for as long as it goes; why it ended (None: the server ended the watch)."""
        connection = self._connection = self._source.api.connect()
        if self._stopping.is_set():  # a stop just before this connection was there to be cancelled
            return None
        try:
            self._follow(connection)
        except ClusterError as error:
            self._expired = isinstance(error, ApiError) and error.expired
            busy = isinstance(error, ApiError) and error.busy
            if not (self._replica.complete or self._expired or busy or self._stopping.is_set()):
                raise
            return error
        finally:
            connection.close()
        return None

    def _follow(self, connection: Connection) -> None:
        resumable = self._replica.complete and not self._expired
        batches = self._resume(connection) if resumable else self._load(connection)
        for batch in batches:
            self._replica.apply(batch)
            self._meter.heard(len(batch.puts))
            if batch.failure is not None:
                raise ApiError(batch.failure)
            self._backoff.reset()
            if not batch.puts:
                self._idle()

    # ---- the first state

    def _load(self, connection: Connection) -> Iterator[Batch]:
        with off_while_loading() if self._options.freeze else nullcontext():
            batches = self._stream(connection) if self._options.watch_list else None
            if batches is None:
                self._list(connection)
        self._expired = False
        self._backoff.reset()
        if batches is None:
            return self._resume(connection)
        connection.gather()
        return batches

    def _stream(self, connection: Connection) -> Iterator[Batch] | None:
        """The rest of the stream; None where the server does not do that, and LIST is the way.

        Where LIST is refused too, that refusal is the one to tell.
        """
        table, originals = self._replica.store.empty(), self._replica.no_originals()
        try:
            batches = self._watched(connection, WATCH_LIST, originals)
            for batch in batches:
                if batch.failure is not None:
                    return None
                _fill(table, batch)
                if batch.complete:
                    self._replica.replace(table, originals, batch.version)
                    return batches
        except ApiError as error:
            if error.busy or error.expired:
                raise
            return None
        server = self._source.api.server
        raise ConnectionLostError(
            f"{server}: the watch ended before the first state was complete", "is it an API server?"
        )

    def _list(self, connection: Connection) -> None:
        table, originals = self._replica.store.empty(), self._replica.no_originals()
        query = {**self._source.selectors, "limit": str(self._options.page)}
        while True:
            self._wait_turn("list")
            with self._source.meters.call("list", self._source.resource) as call:
                body = connection.read(self._source.path, query, answered=call.answered)
                call.received(len(body))
                listed = self._ingest.page(body, originals)
            for row in listed.rows:
                table.put(row)
            if not listed.rest:
                self._replica.replace(table, originals, listed.version)
                return
            query["continue"] = listed.rest

    # ---- what follows

    def _resume(self, connection: Connection) -> Iterator[Batch]:
        batches = self._watched(connection, WATCH | {"resourceVersion": self._replica.version}, self._replica.originals)
        connection.gather()
        return batches

    def _watched(self, connection: Connection, query: dict[str, str], originals: Originals | None) -> Iterator[Batch]:
        self._wait_turn("watch")
        with self._source.meters.call("watch", self._source.resource) as call:
            blocks = connection.watch(self._source.path, self._source.selectors | query)
            call.answered(200)
        return (self._ingest.batch(events, originals) for block in blocks for events in self._ingest.batches(block))

    def _wait_turn(self, verb: str) -> None:
        wait = self._source.limiter.take(verb)
        self._source.meters.limiter("requests").add(round(wait * 1e9))
        if self._stopping.wait(wait) if wait else self._stopping.is_set():
            raise CancelledError("stopped")

    def _pause(self, error: ClusterError | None) -> None:
        if self._stopping.is_set():
            return
        reason = _reason(error)
        self._replica.restarts[reason] += 1
        self._meter.restarted(reason)
        asked = error.retry_after if isinstance(error, ApiError) else None
        wait = self._backoff.next() if asked is None else asked
        line = f"{'the server ended the watch' if error is None else error.message}; again in {wait:.1f} s"
        self._replica.health.lost("" if error is None else line)
        self._report(line)
        self._stopping.wait(wait)


def _fill(table: Table, batch: Batch) -> None:
    for namespace, name, row in batch.puts:
        if row is None:
            table.pop(namespace, name)
        else:
            table.put(row)


def _reason(error: ClusterError | None) -> str:
    """Why a watch begins anew, in a word that is counted."""
    if error is None:
        return "ended"
    if isinstance(error, ApiError):
        return "gone" if error.expired else "busy" if error.busy else "refused"
    return "cut"
