"""Mahimahi traces: a text file with one millisecond a line, at each of which a packet may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.errors import ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 10_000_000  # lines


def read_trace(path: Path) -> list[int]:
    """The milliseconds of a trace. Raises ScenarioError when it is no such file, empty, or goes back in time."""
    try:
        lines = path.read_text(encoding="ascii").split()
    except OSError as error:
        raise ScenarioError(f"trace {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"trace {path}: not a text file", "a Mahimahi trace has one millisecond a line") from None
    times: list[int] = []
    for number, line in enumerate(lines[:LONGEST], 1):
        if not (line.isascii() and line.isdigit() and len(line) < 12):
            raise ScenarioError(f"trace {path}: line {number}: found {line[:40]!r}; allowed: whole milliseconds")
        if times and int(line) < times[-1]:
            raise ScenarioError(f"trace {path}: line {number}: {line} is before {times[-1]}; times never go back")
        times.append(int(line))
    if not times or times[-1] == 0:
        raise ScenarioError(f"trace {path}: holds no time after 0 ms", "a Mahimahi trace has one millisecond a line")
    return times
