"""A watch cache: the pods of a cluster, held as rows and kept up to date by one watch.

A watch that drops is resumed from the last version seen; one that cannot be (410) begins anew. Until a new state is
complete the old one is served: readers never see half of one.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from perfkit.client.backoff import Backoff
from perfkit.client.problems import ApiError
from perfkit.client.reflect import Snapshot, load, resume
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.client.api import Api, Connection
    from perfkit.client.rows import Event, PodRow


class WatchCache:
    """All pods of a cluster.

    ``run`` keeps it up to date in the calling thread, ``start`` in one of its own; any thread may read. ``report`` gets
    one line when the watch is lost: why, and how long the wait is.
    """

    def __init__(self, api: Api, report: Callable[[str], None] = lambda _: None) -> None:
        self._api = api
        self._report = report
        self._snapshot = Snapshot()
        self._complete = False  # the snapshot is a whole state of the cluster
        self._expired = False  # the server no longer holds its version
        self._backoff = Backoff(api.options.backoff_first, api.options.backoff_longest)
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()  # synced, failed or stopped
        self._failure: ClusterError | None = None
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._snapshot.rows)

    @property
    def synced(self) -> bool:
        """Whether a whole state is held; it stays so when the connection is lost."""
        return self._complete

    @property
    def resource_version(self) -> str:
        """The version of the cluster that the rows show; empty before the first state."""
        return self._snapshot.version

    @property
    def rows(self) -> list[PodRow]:
        """All pods, in no order."""
        return list(self._snapshot.rows.values())

    def get(self, namespace: str, name: str) -> PodRow | None:
        """One pod, or None."""
        return self._snapshot.rows.get((namespace, name))

    def start(self) -> None:
        """Run in a thread of its own, until ``stop`` or the end of the process."""
        self._thread = threading.Thread(target=self._run_kept, name="perfkit-watch", daemon=True)
        self._thread.start()

    def wait_synced(self, timeout: float | None = None) -> bool:
        """Wait until the first state is held; False when it is not. Raises the ClusterError that stands against it."""
        self._settled.wait(timeout)
        if self._failure is not None:
            raise self._failure
        return self._complete

    def join(self) -> None:
        """Wait for the thread of ``start`` to end."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """End ``run``, whatever it is waiting for. The rows stay."""
        self._stopping.set()
        if self._connection is not None:
            self._connection.cancel()

    def run(self) -> None:
        """Load, and keep up until ``stop``.

        Raises:
            ClusterError: the first state could not be loaded. Once it is held, failures are waited out.
        """
        try:
            while not self._stopping.is_set():
                self._pause(self._attempt())
        except ClusterError as error:
            self._failure = error
            raise
        finally:
            self._settled.set()

    def _run_kept(self) -> None:
        with suppress(ClusterError):  # wait_synced raises it
            self.run()

    def _attempt(self) -> str:
        """Load or resume, and follow for as long as it goes; why it ended."""
        connection = self._connection = self._api.connect()
        if self._stopping.is_set():  # a stop just before this connection was there to be cancelled
            return ""
        try:
            self._follow(connection)
        except ClusterError as error:
            self._expired = isinstance(error, ApiError) and error.expired
            if not (self._complete or self._expired or self._stopping.is_set()):
                raise
            return error.message
        finally:
            connection.close()
        return "the server ended the watch"

    def _follow(self, connection: Connection) -> None:
        if self._complete and not self._expired:
            events = resume(connection, self._snapshot.version)
        else:
            events = self._load(connection)
        for event in events:
            self._snapshot.apply(event)
            self._backoff.reset()

    def _load(self, connection: Connection) -> Iterator[Event]:
        options = self._api.options
        with _uncollected() if options.freeze else nullcontext():
            self._snapshot, events = load(connection, stream=options.watch_list, page=options.page)
        self._complete = True
        self._settled.set()
        return events

    def _pause(self, reason: str) -> None:
        if not self._stopping.is_set():
            wait = self._backoff.next()
            self._report(f"{reason}; again in {wait:.1f} s")
            self._stopping.wait(wait)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection in here, and what is alive at the end is left out of it for good."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if enabled:
            gc.enable()
