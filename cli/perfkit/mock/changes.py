"""The log of changes: one line of JSON for each change of any object, with the moment from which watches could tell it.

Held against what a client shows, it says how stale that was, and how long a change took to the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Event, Store

_BUFFER = 256 * 1024
SUFFIX = ".changes.jsonl"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One change. ``ns`` is CLOCK_MONOTONIC; ``by`` tells a client's write from what the cluster does by itself."""

    ns: int
    tick: int
    by: Literal["client", "cluster", "churn"]
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: str
    namespace: str
    name: str
    version: int


class ChangeLog:
    """Writes the changes of one store to a file that is made at the first of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path: Path | None = None
        self._lines = bytearray()
        store.on_event(self._note)

    def restart(self, record: Path) -> None:
        """Write beside the record of requests at ``record`` from now on."""
        self._path = beside(record)
        self._lines.clear()

    def flush(self) -> None:
        """Write out what is pending. Raises OSError."""
        if self._path is not None and self._lines:
            with self._path.open("ab") as file:
                file.write(self._lines)
        self._lines.clear()

    def _note(self, resource: Resource, event: Event) -> None:
        if self._path is None:
            return
        namespace, _, name = event.object.key.rpartition("/")
        line = Line(
            ns=event.ns,
            tick=self._store.clock.tick,
            by=self._store.author,
            type=event.type,
            resource=resource.qualified,
            namespace=namespace,
            name=name,
            version=event.version,
        )
        self._lines += msgspec.json.encode(line) + b"\n"
        if len(self._lines) > _BUFFER:
            self.flush()


def beside(record: Path) -> Path:
    """The log of changes that goes with a record of requests (``X.requests.jsonl``: ``X.changes.jsonl``)."""
    return record.with_name(record.name.removesuffix(".jsonl").removesuffix(".requests") + SUFFIX)
