"""The log of slow operations: the last hundred in memory, all as JSON lines in a file where one is named."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.requests import turned

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.monitor.operations import SlowOperation

_KEPT: Final = 100
_FULL: Final = 10_000_000  # bytes; then the file is turned, and one older is kept


class SlowLog:
    """``threshold`` is in nanoseconds. A disk that refuses costs lines, counted in ``lost``, never the operation."""

    def __init__(self, threshold: int, path: Path | None = None) -> None:
        self.threshold = threshold
        self.seen = self.lost = 0
        self._path = path
        self._latest: deque[SlowOperation] = deque(maxlen=_KEPT)
        self._lock = threading.RLock()

    def write(self, operation: SlowOperation) -> None:
        """Take one in."""
        with self._lock:
            self.seen += 1
            self._latest.append(operation)
            if self._path is not None:
                try:
                    self._append(self._path, msgspec.json.encode(operation) + b"\n")
                except OSError:
                    self.lost += 1

    @staticmethod
    def _append(path: Path, line: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line)
            full = os.fstat(descriptor).st_size >= _FULL
        finally:
            os.close(descriptor)
        if full:
            path.replace(turned(path))

    def latest(self) -> tuple[SlowOperation, ...]:
        """The last hundred, oldest first."""
        with self._lock:
            return tuple(self._latest)
