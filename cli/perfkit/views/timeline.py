"""The start of targets as timelines: when each moment came, what the stretch before it cost, and a bar for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.model.units import format_value
from perfkit.statistics.estimate import median
from perfkit.views.grids import Grid
from perfkit.views.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.result import Result, Trial

MOMENTS: Final = {
    "connection": "startup.connection",
    "tls": "startup.tls",
    "first_request": "startup.first_request",
    "first_response": "startup.first_response",
    "discovery": "startup.discovery",
    "list": "startup.list",
    "watch": "startup.watch",
    "first_paint": "ui.first_paint",
    "useful_screen": "ui.useful_screen",
    "ready": "startup.ready",
}
NAMES: Final = {
    "connection": "connected",
    "tls": "TLS done",
    "first_request": "first request",
    "first_response": "first response",
    "discovery": "discovery done",
    "list": "list done",
    "watch": "watch open",
    "first_paint": "first paint",
    "useful_screen": "useful screen",
    "ready": "ready",
}
BAR: Final = 26  # columns


def timelines(result: Result) -> list[Grid]:
    """A grid for each target that started; all on one scale of time."""
    trials = {
        target.name: [trial for trial in result.trials if trial.target == target.name and trial.ok and not trial.warmup]
        for target in result.scenario.targets
    }
    found = {name: moments(each) for name, each in trials.items()}
    longest = max((at for each in found.values() for at in each.values()), default=0.0)
    return [grid(name, trials[name], each, longest) for name, each in found.items() if each and longest > 0]


def moments(trials: Iterable[Trial]) -> dict[str, float]:
    """Seconds from exec to each moment, in order; a moment that not every trial has is left out."""
    known = [trial.values for trial in trials]
    shared = {name: metric for name, metric in MOMENTS.items() if known and all(metric in each for each in known)}
    found = {name: median([each[metric] for each in known]) for name, metric in shared.items()}
    return dict(sorted(found.items(), key=lambda moment: moment[1]))


def grid(target: str, trials: Sequence[Trial], found: dict[str, float], longest: float) -> Grid:
    """The moments of a target's start; ``longest`` (seconds) is how long a whole bar is."""
    made = Grid(f"start of {target}, medians of {counted(len(trials), 'trial')}", _HEADER)
    begun = 0.0
    for name, at in found.items():
        costs = [_cost(trials, what, name) for what in ("requests", "round_trips", "bytes")]
        made.rows.append((NAMES[name], format_value(at, "time"), *costs, _bar(begun, at, longest)))
        begun = at
    return made


_HEADER: Final = ("", "at", "requests", "trips", "answers", f"{'since the moment before':<{BAR}}")


def _cost(trials: Iterable[Trial], what: str, phase: str) -> str:
    """The median cost of the stretch that ends with a moment; nothing where there was none."""
    values = [trial.values.get(f"startup.{what}{{phase={phase}}}", 0.0) for trial in trials]
    middle = median(values)
    return format_value(middle, "bytes" if what == "bytes" else "count") if middle else ""


def _bar(begun: float, at: float, longest: float) -> str:
    """``·····███······``: from one moment to the next, at least a sliver."""
    start, end = (round(moment / longest * BAR) for moment in (begun, at))
    mark = "█" * (end - start) or "▏"
    return f"{'·' * min(start, BAR - 1)}{mark}".ljust(BAR, "·")
