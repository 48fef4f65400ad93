"""From what a server sends to rows that can be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from perfkit.client.frames import Bookmark, Failed, Frames, Malformed, whose
from perfkit.client.problems import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.client.options import Options
    from perfkit.client.originals import Originals
    from perfkit.client.problems import Status
    from perfkit.client.schema import Row, Schema
    from perfkit.client.store import Put


class Listed(NamedTuple):
    """A page of rows, the version of the cluster, and where the next page begins (empty: nowhere)."""

    rows: list[Row]
    version: str
    rest: str


class Batch(NamedTuple):
    """Events that came together. ``version``: the last (empty: none); ``complete``: with these the first state is."""

    puts: list[Put]
    version: str
    complete: bool
    failure: Status | None


class Ingest:
    """Decodes, and makes rows; where ``originals`` are kept, fills them. ``report`` is told of what is malformed."""

    def __init__(self, schema: Schema, options: Options, report: Callable[[str], None]) -> None:
        self._schema = schema
        self._raw = options.originals != "none"
        self._batched = options.batch
        self._report = report
        self._frames = Frames(msgspec.Raw if self._raw else schema.object_type)
        self.malformed = 0

    def page(self, body: bytes, originals: Originals | None) -> Listed:
        """A page of a LIST. Raises ConnectionLostError: it is none."""
        page = self._frames.page(body)
        puts = (self._put(item, originals) for item in page.items)
        return Listed([row for _, _, row in puts if row is not None], page.version, page.rest)

    def batches(self, block: bytes) -> Iterator[list[Any]]:
        """The events of a block of frames: all together, or one by one. Raises ConnectionLostError: they are none."""
        if self._batched:
            yield self._frames.events(block)
        else:
            for line in block.splitlines():
                if line:
                    yield [self._frames.event(line)]

    def batch(self, events: list[Any], originals: Originals | None) -> Batch:
        """What these events change, up to the one that says that the watch has failed."""
        puts: list[Put] = []
        version, complete = "", False
        for event in events:
            if isinstance(event, self._frames.put):
                put = self._put(event.object, originals)
                version = put[2].resource_version if put[2] is not None else version
            elif isinstance(event, self._frames.gone):
                put, version = self._gone(event.object, originals, version)
            elif isinstance(event, Bookmark):
                version, complete = event.version, complete or event.ends_initial_events
                continue
            elif isinstance(event, Failed):
                return Batch(puts, version, complete, event.object)
            else:
                put = self._unreadable(event)
            puts.append(put)
        return Batch(puts, version, complete, None)

    def _put(self, item: Any, originals: Originals | None) -> Put:
        if isinstance(item, Malformed):
            return self._unreadable(item)
        try:
            row = self._row(item)
        except UNREADABLE as error:
            return self._unreadable(whose(item, error) if self._raw else Malformed("", "", str(error)))
        if originals is not None:
            originals.put(row.namespace, row.name, item)
        return row.namespace, row.name, row

    def _gone(self, item: Any, originals: Originals | None, version: str) -> tuple[Put, str]:
        """And the version of the deletion; the one given where that cannot be read."""
        namespace, name, row = self._put(item, None)
        if originals is not None:
            originals.pop(namespace, name)
        return (namespace, name, None), version if row is None else row.resource_version

    def _row(self, item: Any) -> Row:
        return self._schema.row(self._schema.decode(item) if self._raw else item)

    def _unreadable(self, what: Malformed) -> Put:
        """It is not served any more: what it was is not what it is."""
        self.malformed += 1
        self._report(f"an object cannot be read: {what.namespace}/{what.name}: {what.reason}")
        return what.namespace, what.name, None
