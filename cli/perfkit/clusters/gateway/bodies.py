"""What passing bodies tell, of which nothing is kept: frames of watches, objects of lists, whether a page is last."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST: Final = 64 << 20  # bytes of a list whose objects are counted; of a larger one they are not

_INITIAL_END: Final = b"k8s.io/initial-events-end"  # an annotation, in JSON and protobuf alike
_TYPE: Final = re.compile(rb'\{"type":"([A-Z]+)"|\n.([A-Z]+)\x12', re.DOTALL)
_NEXT_PAGE: Final = b"eyJ2IjoibWV0YS5rOHMuaW8vdjEi"  # how every continue token begins: `{"v":"meta.k8s.io/v1"`
_HEAD: Final = 8192  # bytes of a list in which its own metadata end, well before its items
_MAGIC: Final = b"k8s\0"
_ITEMS: Final = 0x12  # the second field of every list


class Dechunker:
    """Undoes the chunked coding of HTTP/1.1. ``done`` once the last chunk was fed."""

    def __init__(self) -> None:
        self.done = False
        self.surplus = b""  # what followed the body
        self._waiting = b""
        self._left = 0  # of the present chunk, with its line end

    def feed(self, data: bytes) -> bytes:
        """The content of what has arrived. Raises ValueError: that is no chunk."""
        data, self._waiting = self._waiting + data, b""
        content: list[bytes] = []
        place = 0
        while not self.done and place < len(data):
            if self._left > 2:
                part = data[place : place + self._left - 2]
                content.append(part)
                place += len(part)
                self._left -= len(part)
            elif self._left:
                step = min(self._left, len(data) - place)
                place += step
                self._left -= step
            else:
                place = self._head(data, place)
                if self._waiting:
                    break
        if self.done:
            self.surplus = data[place:]
        return b"".join(content)

    def _head(self, data: bytes, place: int) -> int:
        """Read a chunk's size, and after the last chunk the trailers; where its content begins."""
        end = data.find(b"\r\n", place)
        size = int(data[place:end].partition(b";")[0], 16) if end >= 0 else 0
        if size:
            self._left = size + 2
            return end + 2
        last = data.find(b"\r\n\r\n", end) if end >= 0 else -1
        if last >= 0:
            self.done = True
            return last + 4
        self._waiting = data[place:]
        if len(self._waiting) > _HEAD:
            raise ValueError("a chunk without a size")
        return place


class Inflater:
    """Undoes gzip as watches have it since Kubernetes 1.37: a member of its own for all that is sent at once."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)

    def feed(self, block: bytes) -> bytes:
        """The content of what has arrived. Raises zlib.error: that is no gzip."""
        content = []
        while block:
            content.append(self._member.decompress(block))
            block = self._member.unused_data
            if self._member.eof:
                self._member = zlib.decompressobj(31)
        return b"".join(content)


class Frames:
    """Frames of a watch: lines of JSON, or protobuf with its length before each."""

    def __init__(self, content_type: str, encoding: str = "") -> None:
        self._lines = "protobuf" not in content_type
        self._inflater = Inflater() if encoding == "gzip" else None
        self._waiting = bytearray()

    def feed(self, block: bytes) -> Iterator[bytes]:
        """The frames that this block completes."""
        self._waiting += block if self._inflater is None else self._inflater.feed(block)
        if self._lines:
            *whole, rest = bytes(self._waiting).split(b"\n")
            self._waiting[:] = rest
            yield from whole
            return
        while len(self._waiting) >= 4:
            end = 4 + int.from_bytes(self._waiting[:4], "big")
            if len(self._waiting) < end:
                return
            yield bytes(self._waiting[4:end])
            del self._waiting[:end]


def ends_initial_state(frame: bytes) -> bool:
    """Whether all that there was has been sent, where the client asked to be told."""
    return _INITIAL_END in frame


def kind_of(frame: bytes) -> str:
    """``ADDED``, ``BOOKMARK`` or whatever a frame of a watch is; empty where it does not say."""
    found = _TYPE.match(frame)
    return (found[1] or found[2]).decode() if found else ""


def continues(head: bytes, encoding: str) -> bool:
    """Whether a list that begins like this has a next page."""
    if encoding == "gzip":
        head = zlib.decompressobj(31).decompress(head, _HEAD)
    return _NEXT_PAGE in head[:_HEAD]


class _List(msgspec.Struct):
    items: list[msgspec.Raw] | None = None
    rows: list[msgspec.Raw] | None = None


def count_objects(blocks: Iterable[bytes], encoding: str) -> int:
    """How many objects a whole list holds; 0 for what is none."""
    body = b"".join(blocks)
    try:
        if encoding == "gzip":
            body = zlib.decompress(body, 31)
        if body.startswith(_MAGIC):
            return _count_protobuf(memoryview(body)[len(_MAGIC) :])
        found = msgspec.json.decode(body, type=_List)
    except (msgspec.DecodeError, zlib.error, IndexError):
        return 0
    return len(found.rows or found.items or ())


def _count_protobuf(unknown: memoryview) -> int:
    """The list is field 2 of the envelope, ``runtime.Unknown``, its items are field 2 of it."""
    raw = next((content for tag, content in _fields(unknown) if tag == _ITEMS), memoryview(b""))
    return sum(1 for tag, _ in _fields(raw) if tag == _ITEMS)


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The length-delimited fields of a message, which in lists all are."""
    place = 0
    while place < len(data):
        tag = data[place]
        size, place = _varint(data, place + 1)
        if tag & 7 == 2:
            yield tag, data[place : place + size]
            place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
