"""What an API server sends: pages of a LIST and frames of a watch, with their objects decoded or left as they came."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from perfkit.client.problems import UNREADABLE, ConnectionLostError, Status

INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"


class _ListMetadata(msgspec.Struct, gc=False):
    resource_version: str = msgspec.field(default="", name="resourceVersion")
    continue_: str = msgspec.field(default="", name="continue")


class Page(msgspec.Struct, gc=False):
    """One page of a LIST: objects, the version of the cluster, and where the next page begins (empty: nowhere)."""

    items: list[Any]
    version: str
    rest: str


class _BookmarkMetadata(msgspec.Struct, gc=False, rename="camel"):
    resource_version: str
    annotations: dict[str, str] | None = None


class _BookmarkObject(msgspec.Struct, gc=False):
    metadata: _BookmarkMetadata


class Bookmark(msgspec.Struct, gc=False, tag_field="type", tag="BOOKMARK"):
    """Nothing before this version is missing."""

    object: _BookmarkObject

    @property
    def version(self) -> str:
        """The resourceVersion to resume from."""
        return self.object.metadata.resource_version

    @property
    def ends_initial_events(self) -> bool:
        """Whether the first state asked for with sendInitialEvents is now complete."""
        return (self.object.metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true"


class Failed(msgspec.Struct, gc=False, tag_field="type", tag="ERROR"):
    """The watch cannot go on."""

    object: Status


class Malformed(msgspec.Struct, gc=False):
    """An object that is not of the form its fields want: who it is, where that can be told, and what is wrong."""

    namespace: str
    name: str
    reason: str


class _Who(msgspec.Struct, gc=False):
    namespace: str = ""
    name: str = ""


class _Whose(msgspec.Struct, gc=False):
    metadata: _Who


class _AnyEvent(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class Frames:
    """Decodes pages and events whose objects are of ``type`` (``msgspec.Raw``: left as they came).

    An event is an instance of ``put`` (ADDED and MODIFIED) or ``gone`` (DELETED), a Bookmark, Failed or Malformed.
    """

    def __init__(self, kind: type[Any]) -> None:
        added, modified, gone = (
            msgspec.defstruct(tag.title(), [("object", kind)], gc=False, tag_field="type", tag=tag)
            for tag in ("ADDED", "MODIFIED", "DELETED")
        )
        self.put: tuple[type[Any], ...] = (added, modified)
        self.gone: type[Any] = gone
        self._kind = kind
        self._events = msgspec.json.Decoder(added | modified | gone | Bookmark | Failed)
        self._pages = msgspec.json.Decoder(_page_type(kind))

    def page(self, body: bytes) -> Page:
        """A page; what is malformed among its items is Malformed. Raises ConnectionLostError: it is no list."""
        try:
            listed = self._pages.decode(body)
            items = listed.items or []
        except UNREADABLE:
            listed = _decoded(body, _page_type(msgspec.Raw), "list")
            items = [self._item(raw) for raw in listed.items or ()]
        return Page(items, listed.metadata.resource_version, listed.metadata.continue_)

    def events(self, block: bytes) -> list[Any]:
        """The events of whole lines. Raises ConnectionLostError: they are no events."""
        try:
            return self._events.decode_lines(block)
        except UNREADABLE:
            return [self.event(line) for line in block.splitlines() if line.strip()]

    def event(self, line: bytes) -> Any:
        """The event of one line. Raises ConnectionLostError: it is none."""
        try:
            return self._events.decode(line)
        except UNREADABLE as error:
            return whose(_decoded(line, _AnyEvent, "watch").object, error)

    def _item(self, raw: msgspec.Raw) -> Any:
        try:
            return msgspec.json.decode(raw, type=self._kind)
        except UNREADABLE as error:
            return whose(raw, error)


def _page_type(kind: type[Any]) -> type[Any]:
    fields: list[Any] = [("metadata", _ListMetadata), ("items", list[kind] | None, None)]  # type: ignore[valid-type]
    return msgspec.defstruct("ListPage", fields, gc=False)


def _decoded(body: bytes, kind: type[Any], what: str) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise ConnectionLostError(f"the server's {what} cannot be read: {error}") from error


def whose(raw: msgspec.Raw, error: Exception) -> Malformed:
    """The object that this error is about."""
    reason = str(error)
    try:
        who = msgspec.json.decode(raw, type=_Whose).metadata
    except UNREADABLE:
        who = _Who()
    return Malformed(who.namespace, who.name, reason)
