"""What a recording of a terminal shows: when its screen changed, in which frames, and when it was of use first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfkit.terminal.recording import Reader
from perfkit.terminal.replay import Player

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from perfkit.model.scenario import Terminal
    from perfkit.model.windows import Window
    from perfkit.terminal.recording import Chunk
    from perfkit.terminal.screen import Grid

GAP: Final = 5_000_000  # ns without output that end a frame: programs write one at a stretch


@dataclass(slots=True)
class Frame:
    """A stretch of output without a pause of GAP in which the screen changed. Bytes, and the changes' times (ns)."""

    size: int = 0
    changes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Film:
    """A recording, seen. Times are CLOCK_MONOTONIC ns; of a recording that was cut off, up to there."""

    screen: Grid  # the last one
    frames: tuple[Frame, ...]
    first_paint: int | None  # when anything but blanks was on the screen
    useful: int | None  # when it matched what was asked for

    @property
    def changes(self) -> list[int]:
        """When the screen changed."""
        return [ns for frame in self.frames for ns in frame.changes]

    def within(self, window: Window) -> Film:
        """The same with the frames alone whose first change lies in the window."""
        return replace(self, frames=tuple(frame for frame in self.frames if window.holds(frame.changes[0])))


def watch(recording: Path, terminal: Terminal, pattern: str = "", until: int | None = None) -> Film:
    """Play a recording to its end, or to the time ``until`` (ns); ``pattern`` says what makes a screen useful."""
    player = Player(terminal.columns, terminal.rows)
    expression = re.compile(pattern, re.MULTILINE)
    first_paint = useful = None
    frames = _Frames()
    for chunk in Reader(recording):
        if until is not None and chunk.ns > until:
            break
        changed = player.play(chunk)
        frames.add(chunk, changed=changed)
        if changed and (first_paint is None or (useful is None and pattern)):
            text = player.text
            first_paint = first_paint or (chunk.ns if text.strip() else None)
            useful = useful or (chunk.ns if pattern and expression.search(text) else None)
    return Film(player.screen, frames.finished(), first_paint, useful)


def joined(films: Sequence[Film]) -> Film:
    """The films of several starts of a target as one; the first is the one whose first moments count."""
    frames = tuple(frame for film in films for frame in film.frames)
    return replace(films[-1], frames=frames, first_paint=films[0].first_paint, useful=films[0].useful)


class _Frames:
    """Puts chunks together to frames; bytes that change nothing belong to the frame before, or after."""

    def __init__(self) -> None:
        self._frames = [Frame()]
        self._last = 0

    def add(self, chunk: Chunk, *, changed: bool) -> None:
        if chunk.kind != "output":
            return
        if chunk.ns - self._last > GAP and self._frames[-1].changes:
            self._frames.append(Frame())
        self._last = chunk.ns
        self._frames[-1].size += len(chunk.data)
        if changed:
            self._frames[-1].changes.append(chunk.ns)

    def finished(self) -> tuple[Frame, ...]:
        return tuple(frame for frame in self._frames if frame.changes)


def longest_freeze(changes: Sequence[int], windows: Iterable[Window]) -> float | None:
    """The longest time (seconds) within one of the windows in which the screen did not change; None without windows."""
    return max((_freeze(changes, window) for window in windows), default=None)


def _freeze(changes: Sequence[int], window: Window) -> float:
    moments = [window.start_ns, *filter(window.holds, changes), window.end_ns]
    return max(after - before for before, after in pairwise(moments)) / 1e9
