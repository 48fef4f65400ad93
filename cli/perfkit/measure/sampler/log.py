"""The files that samples go to: comma-separated, one line a look, times in CLOCK_MONOTONIC nanoseconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfkit.measure.sampler.process import Look

COLUMNS: Final = ("ns", "processes", "cpu", "system", "rss", "threads", "faults", "pss", "fds", "switches")
_DETAILS: Final = 3  # the last columns, empty in most lines


class SampleLog:
    """Writes ``path``, and where ``threads`` names a file, a line of JSON there for each look at threads."""

    def __init__(self, path: str, threads: str) -> None:
        self._file = Path(path).open("w")  # noqa: SIM115 - it stays open as long as the trial
        self._threads = Path(threads).open("wb") if threads else None  # noqa: SIM115
        self._file.write(",".join(COLUMNS) + "\n")

    @property
    def keeps_threads(self) -> bool:
        """Whether somebody wants to know CPU by thread."""
        return self._threads is not None

    def write(self, ns: int, processes: int, look: Look, detail: Sequence[int]) -> None:
        """One look; ``detail`` may be empty."""
        ended = ",".join(map(str, detail)) if detail else "," * (_DETAILS - 1)
        cpu, system, rss, threads, faults = look
        self._file.write(f"{ns},{processes},{cpu},{system},{rss},{threads},{faults},{ended}\n")
        if detail or not processes:
            self._file.flush()  # for those who read along: once a second, and at once when all have ended

    def threads(self, ns: int, cpu: Mapping[str, int]) -> None:
        """CPU ns so far by thread name."""
        if self._threads is not None:
            self._threads.write(msgspec.json.encode({"ns": ns, "cpu": cpu}) + b"\n")

    def close(self) -> None:
        """All is on disk. Raises OSError."""
        self._file.close()
        if self._threads is not None:
            self._threads.close()
