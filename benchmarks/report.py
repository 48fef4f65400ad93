"""How long does `perfkit report` take, and how large is its page? 14 scenarios with everything that trials leave.

    python benchmarks/report.py [--repeats N]

Ten scenarios of two versions, 30 trials each and two profiles; four sweeps of five sizes and three targets, 15 trials
each. Each of the 1,500 trials left 300 requests, 2 minutes of samples at 50 Hz and a screen. Whole processes are timed,
side by side with `perfkit compare -o json`, which reads and judges the same and draws nothing; medians, their CPU time,
and the ratio.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.whole_label import PLAIN, SWEEPS, build


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
