"""How quickly perfkit starts, against bare Python in the same run: ``python benchmarks/cli.py``.

Pairs are interleaved; medians and ratios are printed with the goal beside them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOALS = {"--version": 1.5, "--help": 13.0, "compare": 30.0}


def main() -> None:
    """Measure all commands and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    perfkit = [sys.executable, "-m", "perfkit"]
    with tempfile.TemporaryDirectory() as folder:
        _make_result(Path(folder))
        commands = {
            "bare": [sys.executable, "-c", "pass"],
            "--version": [*perfkit, "--version"],
            "--help": [*perfkit, "--help"],
            "compare": [*perfkit, "compare", "demo#base", "demo#head"],
        }
        seconds = _measure(commands, rounds, folder)
    bare = statistics.median(seconds["bare"])
    print(f"{'command':12} {'median':>9} {'ratio':>7} {'goal':>7}")
    for name, values in seconds.items():
        median = statistics.median(values)
        goal = f"≤ {GOALS[name]:g}" if name in GOALS else ""
        print(f"{name:12} {median * 1e3:6.1f} ms {median / bare:7.2f} {goal:>7}")


def _measure(commands: dict[str, list[str]], rounds: int, folder: str) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ})
            seconds[name].append(time.perf_counter() - started)
    return seconds


def _make_result(folder: Path) -> None:
    """A stored result of sixty pairs, as large as a run gets by default."""
    import random

    from perfkit.model.catalogue import CATALOGUE
    from perfkit.model.result import Fingerprint, Result, Trial
    from perfkit.model.scenario import Launch, Scenario, TargetSpec
    from perfkit.storage.results import write_result

    chance = random.Random(1)
    targets = tuple(TargetSpec(name=name, program="demo", command=("demo",)) for name in ("base", "head"))
    trials = [
        Trial(
            index=2 * block + order,
            block=block,
            order=order,
            target=target.name,
            values={metric.name: chance.gauss(100, 5) for metric in CATALOGUE},
        )
        for block in range(60)
        for order, target in enumerate(targets)
    ]
    label = folder / "results" / "local" / "demo"
    label.mkdir(parents=True)
    scenario = Scenario(name="startup", title="Start-up", targets=targets, steps=(Launch(name="launch"),))
    write_result(
        Result(
            label="demo",
            created="2026-01-01T00:00:00+00:00",
            scenario=scenario,
            scenario_hash="0",
            seed=1,
            base="base",
            fingerprint=Fingerprint(),
            metrics=CATALOGUE,
            trials=tuple(trials),
        ),
        label,
    )


if __name__ == "__main__":
    main()
