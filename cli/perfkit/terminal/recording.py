"""A recording of a terminal, as the launcher writes it: frames of a time, a kind and bytes; nothing understood."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal["output", "input", "answer", "resize", "cut"]

KINDS: Final[dict[bytes, Kind]] = {b"o": "output", b"i": "input", b"a": "answer", b"r": "resize", b"x": "cut"}
CODES: Final = {kind: code for code, kind in KINDS.items()}
READ: Final = 1 << 20  # bytes at once

_FRAME: Final = struct.Struct("<qcI")  # as in targets/launcher/terminal.py, which cannot import this
_SIZE: Final = struct.Struct("<HH")


class Chunk(NamedTuple):
    """What passed at once. ``answer`` is what the terminal said by itself; after ``cut`` nothing more was kept."""

    ns: int
    kind: Kind
    data: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, of a ``resize``."""
        columns, rows = _SIZE.unpack(self.data)
        return columns, rows


class Reader:
    """Reads a recording that may still grow. Use as an iterator, again and again: each time what was added since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""

    def __iter__(self) -> Iterator[Chunk]:
        """The chunks that are complete by now."""
        with self._path.open("rb") as file:
            file.seek(self._at)
            while data := file.read(READ):
                self._at += len(data)
                yield from self._complete(self._rest + data)

    def _complete(self, data: bytes) -> Iterator[Chunk]:
        at = 0
        while len(data) - at >= _FRAME.size:
            ns, code, size = _FRAME.unpack_from(data, at)
            end = at + _FRAME.size + size
            if end > len(data):
                break
            yield Chunk(ns, KINDS[code], data[at + _FRAME.size : end])
            at = end
        self._rest = data[at:]


def encode(chunk: Chunk) -> bytes:
    """One chunk as the launcher writes it."""
    return _FRAME.pack(chunk.ns, CODES[chunk.kind], len(chunk.data)) + chunk.data
