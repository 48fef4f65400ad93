"""Reading the mock's record of requests: whole, as it grows, and summed up."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

import msgspec

from perfkit.model.requests import Entry, turned
from perfkit.statistics.estimate import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DECODER = msgspec.json.Decoder(Entry)


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one verb and resource. Percentiles are of seconds until the last byte; a watch has none."""

    verb: str
    resource: str
    count: int
    open: int
    bytes: int
    errors: int
    events: int
    p50: float | None
    p99: float | None


def read_requests(path: Path) -> list[Entry]:
    """The requests of a record in order of arrival. Raises OSError."""
    return in_order(path.read_bytes().splitlines())


def read_bounded(path: Path) -> list[Entry]:
    """The same of a record that turns: those in the file that was full before, too."""
    older = turned(path).read_bytes().splitlines() if turned(path).exists() else []
    return in_order([*older, *path.read_bytes().splitlines()])


def in_order(lines: Iterable[bytes]) -> list[Entry]:
    """The requests of some lines by arrival; of several lines of one the last counts, a broken line is left out."""
    found = {entry.number: entry for entry in _decoded(lines)}
    return [found[number] for number in sorted(found)]


def sums(entries: Iterable[Entry]) -> list[Sum]:
    """Requests by verb and resource, the most frequent first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.action, entry.what), []).append(entry)
    return sorted((_sum(*key, group) for key, group in groups.items()), key=lambda each: -each.count)


class Follower:
    """Reads what is added to a record, across its turns and resets."""

    def __init__(self, path: Path) -> None:
        """Begin after what is there now. Raises OSError."""
        self._path = path
        self._file: IO[bytes] = path.open("rb")
        self._file.seek(0, 2)
        self._rest = b""

    def read(self) -> list[Entry]:
        """What was added since, in the order in which it was written. Raises OSError."""
        found = self._lines()
        if self._turned():
            self._file.close()
            self._file = self._path.open("rb")
            found += self._lines()
        return list(_decoded(found))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _lines(self) -> list[bytes]:
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return lines

    def _turned(self) -> bool:
        """Whether the record goes on in another file, or was begun anew."""
        there = self._path.stat()
        return there.st_ino != os.fstat(self._file.fileno()).st_ino or there.st_size < self._file.tell()


def _decoded(lines: Iterable[bytes]) -> Iterable[Entry]:
    for line in lines:
        try:
            yield _DECODER.decode(line)
        except msgspec.DecodeError:
            continue


def _sum(verb: str, resource: str, entries: list[Entry]) -> Sum:
    times = [(entry.last_ns - entry.ns) / 1e9 for entry in entries if entry.answered and entry.last_ns is not None]
    return Sum(
        verb=verb,
        resource=resource,
        count=len(entries),
        open=sum(entry.last_ns is None for entry in entries),
        bytes=sum(entry.bytes for entry in entries),
        errors=sum(entry.status >= 400 for entry in entries),
        events=sum(entry.events for entry in entries),
        p50=nearest_rank(times, 50) if times else None,
        p99=nearest_rank(times, 99) if times else None,
    )
