"""The log of changes: one line of JSON for each change of any object, with the moment from which watches could tell it.

Held against what a client shows, it says how stale that was, and how long a change took to the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from perfkit.mock.resources.description import Meta  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.mock.store import Author  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Event, Store

_BUFFER = 256 * 1024
_UNSHOWN = frozenset({"Name", "Age"})
SUFFIX = ".changes.jsonl"


class _Object(msgspec.Struct, frozen=True):
    metadata: Meta


class _Identity(msgspec.Struct, frozen=True):
    uid: str = ""


class _Identified(msgspec.Struct, frozen=True):
    metadata: _Identity


_identify = msgspec.json.Decoder(_Identified).decode
_decode_metadata = msgspec.json.Decoder(_Object).decode


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change. ``ns`` is CLOCK_MONOTONIC; ``by`` tells the target's writes from those of others.

    What a user wrote has its ``uid``, what a client wrote the UIDs of its ``owners``. What was MODIFIED ``shows`` what
    a table shows of it now, name and age aside: the first word of each cell.
    """

    ns: int
    tick: int
    by: Author
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: str
    namespace: str
    name: str
    version: int
    uid: str = ""
    owners: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


class ChangeLog:
    """Writes the changes of one store to a file that is made at the first of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path: Path | None = None
        self._lines = bytearray()
        self._views: dict[str, Callable[[bytes], Any]] = {}
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
            uid=_identify(event.object.body).metadata.uid if self._store.author == "user" else "",
            owners=event.object.facts.owners if self._store.author == "client" else (),
            shows=self._shown(resource, event.object.body) if event.type == "MODIFIED" else (),
        )
        self._lines += msgspec.json.encode(line) + b"\n"
        if len(self._lines) > _BUFFER:
            self.flush()

    def _shown(self, resource: Resource, body: bytes) -> tuple[str, ...]:
        view = self._decoder(resource)(body)
        row = resource.row(_decode_metadata(body).metadata, view, self._store.now)
        cells = zip(resource.columns, row.cells, strict=True)
        words = (str(cell).split() for column, cell in cells if column.name not in _UNSHOWN and not column.priority)
        return tuple(word[0] for word in words if word)

    def _decoder(self, resource: Resource) -> Callable[[bytes], Any]:
        if resource.qualified not in self._views:
            self._views[resource.qualified] = msgspec.json.Decoder(resource.view).decode
        return self._views[resource.qualified]


def beside(record: Path) -> Path:
    """The log of changes that goes with a record of requests (``X.requests.jsonl``: ``X.changes.jsonl``)."""
    return record.with_name(record.name.removesuffix(".jsonl").removesuffix(".requests") + SUFFIX)
