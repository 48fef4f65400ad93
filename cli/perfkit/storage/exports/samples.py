"""What all formats tell: the samples of each target and metric, how many trials there were, and how many failed."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.model.result import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result, Trial


class Spread(msgspec.Struct, frozen=True):
    """Five numbers of the samples of one target and metric, in base units, and how many samples there are."""

    lowest: float
    q1: float
    median: float
    q3: float
    highest: float
    n: int


def trials_of(result: Result, target: str) -> list[Trial]:
    """The trials that count, failed ones too: all of the target but its warm-ups."""
    return [trial for trial in result.trials if trial.target == target and not trial.warmup]


def failed(trials: Sequence[Trial]) -> int:
    """How many of the trials failed."""
    return sum(not trial.ok for trial in trials)


def spread_of(trials: Sequence[Trial], metric: Metric) -> Spread | None:
    """What the good trials say of a metric; None where none of them has a value.

    The quartiles interpolate between samples (Hyndman & Fan's type 7), as those of perfkit's own tables do.
    """
    values = sorted(value for trial in trials if (value := sample(trial, metric.name)) is not None)
    if not values:
        return None
    q1, median, q3 = quantiles(values, method="inclusive") if len(values) > 1 else values * 3
    return Spread(values[0], q1, median, q3, values[-1], len(values))


def json_text(document: Any) -> str:
    """A document as JSON that can be read in diffs."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
