"""``<scenario>.json``: the samples in the file format of pyperf, for its show, stats, hist and compare_to.

Written by hand and not through pyperf, whose import costs more than 100 ms: the format (version 1.0) has been the same
since 2017, and tests read the file back by pyperf itself. perfkit never lets pyperf judge: it calls unequal sample
counts significant and pools values across processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.model.result import sample
from perfkit.storage.exports.samples import failed, trials_of
from perfkit.storage.files import encode, write_whole, writing
from perfkit.storage.labels import export_path

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result, Trial
    from perfkit.model.scenario import TargetSpec

VERSION: Final = "1.0"  # of pyperf's format
UNITS: Final = {"time": "second", "bytes": "byte", "count": "integer"}  # pyperf knows no others


def write_export(result: Result, folder: Path) -> Path | None:
    """Write the export of a result; returns its path, or None when no metric can be exported. Raises StorageError."""
    path = export_path(folder, result.scenario.name)
    document = suite(result)
    if document is None:
        with writing(path):
            path.unlink(missing_ok=True)
        return None
    write_whole(path, encode(document, path) + b"\n")
    return path


def suite(result: Result) -> dict[str, Any] | None:
    """A result as pyperf's suite of benchmarks; None without any benchmark, since pyperf refuses such a file."""
    benchmarks = [
        benchmark
        for target in result.scenario.targets
        for metric in result.metrics
        if (benchmark := _benchmark(result, target, metric))
    ]
    if not benchmarks:
        return None
    return {"version": VERSION, "metadata": _flat(_suite_metadata(result)), "benchmarks": benchmarks}


def _benchmark(result: Result, target: TargetSpec, metric: Metric) -> dict[str, Any] | None:
    """One target's samples of one metric; None where pyperf would refuse them."""
    trials = trials_of(result, target.name)
    runs = [_run(trial, value) for trial in trials if (value := sample(trial, metric.name)) is not None]
    positive = all(run["values"][0] > 0 for run in runs)
    if metric.kind not in UNITS or not runs or not positive:
        return None
    metadata = {
        "name": f"{target.name} {metric.name}",
        "unit": UNITS[metric.kind],
        "perfkit_source": metric.source,
        "perfkit_target_version": target.version,
        "perfkit_failed_trials": failed(trials),
    }
    return {"metadata": _flat(metadata), "runs": runs}


def _run(trial: Trial, value: float) -> dict[str, Any]:
    metadata: dict[str, int | float] = {"perfkit_trial": trial.index, "perfkit_block": trial.block}
    if trial.health:
        # pyperf takes the sum of the values, be they bytes, for the duration where none is given
        metadata |= {"duration": trial.health.duration, "load_avg_1min": trial.health.load}
    return {"values": [int(value) if value.is_integer() else value], "metadata": metadata}


def _suite_metadata(result: Result) -> dict[str, str | int]:
    return {
        "perfkit_scenario": result.scenario.name,
        "perfkit_scenario_hash": result.scenario_hash,
        "perfkit_label": result.label,
        "perfkit_created": result.created,
        "perfkit_seed": result.seed,
        "perfkit_failed": ", ".join(_failed(result, target) for target in result.scenario.targets),
        **{f"perfkit_{key}": value for key, value in sorted(result.fingerprint.machine.items())},
    }


def _failed(result: Result, target: TargetSpec) -> str:
    """``head 2 of 15``: told for the whole suite, since a target that always failed has no benchmark of its own."""
    trials = trials_of(result, target.name)
    return f"{target.name} {failed(trials)} of {len(trials)}"


def _flat(metadata: dict[str, Any]) -> dict[str, Any]:
    """Texts on one line, empty ones left out: pyperf refuses others."""
    clean = {key: " ".join(value.split()) if isinstance(value, str) else value for key, value in metadata.items()}
    return {key: value for key, value in clean.items() if value != ""}
