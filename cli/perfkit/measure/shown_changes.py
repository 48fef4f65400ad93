"""How long a change in the cluster takes to the screen: the mock's log of changes, held against a replayed recording.

A change is followed if, when it was made, a row of the screen had the object's name as a word of its own, but did not
show all of what a table shows of the object from then on. It is shown with the first chunk of output after which that
row does. What is not on the screen, what looks as before, and what is changed back before it was shown, cannot be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.terminal.recording import Reader
from perfkit.terminal.replay import Player

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from perfkit.model.scenario import Terminal

NEVER: Final = 2.0  # seconds; what was not shown for so long before the end counts as shown then, what is younger not

_WORD = re.compile(r"[^\s│┃║|Δ↑↓▲▼]+")  # lines are no part of a word, nor the arrows by which some mark what is new


class Change(msgspec.Struct, frozen=True):
    """An object changed at ``ns`` (CLOCK_MONOTONIC); a table ``shows`` these words of it from then on."""

    ns: int
    name: str
    shows: tuple[str, ...] = ()


def read_changes(path: Path) -> list[Change]:
    """The changes of a trial that a table can show, in order; none where nothing changed."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    changes = (msgspec.json.decode(line, type=Change) for line in lines)
    return [change for change in changes if change.shows]


@dataclass(slots=True)
class Shown:
    """What became of the changes. ``times`` are (ns of the change, seconds until it was shown), in order of showing."""

    times: list[tuple[int, float]] = field(default_factory=list)
    never: int = 0  # of these, counted until the end, since they were never shown


def follow(recording: Path, terminal: Terminal, changes: Sequence[Change], until: int | None = None) -> Shown:
    """Play a recording up to ``until`` (ns) and find when each change was shown."""
    follower = _Follower()
    player, coming, end = Player(terminal.columns, terminal.rows), iter(changes), 0
    change = next(coming, None)
    for chunk in Reader(recording):
        if until is not None and chunk.ns > until:
            break
        while change is not None and change.ns < chunk.ns:
            follower.begin(change)
            change = next(coming, None)
        end = chunk.ns
        if player.play(chunk):
            follower.look(player.screen.lines, chunk.ns)
    while change is not None and (until is None or change.ns <= until):
        follower.begin(change)
        change = next(coming, None)
    follower.finish(max(until or 0, end))
    return follower.shown


class _Follower:
    """Minds the rows of the screen, and the changes that wait to be shown in them."""

    def __init__(self) -> None:
        self.shown = Shown()
        self._lines: list[str] = []
        self._words: list[frozenset[str]] = []
        self._waiting: dict[str, Change] = {}

    def begin(self, change: Change) -> None:
        """An object changes now; what was to be shown of it before, and was not, is shown when this is."""
        row = self._row(change.name)
        earlier = self._waiting.pop(change.name, None)
        if row is not None and not row.issuperset(change.shows):
            self._waiting[change.name] = Change(earlier.ns if earlier else change.ns, change.name, change.shows)

    def look(self, lines: list[str], ns: int) -> None:
        """The screen looks like this from ``ns`` on."""
        self._take(lines)
        for change in list(self._waiting.values()):
            row = self._row(change.name)
            if row is not None and row.issuperset(change.shows):
                del self._waiting[change.name]
                self.shown.times.append((change.ns, (ns - change.ns) / 1e9))

    def finish(self, ns: int) -> None:
        """Nothing comes any more: what is on the screen, and has been stale for long, counts as such."""
        for change in self._waiting.values():
            waited = (ns - change.ns) / 1e9
            if waited >= NEVER and self._row(change.name) is not None:
                self.shown.never += 1
                self.shown.times.append((change.ns, waited))

    def _take(self, lines: Iterable[str]) -> None:
        before = dict(zip(self._lines, self._words, strict=True))
        self._lines = list(lines)
        self._words = [before.get(line) or frozenset(_WORD.findall(line)) for line in self._lines]

    def _row(self, name: str) -> frozenset[str] | None:
        return next((words for words in self._words if name in words), None)
