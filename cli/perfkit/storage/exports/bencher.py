"""Bencher Metric Format: benchmark → measure → value with a lower and an upper end (bencher.dev, reference "BMF").

A benchmark is ``scenario/target``, the same in every run, so that Bencher draws a line over runs; a measure is a
metric.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from perfkit.storage.exports.samples import failed, json_text, spread_of, trials_of

if TYPE_CHECKING:
    from perfkit.model.result import Result

LONGEST_NAME: Final = 1024  # bytes of a benchmark's name
LONGEST_SLUG: Final = 64  # characters of a measure's slug
FAILED: Final = "failed-trials"

Metrics = dict[str, dict[str, float]]


def export(result: Result) -> str:
    """The median of each metric between its quartiles, in base units; failed trials are a measure of their own."""
    targets = [target.name for target in result.scenario.targets]
    return json_text({_benchmark(result, target): _measures(result, target) for target in targets})


def _measures(result: Result, target: str) -> Metrics:
    trials = trials_of(result, target)
    measures: Metrics = {FAILED: {"value": failed(trials)}}
    for metric in result.metrics:
        spread = spread_of(trials, metric)
        if spread is not None:
            value = {"value": spread.median, "lower_value": spread.q1, "upper_value": spread.q3}
            measures[_slug(metric.name, measures)] = value
    return measures


def _benchmark(result: Result, target: str) -> str:
    """The name, cut where Bencher would refuse it, and then told apart by a digest."""
    name = f"{result.scenario.name}/{target}"
    raw = name.encode()
    if len(raw) <= LONGEST_NAME:
        return name
    return f"{raw[: LONGEST_NAME - 9].decode(errors='ignore')}-{_digest(name)}"


def _slug(metric: str, taken: Metrics) -> str:
    """``startup.ready`` → ``startup-ready``: lower-case letters and digits, joined by single hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", metric.lower()).strip("-")
    if slug and slug not in taken and len(slug) <= LONGEST_SLUG:
        return slug
    return f"{slug[: LONGEST_SLUG - 9]}-{_digest(metric)}".lstrip("-").replace("--", "-")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
