"""A recording as asciicast v2, which asciinema and others replay: a header and one event a line."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.terminal.recording import Chunk

EVENTS: Final = {"output": "o", "input": "i", "resize": "r"}


def asciicast(chunks: Iterable[Chunk], columns: int, rows: int, start_ns: int) -> Iterator[bytes]:
    """The file, line by line; times count from ``start_ns``. What is no UTF-8 becomes the replacement character."""
    header = {"version": 2, "width": columns, "height": rows, "env": {"TERM": "xterm-256color"}}
    yield msgspec.json.encode(header) + b"\n"
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for chunk in chunks:
        if chunk.kind not in EVENTS:
            continue
        if chunk.kind == "resize":
            text = "{}x{}".format(*chunk.size)
        elif chunk.kind == "output":
            text = decoder.decode(chunk.data)
        else:
            text = chunk.data.decode(errors="replace")
        yield msgspec.json.encode([max(0, chunk.ns - start_ns) / 1e9, EVENTS[chunk.kind], text]) + b"\n"
