"""The log of what passed the edges of a link: records of 24 bytes, so that a trial of millions stays small.

A record is (ns, bytes of this edge so far, number of the connection, edge): joined with a server's log by the port that
``OPENED`` records, it tells when a client had an answer.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = struct.Struct("<QQIB3x")
MAGIC = b"perfkit.edges/1\n"
BUFFER = 1 << 20  # bytes


class Edge(IntEnum):
    """Where bytes passed, and what else becomes of a connection."""

    OPENED = 0  # the number is the local port of the relay's connection to the server, 0 before there is one
    FROM_CLIENT = 1
    TO_SERVER = 2
    FROM_SERVER = 3
    TO_CLIENT = 4
    CLOSED = 5
    SHAKEN = 6  # its TLS handshake came to an end; the number is the outcome


class Outcome(IntEnum):
    """What became of a TLS handshake."""

    FULL = 0
    RESUMED = 1  # of an earlier session: no certificate was sent
    FAILED = 2  # one side refused the other, or the connection ended first


class EdgeRecord(NamedTuple):
    """One line of the log; ``total`` counts the bytes of this edge of this connection."""

    ns: int
    total: int
    connection: int
    edge: Edge


class EdgeLog:
    """Writes records, or nothing while it has no path."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def switch(self, path: Path | None) -> None:
        """Finish the current file and go on in ``path``, or nowhere. Raises OSError."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if path is not None:
            self._file = path.open("wb", buffering=BUFFER)
            self._file.write(MAGIC)

    def flush(self) -> None:
        """Have everything in the file. Raises OSError."""
        if self._file is not None:
            self._file.flush()

    def add(self, ns: int, total: int, connection: int, edge: Edge) -> None:
        """Note that by ``ns`` so many bytes had passed."""
        if self._file is not None:
            self._file.write(RECORD.pack(ns, total, connection, edge))


def read_edges(path: Path) -> Iterator[EdgeRecord]:
    """The records of a log; the last one may have been cut short by a kill. Raises ValueError for another file."""
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        raise ValueError(f"{path} is no log of a link's edges")
    body = memoryview(data)[len(MAGIC) :]
    for ns, total, connection, edge in RECORD.iter_unpack(body[: len(body) // RECORD.size * RECORD.size]):
        yield EdgeRecord(ns, total, connection, Edge(edge))
