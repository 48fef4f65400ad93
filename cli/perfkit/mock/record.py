"""The record of requests: one line of JSON each in the trial's file, and the sum of all.

Header values other than the user agent, and bodies, are never kept. Lines are written in the order in which responses
end, each with its number of arrival; one still open when the record is collected gets a line then, and another when it
ends. The digest goes by arrival.
"""

from __future__ import annotations

import copy
import time
from collections import Counter, deque
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from perfkit.mock.lines import FollowedLines, Lines
from perfkit.model.control import Glimpse, OpenWatch, Traffic
from perfkit.model.requests import FLOW_NS

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.requests import Entry

# Clients draw it at random, to spread their reconnections.
_VOLATILE = frozenset({"timeoutSeconds"})


class _Sums:
    """What adds up over entries."""

    def __init__(self) -> None:
        self.bytes = 0
        self.errors = 0
        self.work: dict[str, int] = {}
        self.faults: Counter[str] = Counter()

    def add(self, entry: Entry) -> None:
        self.bytes += entry.bytes
        self.errors += entry.status >= 400
        if entry.fault:
            self.faults.update(entry.fault.split(","))
        if entry.verb and entry.status < 400:
            what = f"{entry.verb} {entry.resource}"
            self.work[what] = self.work.get(what, 0) + entry.objects


class Record:
    """Requests since the last ``restart``. ``ports`` are those of the clients' sockets that carried one."""

    def __init__(self) -> None:
        self._file: Lines | None = None
        self._forget()

    def clear(self) -> None:
        """Forget what was seen, and begin its file anew. Raises OSError."""
        self._forget()
        if self._file is not None:
            self._file.clear()

    def _forget(self) -> None:
        self.ports: set[int] = set()
        self._count = 0
        self._first_ns: int | None = None
        self._written_ns = 0
        self._open: dict[int, Entry] = {}
        self._ended = _Sums()
        self._undigested: deque[Entry] = deque()
        self._digest = sha256()

    def restart(self, path: Path) -> None:
        """Forget what was seen and write to ``path`` from now on. Raises OSError."""
        self._write_to(Lines(path))

    def follow(self, path: Path, largest: int) -> None:
        """The same, to a file that is never much larger than ``largest`` bytes and can be followed. Raises OSError."""
        self._write_to(FollowedLines(path, largest))

    def _write_to(self, file: Lines) -> None:
        self.close()
        self._file = file
        self._forget()

    def close(self) -> None:
        """Write to no file any more."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def begin(self, entry: Entry) -> None:
        """Note a request that has arrived: numbers it and gives it its time."""
        entry.number, entry.ns = self._count, time.monotonic_ns()
        if self._first_ns is None:
            self._first_ns = entry.ns
        self._count += 1
        self.ports.add(entry.port)
        self._open[id(entry)] = entry
        self._undigested.append(entry)

    def has_open(self, entry: Entry) -> bool:
        """Whether the request is of this trial: it came since the restart, and has not ended."""
        return id(entry) in self._open

    def strike(self, kind: str) -> None:
        """Note a fault that strikes all that are open."""
        for entry in self._open.values():
            entry.strike(kind)

    def written_ns(self) -> int | None:
        """When the last request to write, granted or not, was answered (0: there was none); None: one is open."""
        return None if any(entry.writes for entry in self._open.values()) else self._written_ns

    def opened(self, entry: Entry) -> None:
        """Note that a watch is open: who reads the record while it runs sees it too."""
        if self.has_open(entry):
            self._write(entry)

    def end(self, entry: Entry) -> None:
        """Note that a response has ended. One to a request from before the restart is not counted."""
        if self._open.pop(id(entry), None) is None:
            return
        if entry.last_ns is None:
            entry.last_ns = time.monotonic_ns()
        if entry.writes:
            self._written_ns = entry.last_ns
        self._ended.add(entry)
        self._write(entry)
        while self._undigested and self._undigested[0].status:
            self._digest.update(_digestible(self._undigested.popleft()))

    def collect(self) -> Traffic:
        """Write all out, open requests too, and sum up. Raises OSError when a line could not be written."""
        going = list(self._open.values())
        sums, digest = copy.deepcopy(self._ended), self._digest.copy()
        for entry in going:
            sums.add(entry)
            self._write(entry)
        for entry in self._undigested:
            digest.update(_digestible(entry))
        if self._file is not None:
            self._file.flush()
        return Traffic(
            requests=self._count,
            bytes_sent=sums.bytes,
            connections=len(self.ports),
            first_request_ns=self._first_ns,
            work=dict(sorted(sums.work.items())),
            digest=digest.hexdigest(),
            errors=sums.errors,
            faults=dict(sorted(sums.faults.items())),
            open_watches=dict(Counter(entry.resource for entry in going if entry.verb == "watch")),
        )

    def glance(self) -> Glimpse:
        """Write out what has ended; the watches that are open. Raises OSError when a line could not be written."""
        if self._file is not None:
            self._file.flush()
        return Glimpse(watches=tuple(_open(entry) for entry in self._open.values() if entry.verb == "watch"))

    def _write(self, entry: Entry) -> None:
        if self._file is not None:
            self._file.add(msgspec.json.encode(entry) + b"\n")


def _open(entry: Entry) -> OpenWatch:
    last = next(reversed(entry.flow), None)
    heard = None if last is None else (last + 1) * FLOW_NS
    return OpenWatch(number=entry.number, resource=entry.resource, ns=entry.ns, events=entry.events, heard_ns=heard)


def _digestible(entry: Entry) -> bytes:
    """What makes two requests the same: method, path, sorted query, status."""
    pairs = parse_qsl(entry.query, keep_blank_values=True)
    query = sorted((name, "" if name in _VOLATILE else value) for name, value in pairs)
    return msgspec.json.encode((entry.method, entry.path, query, entry.status)) + b"\n"
