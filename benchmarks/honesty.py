"""Is the same program ever accused? Real A/A runs: ``python benchmarks/honesty.py --runs 20 --client lean``.

The same client on both sides, run after run; beside the verdicts stands what a plain gate would have said of the same
trials (ratio of means over 5 %), which is the figure that the verdicts are held against.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

GATED = ("startup.ready", "cpu.seconds", "memory.peak", "api.requests")


def main() -> None:
    """Run and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--client", default="lean")
    parser.add_argument("--max-time", default="40s")
    options = parser.parse_args()
    verdicts: Counter[str] = Counter()
    by_metric: Counter[tuple[str, str]] = Counter()
    plain = pairs = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.runs):
            result, comparison = _run(Path(folder), f"aa-{number}", options.client, options.max_time)
            verdicts[comparison["overall"]] += 1
            pairs += comparison["pairs"]
            for row in comparison["rows"]:
                if row["metric"]["name"] in GATED:
                    by_metric[row["metric"]["name"], row["verdict"]] += 1
            plain += any(_ratio(result, metric) > 1.05 for metric in GATED)
            print(f"{number + 1:3} {comparison['overall']:10} {comparison['pairs']} pairs", flush=True)
    print(f"\n{options.runs} A/A runs of {options.client}, {pairs / options.runs:.0f} pairs each on average")
    print("perfkit: " + ", ".join(f"{word} {count}" for word, count in verdicts.most_common()))
    for (metric, word), count in sorted(by_metric.items()):
        print(f"  {metric:16} {word:10} {count}")
    print(f"a plain gate (ratio of means > 5 %) accuses {plain} of {options.runs}: perfkit {verdicts['regressed']}")


def _run(folder: Path, label: str, client: str, max_time: str) -> tuple[dict[str, Any], dict[str, Any]]:
    command = [sys.executable, "-m", "perfkit", "run", "-t", f"base={client}", "-t", f"head={client}"]
    done = subprocess.run(
        [*command, "--label", label, "--max-time", max_time, "-o", "json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    result = json.loads((folder / "results/local" / label / "startup.perfkit.json").read_text())
    return result, json.loads(done.stdout)["results"][0]["sections"][0]


def _ratio(result: dict[str, Any], metric: str) -> float:
    def mean(target: str) -> float:
        good = [t for t in result["trials"] if t["target"] == target and t["block"] >= 0 and t["outcome"] == "ok"]
        return statistics.fmean(trial["values"][metric] for trial in good)

    return mean("head") / mean("base")


if __name__ == "__main__":
    main()
