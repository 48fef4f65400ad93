"""What perfkit adds around the target: ``python benchmarks/engine.py``.

Three figures, each beside something run in the same minute: from command to the first trial (against bare Python),
between two trials (against starting ``true`` by itself), and perfkit's CPU while a trial runs (against the target's).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PERFKIT = [sys.executable, "-m", "perfkit", "run"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        first = [_command_to_first_trial(Path(folder), f"first-{k}") for k in range(rounds)]
        bare = [_seconds([sys.executable, "-c", "pass"]) for _ in range(rounds)]
        gaps = [_between_trials(Path(folder), f"gaps-{k}") for k in range(rounds)]
        true = [_seconds(["true"]) for _ in range(rounds * 10)]
        shares = _own_share(Path(folder))
    _print("command → exec of the first trial", (first, bare), "bare Python", "≤ 1 s")
    _print("added between two trials", (gaps, true), "true", "≤ 100 ms")
    print("\nCPU of engine and launcher during a trial, median share of one core (goal ≤ 3 %)")
    for target, (own, busy) in shares.items():
        print(f"  {target:12} {own:6.2%}   of the target's own {busy:.0%}: 1 / {busy / own:.0f}")


def _print(what: str, samples: tuple[list[float], list[float]], name: str, goal: str) -> None:
    seconds, beside = map(statistics.median, samples)
    print(f"{what:36} {seconds * 1e3:7.1f} ms   {seconds / beside:6.1f} × {name}   goal {goal}")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _run(folder: Path, label: str, *words: str) -> dict[str, object]:
    command = [*PERFKIT, "--label", label, *words]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found: dict[str, object] = json.loads((folder / "results/local" / label / "startup.perfkit.json").read_text())
    return found


def _command_to_first_trial(folder: Path, label: str) -> float:
    """The target prints the machine's monotonic clock, which is ours too."""
    code = "import time; print(time.monotonic())"
    started = time.monotonic()
    _run(folder, label, "-r", "1", "--", sys.executable, "-S", "-c", code)
    said = (folder / "results/local" / label / "startup.artifacts").glob("0000-*.log")
    own_start = _seconds([sys.executable, "-S", "-c", code])  # what the target needs until it can say so
    return float(next(said).read_text()) - started - own_start


def _between_trials(folder: Path, label: str, trials: int = 20) -> float:
    """All wall time of a run that is not inside a trial, per trial."""
    result = _run(folder, label, "-r", str(trials), "--shape", "tiny", "--", "true")
    inside = sum(trial["health"]["duration"] for trial in result["trials"])  # type: ignore[attr-defined]
    return (float(result["elapsed"]) - inside) / (trials + 1)  # type: ignore[arg-type]


def _own_share(folder: Path) -> dict[str, tuple[float, float]]:
    words = [word for name in ("lean", "lightkube", "kubernetes") for word in ("-t", name)]
    trials = _run(folder, "shares", "-r", "5", *words)["trials"]
    shares = {}
    for name in ("lean", "lightkube", "kubernetes"):
        own, busy = [], []
        for trial in trials:  # type: ignore[attr-defined]
            if trial["target"] == name and trial["block"] >= 0:
                health = trial["health"]
                own.append((health["engine_cpu"] + health["launcher_cpu"]) / health["duration"])
                busy.append(trial["values"]["cpu.seconds"] / health["duration"])
        shares[name] = (statistics.median(own), statistics.median(busy))
    return shares


if __name__ == "__main__":
    main()
