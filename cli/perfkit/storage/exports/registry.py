"""Which formats there are, and a result in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.errors import ResultError, UsageError
from perfkit.storage.exports import bencher, csv_rows, github_action_benchmark, openmetrics, pyperf
from perfkit.storage.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.result import Result

FORMATS: Final[dict[str, Callable[[Result], str]]] = {
    "pyperf": pyperf.export,
    "openmetrics": openmetrics.export,
    "bencher": bencher.export,
    "github-action-benchmark": github_action_benchmark.export,
    "csv": csv_rows.export,
}


def exporter(name: str) -> Callable[[Result], str]:
    """The function that writes a format. Raises UsageError when there is no such format."""
    if name not in FORMATS:
        advice = did_you_mean(name, FORMATS) or f"formats are {', '.join(FORMATS)}"
        raise UsageError(f"no format named {name!r}", advice)
    return FORMATS[name]


def export(result: Result, name: str) -> str:
    """A result as the text of a file of another program.

    Raises:
        UsageError: there is no such format.
        ResultError: the result holds nothing that the format could show.
    """
    write = exporter(name)
    if all(trial.warmup for trial in result.trials):
        raise ResultError(f"{result.label}: no trial has finished, so there is nothing to export")
    return write(result)
