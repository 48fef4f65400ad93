"""Does it leak? The slope of a target's memory over time, in words."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from perfkit.model.catalogue import BY_NAME
from perfkit.model.result import sample
from perfkit.views.text import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.model.result import Result, Trial

GROWTH: Final = BY_NAME["memory.growth"]
ENDS: Final = ("", ".low", ".high")
ENOUGH: Final = 1 << 20  # bytes; less than that in all may be a heap that still finds its size


def leaks(result: Result) -> list[str]:
    """A verdict for each target and each step whose growth the tables show or limit."""
    steps = dict.fromkeys(each.parsed.step for each in result.metrics if each.parsed.whole.startswith(GROWTH.name))
    trials = [trial for trial in result.trials if trial.ok and not trial.warmup]
    return [line for step in steps if step for name in _names(result) for line in _verdict(trials, name, step)]


def _names(result: Result) -> list[str]:
    return [target.name for target in result.scenario.targets]


def _verdict(trials: Iterable[Trial], target: str, step: str) -> Iterator[str]:
    known = [trial for trial in trials if trial.target == target and sample(trial, f"{step}/{GROWTH.name}") is not None]
    if not known:
        return
    slope, low, high = (
        statistics.median(trial.values[f"{step}/{GROWTH.name}{end}"] for trial in known) for end in ENDS
    )
    span = f"{value(low, GROWTH)} … {value(high, GROWTH)}"
    if low <= 0:
        yield f"  {target}: no certain growth in {step} ({span} an hour)"
        return
    grown = slope / 3600 * statistics.median(_seconds(trial, step) for trial in known)
    doubt = f"; so far {value(grown, GROWTH)}, a longer run is surer" if grown < ENOUGH else ""
    yield f"! {target} grows {value(slope, GROWTH)} an hour in {step} ({span}): leaks, if it goes on like that{doubt}"


def _seconds(trial: Trial, step: str) -> float:
    return next(window.seconds for window in trial.windows if window.name == step)
