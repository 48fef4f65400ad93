"""JSON for the GitHub action benchmark-action/github-action-benchmark, tool ``customSmallerIsBetter``.

The action finds the value of an earlier commit by the entry's name, so a name holds nothing that changes between runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.storage.exports.samples import failed, json_text, spread_of, trials_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec


def export(result: Result) -> str:
    """One entry a target and metric: its median, and half its interquartile range; another for failed trials.

    From no failed trial to one is an infinite ratio to the action: it alerts whatever its threshold is. Metrics of
    which more is better cannot stand in the same file; the entry of failed trials names them.
    """
    return json_text([entry for target in result.scenario.targets for entry in _entries(result, target)])


def _entries(result: Result, target: TargetSpec) -> Iterator[dict[str, Any]]:
    trials = trials_of(result, target.name)
    stem = f"{result.scenario.name}/{target.name}"
    facts = [f"label {result.label}", *([f"version {target.version}"] if target.version else [])]
    told = f"failed trials: {failed(trials)} of {len(trials)}"
    left_out = [f"left out, more is better: {m.name}" for m in result.metrics if m.direction == "higher"]
    yield {
        "name": f"{stem}/failed trials",
        "unit": "trials",
        "value": failed(trials),
        "extra": "\n".join([*facts, told, *left_out]),
    }
    for metric in result.metrics:
        spread = spread_of(trials, metric)
        if metric.direction == "lower" and spread is not None:
            yield {
                "name": f"{stem}/{metric.name}",
                "unit": _unit(metric),
                "value": spread.median,
                "range": f"± {(spread.q3 - spread.q1) / 2:.9g}",
                "extra": "\n".join([*facts, f"samples: {spread.n}", told]),
            }


def _unit(metric: Metric) -> str:
    """As a person reads it behind a number: a count without a unit says that it is one."""
    return metric.kind if metric.unit == "1" else metric.unit
