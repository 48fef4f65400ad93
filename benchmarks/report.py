"""How long does `perfkit report` take, and how large is its page? 14 scenarios with everything that trials leave.

    python benchmarks/report.py [--repeats N]

Ten scenarios of two versions, 30 trials each; four sweeps of five sizes and three targets, 15 trials each. Each of the
1,500 trials left 300 requests, 2 minutes of samples at 50 Hz and a screen. Whole processes are timed, side by side with
`perfkit compare -o json`, which reads and judges the same and draws nothing; medians, their CPU time, and the ratio.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.artifacts import store_with_artifacts
from support.samples import in_cell, sample_result

if TYPE_CHECKING:
    from perfkit.model.scenario import Scenario

PLAIN, SWEEPS, SIZES = 10, 4, (100, 1000, 5000, 10_000, 100_000)
TARGETS = ("kubernetes", "lean", "lightkube")
REQUESTS, LOOKS = 300, 6000


def build(project: Path) -> int:
    """Store all of it under one label; the number of trials."""
    (project / "perfkit.toml").write_text("schema = 1\n")
    found = []
    for number in range(PLAIN):
        result = sample_result(
            {"base": {}, "head": {"cpu.seconds": 0.9 + number / 20}}, blocks=30, base="base", seed=number
        )
        found.append(msgspec.structs.replace(result, scenario=_named(result.scenario, f"scenario-{number:02d}")))
    for number in range(SWEEPS):
        for place, pods in enumerate(SIZES):
            factors = {name: {"startup.ready": (pods / 100) ** (power / 2)} for power, name in enumerate(TARGETS)}
            result = in_cell(sample_result(factors, blocks=15, seed=place), place, {"cluster.pods": pods})
            scenario = _named(result.scenario, f"sweep-{number}-{pods}", f"sweep-{number}")
            found.append(msgspec.structs.replace(result, scenario=scenario))
    for result in found:
        store_with_artifacts(project, result, requests=REQUESTS, looks=LOOKS)
    return sum(len(result.trials) for result in found)


def _named(scenario: Scenario, name: str, sweep: str = "") -> Scenario:
    return msgspec.structs.replace(scenario, name=name, sweep=sweep)


def seconds(project: Path, *words: str) -> tuple[float, float]:
    """Of a whole perfkit process, whatever it found: wall clock and CPU."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "perfkit", *words], cwd=project, check=False, capture_output=True)
    spent, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in {0, 1}, done.stderr.decode()
    return spent, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        print(f"{PLAIN + SWEEPS} scenarios, {build(project):,} trials, medians of {repeats}")
        page, note = project / "report.html", project / "report.md"
        commands = {
            "compare -o json": ("compare", "-o", "json"),
            "report": ("report", "-o", str(page)),
            "report --format markdown": ("report", "--format", "markdown", "-o", str(note)),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, words in commands.items():
                times[name].append(seconds(project, *words))
        middles = {
            name: [statistics.median(each) for each in zip(*found, strict=True)] for name, found in times.items()
        }
        for name, (wall, cpu) in middles.items():
            print(f"{name:<26} {wall:5.2f} s  CPU {cpu:5.2f} s  {wall / middles['compare -o json'][0]:.2f} ×")
        print(f"page {page.stat().st_size / 1e6:.2f} MB, note {note.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
