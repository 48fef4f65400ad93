"""CSV with one row a sample: for spreadsheets, pandas, R.

A failed trial has its rows too: their value is empty and their outcome says how it failed. Warm-ups are left out.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from perfkit.model.result import sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.model.result import Result, Trial

COLUMNS: Final = ("scenario", "label", "block", "order", "target", "metric", "unit", "value", "outcome")


def export(result: Result) -> str:
    """A header and one row a trial and metric, in order of execution; values in base units."""
    trials = (trial for trial in result.trials if not trial.warmup)
    return "".join(map(_line, [COLUMNS, *(row for trial in trials for row in _rows(result, trial))]))


def _rows(result: Result, trial: Trial) -> Iterator[tuple[object, ...]]:
    place = (result.scenario.name, result.label, trial.block, trial.order, trial.target)
    for metric in result.metrics:
        yield (*place, metric.name, metric.unit, sample(trial, metric.name), trial.outcome)


def _line(fields: Sequence[object]) -> str:
    """One row that ends in a bare newline. A writer told to do that itself would leave carriage returns unquoted."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(fields)
    return text.getvalue().removesuffix("\r\n") + "\n"
