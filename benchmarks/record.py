"""The trials of a stored run of one client as a series for benchmarks/verdicts.py, as CSV on stdout.

    perfkit run -t kubectl-get --shape tiny -r 400 --label series
    python benchmarks/record.py results/local/series/startup.perfkit.json > benchmarks/series/kubectl-get.csv

A row a trial, in the order in which they ran; a trial that failed is left out, and counted in the header.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from perfkit.model.catalogue import BY_NAME
from perfkit.storage.results import read_result

GATED = [metric.name for metric in BY_NAME.values() if metric.gated]


def main() -> None:
    """Print the series."""
    result = read_result(Path(sys.argv[1]))
    trials = [trial for trial in result.trials if not trial.warmup]
    good = [trial for trial in trials if trial.ok]
    (target,) = result.scenario.targets
    machine = ", ".join(f"{key} {value}" for key, value in result.fingerprint.machine.items())
    print(f"# {target.name} {target.version}, {len(good)} trials, {len(trials) - len(good)} failed; {result.created}")
    print(f"# perfkit run -t {target.name} --shape {result.scenario.cluster.shape} -r {len(trials)}; {machine}")
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(GATED)
    rows.writerows(
        [f"{trial.values[name]:.6g}" if name != "memory.peak" else int(trial.values[name]) for name in GATED]
        for trial in good
    )


if __name__ == "__main__":
    main()
