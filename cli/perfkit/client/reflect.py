"""The protocol of a watch: load a first state, then follow what changes.

The first state comes as a stream (WatchList: ``sendInitialEvents``, Kubernetes 1.32 and later) or, where the server
refuses that, by LIST in pages, as client-go does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.client.problems import ApiError, ConnectionLostError
from perfkit.client.rows import EVENTS, PAGES, Added, Bookmark, Deleted, Failed, Modified, flatten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.client.api import Connection
    from perfkit.client.rows import Event, PodPage, PodRow

PODS: Final = "/api/v1/pods"
WATCH: Final = {"watch": "true", "allowWatchBookmarks": "true"}
WATCH_LIST: Final = WATCH | {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}


class Snapshot:
    """The pods as of one version of the cluster, and how an event makes the next version of them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], PodRow] = {}
        self.version = ""

    def add(self, rows: Iterable[PodRow]) -> None:
        """Hold these rows, each in place of the one with its key."""
        self.rows.update((row.key, row) for row in rows)

    def apply(self, event: Event) -> None:
        """Take in one event. Raises ApiError when it says that the watch has failed."""
        match event:
            case Added() | Modified():
                row = flatten(event.object)
                self.rows[row.key] = row
                self.version = row.resource_version
            case Deleted():
                row = flatten(event.object)
                self.rows.pop(row.key, None)
                self.version = row.resource_version
            case Bookmark():
                self.version = event.version
            case Failed():
                raise ApiError(event.object)


def load(connection: Connection, *, stream: bool, page: int) -> tuple[Snapshot, Iterator[Event]]:
    """A complete first state, and the events that follow it. Raises ApiError, ConnectionLostError."""
    if stream:
        try:
            return _watch_list(connection)
        except ApiError:
            pass  # too old, or switched off; where LIST is refused too, that refusal is the one to tell
    snapshot = _list(connection, page)
    return snapshot, resume(connection, snapshot.version)


def resume(connection: Connection, version: str) -> Iterator[Event]:
    """The events after ``version``. Raises ApiError (410: the version is too old), ConnectionLostError."""
    return _events(connection.watch(PODS, WATCH | {"resourceVersion": version}))


def _watch_list(connection: Connection) -> tuple[Snapshot, Iterator[Event]]:
    snapshot = Snapshot()
    events = _events(connection.watch(PODS, WATCH_LIST))
    for event in events:
        snapshot.apply(event)
        if isinstance(event, Bookmark) and event.ends_initial_events:
            return snapshot, events
    raise ConnectionLostError("the watch ended before the first state was complete")


def _list(connection: Connection, page: int) -> Snapshot:
    snapshot = Snapshot()
    query = {"limit": str(page)}
    while True:
        listed = _page(connection.read(PODS, query))
        snapshot.add(flatten(pod) for pod in listed.items or ())
        snapshot.version = listed.metadata.resource_version
        if not listed.metadata.continue_:
            return snapshot
        query["continue"] = listed.metadata.continue_


def _page(body: bytes) -> PodPage:
    try:
        return PAGES.decode(body)
    except msgspec.MsgspecError as error:
        raise ConnectionLostError(f"the server's list of pods cannot be read: {error}") from error


def _events(blocks: Iterator[bytes]) -> Iterator[Event]:
    for block in blocks:
        try:
            events = EVENTS.decode_lines(block)
        except msgspec.MsgspecError as error:
            raise ConnectionLostError(f"the server's watch of pods cannot be read: {error}") from error
        yield from events
