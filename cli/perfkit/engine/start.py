"""The starts of a target in detail, from all that saw them: the cluster's record, the link, the screen."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfkit.measure.startup import moments, startup_values
from perfkit.model.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from perfkit.model.requests import Entry
    from perfkit.steps.stage import Start

ON_SCREEN: Final = {"first_paint": "ui.first_paint", "useful_screen": "ui.useful_screen"}


@dataclass(frozen=True, slots=True)
class Seen:
    """Who saw the starts: the record of requests, in order of arrival; the link's log; what the screens showed."""

    asked: Sequence[Entry]
    edges: Path | None  # None: there was no link
    shown: Mapping[str, float]


def start_values(starts: Sequence[Start], seen: Seen) -> dict[str, float]:
    """Moments and stretches of the first start, and by step those of each where there are several.

    What the screen showed has metrics of its own, and ends stretches.
    """
    found: dict[str, float] = {}
    for start, life in _lives(starts):
        step = f"{start.step}/" if len(starts) > 1 else ""
        values = _values(start, life, seen, step)
        found |= values if start is starts[0] else {}
        found |= {f"{step}{name}": value for name, value in values.items()}
    return found


def _lives(starts: Sequence[Start]) -> Iterator[tuple[Start, Window]]:
    """Each start until the next one."""
    begun = [0, *(start.running.started_ns for start in starts[1:]), sys.maxsize]
    for start, (since, until) in zip(starts, pairwise(begun), strict=False):
        yield start, Window(name=start.step, do="launch", start_ns=since, end_ns=until)


def _values(start: Start, life: Window, seen: Seen, step: str) -> dict[str, float]:
    started = start.running.started_ns
    asked = [entry for entry in seen.asked if life.holds(entry.ns)]
    at = moments(asked, start.ready_ns)
    if seen.edges is not None and seen.edges.exists():
        from perfkit.network.greeting import greeting

        at |= greeting(seen.edges, life)
    shown = {name: seen.shown.get(f"{step}{metric}") for name, metric in ON_SCREEN.items()}
    at |= {name: started + round(seconds * 1e9) for name, seconds in shown.items() if seconds is not None}
    values = startup_values(asked, at, started)
    return {name: value for name, value in values.items() if name not in {f"startup.{each}" for each in ON_SCREEN}}
