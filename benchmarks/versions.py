"""What changed between released versions of real clients: ``python benchmarks/versions.py [--only NAME]``.

Runs two releases of each client from PyPI as pairs against the mock, with perfkit's default gate, and prints a Markdown
table of what differs. Then each old version runs against itself: what a table of truly equal versions looks like here.

``--resolving`` measures instead how long it takes to find versions that are in the cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
GATED = ("startup.ready", "cpu.seconds", "memory.peak", "api.requests")
GOAL = 0.3  # seconds for each target
RESOLVE = """
import sys, time
import perfkit.commands.preparation  # whatever is run, this is loaded

from perfkit.targets.resolve import resolve
started = time.perf_counter()
for text in sys.argv[1:]:
    resolve(text, tell=lambda text: sys.exit(text))
print(time.perf_counter() - started)
"""


@dataclass(frozen=True)
class Pair:
    """Two releases of a client; ``target`` is what is written after ``-t``, with ``{}`` for the version."""

    name: str
    old: str
    new: str
    target: str
    ready: str = "watch"
    shape: str = "small"


PAIRS = (
    Pair("kubernetes", "29.0.0", "37.0.2", "pip:kubernetes=={}"),
    Pair("kubernetes-asyncio", "30.1.0", "36.1.0", "pip:kubernetes-asyncio=={}"),
    Pair("kr8s", "0.20.0", "0.20.15", "pip:kr8s=={}", shape="tiny"),
    Pair("lightkube", "0.17.2", "1.0.1", "pip:lightkube=={}"),
    Pair(
        "kopf",
        "1.37.5",
        "1.45.2",
        f"pip:kopf=={{}} -- kopf run --standalone --all-namespaces {HERE / 'programs' / 'kopf_pods.py'}",
    ),
    Pair("kubectl", "1.36.3", "1.37.1", "kubectl-get@{}", ready="exit"),
)


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("results/local/versions"))
    parser.add_argument("--only", action="append", choices=[pair.name for pair in PAIRS])
    parser.add_argument("--max-time", default="120s", help="of one comparison")
    parser.add_argument("--resolving", action="store_true")
    options = parser.parse_args()
    chosen = [pair for pair in PAIRS if not options.only or pair.name in options.only]
    if options.resolving:
        _resolving(chosen)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    print("| client | versions | " + " | ".join(GATED) + " | pairs |")
    print("|---|---|" + "---|" * len(GATED) + "---:|")
    for pair in chosen:
        for versions in ((pair.old, pair.new), (pair.old, pair.old)):
            found = _compare(options.folder.resolve(), pair, versions, options.max_time)
            print(_line(pair.name, " → ".join(versions), found), flush=True)


def _compare(folder: Path, pair: Pair, versions: tuple[str, str], max_time: str) -> dict[str, Any]:
    """The comparison, as ``perfkit run -o json`` tells it."""
    targets = [
        word
        for role, version in zip(("old", "new"), versions, strict=True)
        for word in ("-t", f"{role}={pair.target.format(version)}")
    ]
    label = f"{pair.name}-{versions[0]}-{versions[1]}"
    settings = ["--ready", pair.ready, "--shape", pair.shape, "--max-time", max_time, "--label", label, "--force"]
    command = [sys.executable, "-m", "perfkit", "run", *targets, "--base", "old", *settings, "-o", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{label}: perfkit ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)["results"][0]["sections"][0]
    return found


def _resolving(pairs: list[Pair], rounds: int = 15) -> None:
    """Seconds for each target, in a process that has resolved none yet, beside the start of a bare Python."""
    texts = [pair.target.format(version) for pair in pairs for version in (pair.old, pair.new)]
    subprocess.run([sys.executable, "-c", RESOLVE.replace("sys.exit(text)", "None"), *texts], check=True)
    took: dict[str, list[float]] = {text: [] for text in texts}
    bare = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True, cwd=folder)
            bare.append(time.perf_counter() - started)
            for text in texts:
                command = [sys.executable, "-c", RESOLVE, text]
                done = subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True)
                took[text].append(float(done.stdout))
    start = statistics.median(bare)
    print(f"{'':40} {'median':>9} {'slowest':>9} {'× bare Python':>14}   goal ≤ {GOAL} s")
    for text, seconds in took.items():
        median = statistics.median(seconds)
        print(f"{text[:40]:40} {median * 1e3:6.1f} ms {max(seconds) * 1e3:6.1f} ms {median / start:14.1f}")


def _line(package: str, versions: str, comparison: dict[str, Any]) -> str:
    rows = {row["metric"]["name"]: row for row in comparison["rows"]}
    cells = [_cell(rows[name]) for name in GATED]
    return f"| {package} | {versions} | " + " | ".join(cells) + f" | {comparison['pairs']} |"


def _cell(row: dict[str, Any]) -> str:
    """``+3.1% (+2.0% … +4.2%) regressed``."""
    judgement = row["judgement"]
    if judgement is None or judgement["change"] is None:
        return str(row["verdict"])
    word = row["verdict"]
    if judgement["exact"]:
        return f"{judgement['change']:+.0%} (exact) {word}"
    spread = "" if judgement["low"] is None else f" ({judgement['low']:+.1%} … {judgement['high']:+.1%})"
    return f"{judgement['change']:+.1%}{spread} {word}"


if __name__ == "__main__":
    main()
