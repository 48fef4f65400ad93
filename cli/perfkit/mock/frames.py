"""Events as watches send them: encoded once a form, however many watches send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Event, Shelf
    from perfkit.mock.wire.formats import Format

_KEPT = 1 << 20  # bytes: 200 ms of 1,000 events/s of 5 KB; a watch further behind encodes for itself


class Frames:
    """The latest events of one shelf in one form, shared by all watches that want them so."""

    def __init__(self, form: Format, shelf: Shelf, resource: Resource) -> None:
        self.form = form
        self.resource = resource
        self._shelf = shelf
        self._kept: dict[tuple[int, str], bytes] = {}
        self._size = 0

    def change(self, kind: str, event: Event) -> bytes:
        """An event that is not a watch's first, told as one of ``kind``."""
        key = event.version, kind
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = frame(kind, self.form.later(self.body(kind, event)))
            self._size += len(found)
            while self._size > _KEPT:
                self._size -= len(self._kept.pop(next(iter(self._kept))))
        return found

    def body(self, kind: str, event: Event) -> bytes:
        """The object that an event of ``kind`` shows, as JSON without kind and apiVersion."""
        left = kind == "DELETED" and event.type != "DELETED"  # it is still there, but no longer selected
        return self._shelf.last_state(event) if left else event.object.body


def frame(kind: str, encoded: bytes) -> bytes:
    """One line of a watch."""
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), encoded)
