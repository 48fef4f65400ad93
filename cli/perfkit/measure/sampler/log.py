"""The files that samples go to: comma-separated, one line a look, times in CLOCK_MONOTONIC nanoseconds.

The last four columns are empty in most lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfkit.measure.sampler.process import Look

COLUMNS: Final = ("ns", "processes", "cpu", "system", "rss", "threads", "faults", "pss", "fds", "switches", "peak")
_WAITING: Final = 64  # lines that wait: one by one they cost a process that has just woken up several times as much


class SampleLog:
    """Writes ``path``, and where ``threads`` names a file, a line of JSON there for each look at threads."""

    def __init__(self, path: str, threads: str) -> None:
        self._file = Path(path).open("w")  # noqa: SIM115 - it stays open as long as the trial
        self._threads = Path(threads).open("wb") if threads else None  # noqa: SIM115
        self._file.write(",".join(COLUMNS) + "\n")
        self._waiting: list[tuple[int, ...]] = []

    @property
    def keeps_threads(self) -> bool:
        """Whether somebody wants to know CPU by thread."""
        return self._threads is not None

    def write(self, ns: int, processes: int, look: Look, detail: Sequence[int]) -> None:
        """One look; ``detail`` may be empty. Raises OSError, for earlier ones too."""
        self._waiting.append((ns, processes, *look, *detail))
        if detail or not processes or len(self._waiting) == _WAITING:
            self._flush()  # for those who read along: once a second, and at once when all have ended

    def threads(self, ns: int, cpu: Mapping[str, int]) -> None:
        """CPU ns so far by thread name."""
        if self._threads is not None:
            self._threads.write(msgspec.json.encode({"ns": ns, "cpu": cpu}) + b"\n")

    def close(self) -> None:
        """All is on disk. May be called twice. Raises OSError."""
        if self._waiting:
            self._flush()
        self._file.close()
        if self._threads is not None:
            self._threads.close()

    def _flush(self) -> None:
        lines = [",".join(map(str, row)) + "," * (len(COLUMNS) - len(row)) + "\n" for row in self._waiting]
        self._waiting.clear()
        self._file.writelines(lines)
        self._file.flush()
